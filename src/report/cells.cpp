#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/map_arrays.hpp"

namespace lrscape {

CellNumbers cell_numbers(const LossMap& map) {
  CellNumbers all;
  for (std::size_t i = 0; i < map.learning_rates().size(); ++i)
    for (std::size_t j = 0; j < map.weight_decays().size(); ++j) {
      const Estimate mean = map.mean(i, j);
      double least = std::numeric_limits<double>::quiet_NaN(), most = least;
      for (std::size_t s = 0; s < map.seeds().size(); ++s) {
        least = std::fmin(least, map.loss(i, j, s));
        most = std::fmax(most, map.loss(i, j, s));
      }
      all.mean.push_back(mean.value);
      all.error.push_back(mean.standard_error);
      all.least.push_back(least);
      all.most.push_back(most);
      all.runs.push_back(static_cast<std::uint32_t>(map.seeds_run(i, j)));
    }
  return all;
}

Json losses_json(const std::vector<double>& losses, Precision precision, Page& page) {
  if (precision == Precision::fp64) return page.array(losses);
  std::vector<float> single;
  single.reserve(losses.size());
  for (const double loss : losses) single.push_back(static_cast<float>(loss));
  return page.array(single);
}

Json cells_json(const LossMap& map, Precision precision, std::size_t most_bytes, Page& page) {
  const CellNumbers numbers = cell_numbers(map);
  Json json = {{"mean", page.array(numbers.mean)},
               {"error", page.array(numbers.error)},
               {"runs", page.array(numbers.runs)}};
  std::vector<double> losses;
  losses.reserve(numbers.mean.size() * map.seeds().size());
  for (std::size_t i = 0; i < map.learning_rates().size(); ++i)
    for (std::size_t j = 0; j < map.weight_decays().size(); ++j)
      for (std::size_t s = 0; s < map.seeds().size(); ++s) losses.push_back(map.loss(i, j, s));
  const std::size_t size = precision == Precision::fp32 ? sizeof(float) : sizeof(double);
  if (losses.size() * size <= most_bytes) {
    json["losses"] = losses_json(losses, precision, page);
  } else {
    json["least"] = losses_json(numbers.least, precision, page);
    json["most"] = losses_json(numbers.most, precision, page);
    page.leave_out("the losses of single seeds (it shows their minimum and maximum)");
  }
  return json;
}

}  // namespace lrscape
