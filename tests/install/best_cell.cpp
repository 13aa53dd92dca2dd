#include <cstdio>

#include "lrscape/lrscape.hpp"

int main() {
  lrscape::Sweep sweep;
  sweep.problem = lrscape::make_synthetic({});
  sweep.optimizers = {lrscape::choose_optimizer("adamw-pt", {{"beta2", 0.99}})};
  sweep.learning_rates = {0.001, 0.01, 0.1};
  sweep.weight_decays = {0, 0.01, 0.1, 1};
  sweep.schedule = lrscape::parse_schedule("wsd:cooldown=0.2");
  sweep.seeds = 3;

  const lrscape::Result result = lrscape::run(sweep);
  const lrscape::LossMap map = lrscape::loss_map(result, 0);
  const auto best = lrscape::best_cell(map);
  if (!best) return 1;
  std::printf("best validation loss %.4f +- %.4f at lr %.4g wd %.4g\n", best->loss.value,
              best->loss.standard_error, map.learning_rates()[best->learning_rate],
              map.weight_decays()[best->weight_decay]);
}
