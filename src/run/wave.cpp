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

void Wave::add(const Unit& unit, RunResults known) {
  const auto known_count = static_cast<std::size_t>(std::ranges::count_if(
      known.status, [](RunStatus status) { return status != RunStatus::not_run; }));
  if (known_count == 0) known = {};
  const std::size_t seeds = unit.seeds.size();
  auto& places = places_.emplace_back();
  for (std::size_t s = 0; s < seeds; ++s) {
    RunGroup* group = nullptr;
    std::size_t run = s;
    for (std::size_t i = unit.learning_rates.begin; i < unit.learning_rates.end; ++i)
      for (std::size_t j = unit.weight_decays.begin; j < unit.weight_decays.end;
           ++j, run += seeds) {
        if (known_count > 0 && known.status[run] != RunStatus::not_run) continue;
        if (group == nullptr) {
          group = &open_group(unit.configuration, unit.seeds.begin + s);
          places.push_back(
              {static_cast<std::size_t>(group - groups_.data()), group->learning_rate.size()});
        }
        group->learning_rate.push_back(sweep_.learning_rates[i]);
        group->weight_decay.push_back(sweep_.weight_decays[j]);
      }
    if (group == nullptr) places.push_back({});
  }
  units_.push_back(unit);
  known_.push_back(std::move(known));
  known_runs_ += known_count;
  runs_ += unit.runs() - known_count;
}

std::vector<RunResults> Wave::by_unit(std::span<const RunResults> by_group) {
  std::vector<RunResults> results;
  for (std::size_t u = 0; u < units_.size(); ++u) {
    const std::size_t seeds = units_[u].seeds.size();
    const std::size_t cells = units_[u].runs() / seeds;
    RunResults& result = results.emplace_back(
        known_[u].status.empty() ? empty_results(sweep_, units_[u].runs()) : std::move(known_[u]));
    for (std::size_t s = 0; s < seeds; ++s) {
      auto [group, trained] = places_[u][s];
      for (std::size_t cell = 0; cell < cells; ++cell) {
        const std::size_t run = cell * seeds + s;
        if (result.status[run] != RunStatus::not_run) continue;
        copy_run(by_group[group], trained++, result, run);
      }
    }
  }
  return results;
}

}  // namespace lrscape
