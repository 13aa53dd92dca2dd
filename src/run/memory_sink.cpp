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
  static_cast<RunResults&>(result_) = empty_results(sweep, runs);
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
  for (std::size_t u = 0; u < units.size(); ++u) {
    const Unit& unit = units[u];
    const RunResults& from = results[u];
    std::size_t k = 0;
    for (std::size_t rate = unit.learning_rates.begin; rate < unit.learning_rates.end; ++rate)
      for (std::size_t decay = unit.weight_decays.begin; decay < unit.weight_decays.end; ++decay)
        for (std::size_t seed = unit.seeds.begin; seed < unit.seeds.end; ++seed, ++k)
          copy_run(from, k, result_, run_of(unit.configuration, rate, decay, seed));
  }
}

}  // namespace lrscape
