#include "run/wave.hpp"

#include <algorithm>

namespace lrscape {

RunGroup& Wave::open_group(std::size_t configuration, std::size_t seed) {
  // Large enough to fill tiles and blocks, small enough to spread groups over several GPUs.
  constexpr std::size_t full = 1024;
  const auto [found, is_new] = open_.try_emplace({configuration, seed}, groups_.size());
  if (!is_new && groups_[found->second].learning_rate.size() < full) return groups_[found->second];
  found->second = groups_.size();
  return groups_.emplace_back(RunGroup{configuration, seed, {}, {}});
}

void Wave::add(const Unit& unit) {
  auto& places = places_.emplace_back();
  for (std::size_t seed = unit.seeds.begin; seed < unit.seeds.end; ++seed) {
    RunGroup& group = open_group(unit.configuration, seed);
    places.push_back(
        {static_cast<std::size_t>(&group - groups_.data()), group.learning_rate.size()});
    for (std::size_t i = unit.learning_rates.begin; i < unit.learning_rates.end; ++i)
      for (std::size_t j = unit.weight_decays.begin; j < unit.weight_decays.end; ++j) {
        group.learning_rate.push_back(sweep_.learning_rates[i]);
        group.weight_decay.push_back(sweep_.weight_decays[j]);
      }
  }
  units_.push_back(unit);
  runs_ += unit.runs();
}

std::vector<RunResults> Wave::by_unit(std::span<const RunResults> by_group) const {
  const auto records = static_cast<std::size_t>(sweep_.recorded_epochs());
  std::vector<RunResults> results;
  for (std::size_t u = 0; u < units_.size(); ++u) {
    const std::size_t seeds = units_[u].seeds.size();
    const std::size_t cells = units_[u].runs() / seeds;
    RunResults& result = results.emplace_back(empty_results(sweep_, units_[u].runs(), false));
    for (std::size_t s = 0; s < seeds; ++s) {
      const auto [group, first] = places_[u][s];
      const RunResults& from = by_group[group];
      for (std::size_t cell = 0; cell < cells; ++cell) {
        const std::size_t run = cell * seeds + s;
        for (std::size_t e = 0; e < records; ++e) {
          const std::size_t at = (first + cell) * records + e;
          result.validation_loss[run * records + e] = from.validation_loss[at];
          if (sweep_.train_loss) result.train_loss[run * records + e] = from.train_loss[at];
        }
        result.status[run] = from.status[first + cell];
        result.diverged_at_epoch[run] = from.diverged_at_epoch[first + cell];
      }
    }
  }
  return results;
}

}  // namespace lrscape
