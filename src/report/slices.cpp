#include <algorithm>
#include <cmath>
#include <limits>

#include "report/map_arrays.hpp"
#include "report/slice_answers.hpp"

namespace lrscape {
namespace {

constexpr double unknown_loss = std::numeric_limits<double>::quiet_NaN();

/// A point of a slice in `kinds`.
enum Kind : std::uint8_t { no_point = 0, cell = 1, interpolated = 2 };

/// The least positive value of an ascending axis and the greatest one; nothing if all are 0.
std::optional<std::pair<double, double>> positive_range(const std::vector<double>& axis) {
  const auto first = std::ranges::upper_bound(axis, 0.0);
  if (first == axis.end()) return std::nullopt;
  return std::pair(*first, axis.back());
}

/// Products of learning rate and weight decay from the lowest to the highest of the map, evenly in
/// the logarithm, and the product of the best cell. On a map with equal logarithmic steps, the even
/// ones are the diagonals.
std::vector<double> products_of(const LossMap& map, std::size_t most) {
  const auto rates = positive_range(map.learning_rates());
  const auto decays = positive_range(map.weight_decays());
  if (!rates || !decays) return {};
  const double low = std::log(rates->first) + std::log(decays->first);
  const double high = std::log(rates->second) + std::log(decays->second);
  const std::size_t diagonals = map.learning_rates().size() + map.weight_decays().size() - 1;
  const std::size_t count = low < high ? std::clamp(diagonals, std::size_t{2}, most) : 1;
  std::vector<double> products;
  for (std::size_t k = 0; k < count; ++k)
    products.push_back(std::exp(std::lerp(
        low, high, count > 1 ? static_cast<double>(k) / static_cast<double>(count - 1) : 0)));
  if (const auto best = best_cell(map)) {
    const double product =
        map.learning_rates()[best->learning_rate] * map.weight_decays()[best->weight_decay];
    // The product of a cell on a diagonal differs from that of the diagonal by rounding.
    constexpr double rounding = 1e-9;
    std::erase_if(products,
                  [&](double one) { return std::abs(one - product) <= rounding * product; });
    if (product > 0) products.push_back(product);
  }
  std::ranges::sort(products);
  return products;
}

/// All of a slice but its points.
Json summary_of(const ChosenMap& chosen, const Slice& slice) {
  Json json = {{"held", slice.held}, {"answers", slice_answers({&chosen, slice}, true)}};
  if (!slice.decades) return json;
  json["width"] = {slice.decades->value, slice.decades->low, slice.decades->high};
  json["ranges"] = Json::array();
  for (const RateRange& range : slice.ranges) json["ranges"].push_back({range.low, range.high});
  json["opens"] = {slice.opens_low, slice.opens_high};
  return json;
}

/// The index of the slice through the best cell, or of the middle one.
std::size_t first_shown(const LossMap& map, const std::vector<double>& held, Strategy strategy) {
  const auto best = best_cell(map);
  if (!best) return held.size() / 2;
  const double decay = map.weight_decays()[best->weight_decay];
  const double wanted = strategy == Strategy::weight_decay
                            ? decay
                            : map.learning_rates()[best->learning_rate] * decay;
  const auto found = std::ranges::find(held, wanted);
  return found == held.end() ? held.size() / 2 : static_cast<std::size_t>(found - held.begin());
}

/// The points of the slices: for each slice and learning rate the mean, its standard error and the
/// kind of the point.
Json slice_points(const LossMap& map, const std::vector<Slice>& slices, Page& page) {
  const std::vector<double>& rates = map.learning_rates();
  std::vector<double> means(slices.size() * rates.size(), unknown_loss);
  std::vector<double> errors = means;
  std::vector<std::uint8_t> kinds(means.size(), no_point);
  for (std::size_t k = 0; k < slices.size(); ++k)
    for (const SlicePoint& point : slices[k].points) {
      const auto rate = std::ranges::lower_bound(rates, point.learning_rate);
      const std::size_t at = k * rates.size() + static_cast<std::size_t>(rate - rates.begin());
      means[at] = point.loss.value;
      errors[at] = point.loss.standard_error;
      kinds[at] = point.interpolated ? interpolated : cell;
    }
  return {{"mean", page.array(means)}, {"error", page.array(errors)}, {"kind", page.array(kinds)}};
}

}  // namespace

Json slices_json(const ChosenMap& chosen, std::size_t most_bytes, Page& page) {
  const LossMap& map = chosen.map;
  const auto section = [&](Strategy strategy, const std::vector<double>& held, bool with_points) {
    std::vector<Slice> all;
    for (const double value : held) all.push_back(slice(map, strategy, value));
    Json summaries = Json::array();
    for (const Slice& slice : all) summaries.push_back(summary_of(chosen, slice));
    Json json = {{"summaries", page.text(summaries)},
                 {"held", held},
                 {"first", first_shown(map, held, strategy)}};
    // The points at a weight decay of the map are its cells.
    if (with_points) json["points"] = slice_points(map, all, page);
    return json;
  };
  Json json = {{"weight_decay", section(Strategy::weight_decay, map.weight_decays(), false)}};
  constexpr std::size_t bytes_of_point = 2 * sizeof(double) + 1;
  constexpr std::size_t fewest = 17;
  const std::size_t most =
      std::max(fewest, most_bytes / bytes_of_point / map.learning_rates().size());
  const std::vector<double> products = products_of(map, most);
  if (products.empty()) return json;
  json["product"] = section(Strategy::product, products, true);
  if (products.size() + 1 < map.learning_rates().size() + map.weight_decays().size() - 1)
    page.leave_out("some slices at a fixed product");
  return json;
}

}  // namespace lrscape
