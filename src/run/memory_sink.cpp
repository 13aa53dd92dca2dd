#include <algorithm>
#include <utility>

#include "lrscape/sink.hpp"

namespace lrscape {

MemorySink::MemorySink(const Sweep& sweep) : cut_(even_cut(sweep)) {
  result_.optimizers = optimizer_labels(sweep);
  result_.axes = result_axes(sweep);
  result_.learning_rates = sweep.learning_rates;
  result_.weight_decays = sweep.weight_decays;
  for (std::int64_t seed = 0; seed < sweep.seeds; ++seed)
    result_.seeds.push_back(sweep.first_seed + seed);
  for (std::int64_t epoch = 1; sweep.record_epochs && epoch <= sweep.most_epochs(); ++epoch)
    result_.epochs.push_back(epoch);
  result_.precision = sweep.precision;
  const std::size_t runs = result_.configuration_count() * result_.learning_rates.size() *
                           result_.weight_decays.size() * result_.seeds.size();
  RunResults all = empty_results(sweep, runs, false);
  result_.validation_loss = std::move(all.validation_loss);
  result_.train_loss = std::move(all.train_loss);
  result_.status = std::move(all.status);
  result_.diverged_at_epoch = std::move(all.diverged_at_epoch);
}

std::size_t MemorySink::run_of(std::size_t configuration, std::size_t rate, std::size_t decay,
                               std::size_t seed) const {
  return ((configuration * result_.learning_rates.size() + rate) * result_.weight_decays.size() +
          decay) *
             result_.seeds.size() +
         seed;
}

Sink::State MemorySink::state(const Unit& unit) const {
  const std::size_t first = run_of(unit.configuration, unit.learning_rates.begin,
                                   unit.weight_decays.begin, unit.seeds.begin);
  return result_.status[first] == RunStatus::not_run ? State::missing : State::done;
}

void MemorySink::take(std::span<const Unit> units, std::span<const RunResults> results) {
  const std::size_t records = result_.recorded_epochs();
  for (std::size_t u = 0; u < units.size(); ++u) {
    const Unit& unit = units[u];
    const RunResults& from = results[u];
    std::size_t k = 0;
    for (std::size_t rate = unit.learning_rates.begin; rate < unit.learning_rates.end; ++rate)
      for (std::size_t decay = unit.weight_decays.begin; decay < unit.weight_decays.end; ++decay)
        for (std::size_t seed = unit.seeds.begin; seed < unit.seeds.end; ++seed, ++k) {
          const std::size_t run = run_of(unit.configuration, rate, decay, seed);
          const auto copy = [&](const std::vector<double>& losses, std::vector<double>& to) {
            std::copy_n(losses.begin() + static_cast<std::ptrdiff_t>(k * records), records,
                        to.begin() + static_cast<std::ptrdiff_t>(run * records));
          };
          copy(from.validation_loss, result_.validation_loss);
          if (!from.train_loss.empty()) copy(from.train_loss, result_.train_loss);
          result_.diverged_at_epoch[run] = from.diverged_at_epoch[k];
          result_.status[run] = from.status[k];
        }
  }
}

}  // namespace lrscape
