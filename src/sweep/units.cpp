#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "lrscape/error.hpp"
#include "lrscape/unit.hpp"

namespace lrscape {
namespace {

/// An axis cut into parts of equal size, of which the last may be smaller.
struct Parts {
  std::size_t size, last;
};

std::size_t count_of(std::size_t length, std::size_t size) { return (length + size - 1) / size; }

Parts parts_of(std::size_t length, std::size_t size) {
  return {size, length - (count_of(length, size) - 1) * size};
}

/// The ways to cut an axis into 1, 2, 3, ... parts, each part size once.
std::vector<Parts> all_parts(std::size_t length) {
  std::vector<Parts> all;
  for (std::size_t count = 1; count <= length; ++count)
    if (const std::size_t size = count_of(length, count); all.empty() || all.back().size != size)
      all.push_back(parts_of(length, size));
  return all;
}

/// The wanted number of runs in a unit, which grows with the number of runs in the sweep, and its
/// limits.
struct UnitSize {
  std::size_t least, wanted, most;
  /// Whether the sweep must have at least 256 units. In smaller sweeps, 256 units of 64 runs would
  /// leave little choice.
  bool many_wanted;
};

UnitSize unit_size(const Sweep& sweep) {
  constexpr double least_runs = 64;
  constexpr double most_runs = 1024;
  constexpr double least_units = 256;
  constexpr double most_numbers = 1 << 22;  // Losses and weights of a unit.
  const double runs = static_cast<double>(configuration_count(sweep)) *
                      static_cast<double>(sweep.learning_rates.size()) *
                      static_cast<double>(sweep.weight_decays.size()) *
                      static_cast<double>(sweep.seeds);
  const double most = std::clamp(
      std::floor(most_numbers /
                 static_cast<double>(static_cast<std::size_t>(sweep.recorded_epochs()) +
                                     (sweep.save_weights ? sweep.problem.features.columns : 0))),
      1.0, most_runs);
  const double least = std::min(least_runs, most);
  return {static_cast<std::size_t>(least),
          static_cast<std::size_t>(std::clamp(std::floor(runs / least_units), least, most)),
          static_cast<std::size_t>(most), runs >= 2 * least_runs * least_units};
}

/// The cost of a cut: mainly its distance from the wanted size, then how unequal the units are and
/// how far from square.
double cost(const UnitSize& size, const Parts& rates, const Parts& decays, const Parts& seeds) {
  const double runs = static_cast<double>(rates.size * decays.size * seeds.size);
  const double fewest = static_cast<double>(rates.last * decays.last * seeds.last);
  const double ratio = runs / static_cast<double>(size.wanted);
  double cost = std::abs(std::log(ratio)) + 0.5 * std::log(runs / fewest);
  cost +=
      0.05 * std::abs(std::log(static_cast<double>(rates.size) / static_cast<double>(decays.size)));
  if (fewest < static_cast<double>(size.least)) cost += 2;
  if (runs < static_cast<double>(size.least)) cost += 100;
  // Units above the wanted size would number fewer than 256.
  if (ratio > 1 && size.wanted > size.least) cost += size.many_wanted ? 10 : 0.5;
  if (runs > static_cast<double>(size.most)) cost += 1000;
  return cost;
}

}  // namespace

Cut even_cut(const Sweep& sweep) {
  const std::size_t rates = sweep.learning_rates.size();
  const std::size_t decays = sweep.weight_decays.size();
  const auto seeds = static_cast<std::size_t>(sweep.seeds);
  const UnitSize size = unit_size(sweep);
  Cut best = {rates, decays, seeds};
  double least = std::numeric_limits<double>::infinity();
  const auto consider = [&](const Parts& r, const Parts& d, const Parts& s) {
    const double own = cost(size, r, d, s);
    if (own < least) {
      least = own;
      best = {r.size, d.size, s.size};
    }
  };
  // A unit holds several seeds only if it holds all cells, so that sweeps finish all cells of one
  // seed before they start the next seed.
  for (const Parts& s : all_parts(seeds))
    consider(parts_of(rates, rates), parts_of(decays, decays), s);
  for (const Parts& r : all_parts(rates))
    for (const Parts& d : all_parts(decays)) consider(r, d, parts_of(seeds, 1));
  return best;
}

std::vector<Unit> units_of(const Sweep& sweep, const Cut& cut) {
  const auto block = [](std::size_t k, std::size_t size, std::size_t length) {
    return Range{k * size, std::min((k + 1) * size, length)};
  };
  const std::size_t rates = sweep.learning_rates.size();
  const std::size_t decays = sweep.weight_decays.size();
  const auto seeds = static_cast<std::size_t>(sweep.seeds);
  const std::size_t count = configuration_count(sweep);
  std::vector<Unit> units;
  for (std::size_t s = 0; s < count_of(seeds, cut.seeds); ++s)
    for (std::size_t configuration = 0; configuration < count; ++configuration)
      for (std::size_t r = 0; r < count_of(rates, cut.learning_rates); ++r)
        for (std::size_t d = 0; d < count_of(decays, cut.weight_decays); ++d)
          units.push_back({configuration, block(r, cut.learning_rates, rates),
                           block(d, cut.weight_decays, decays), block(s, cut.seeds, seeds)});
  return units;
}

std::vector<std::size_t> units_of_shard(const std::vector<Unit>& units, const Shard& shard) {
  if (shard.count < 1 || shard.index >= shard.count)
    throw InputError(fmt::format("shard {} of {} does not exist", shard.index + 1, shard.count));
  // Deals large units first: otherwise one shard could get only small units from the ends of axes.
  std::vector<std::size_t> order(units.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&](std::size_t k) { return units[k].runs(); });
  std::vector<std::size_t> own;
  for (std::size_t k = shard.index; k < order.size(); k += shard.count) own.push_back(order[k]);
  std::ranges::sort(own);
  return own;
}

}  // namespace lrscape
