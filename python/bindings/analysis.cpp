#include "lrscape/analysis.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "calls.hpp"
#include "lrscape/error.hpp"

namespace lrscape::python {
namespace {

void make_map(LossMap* self, const std::vector<double>& learning_rates,
              const std::vector<double>& weight_decays, const std::vector<std::int64_t>& seeds,
              const Numbers1& losses) {
  new (self) LossMap(learning_rates, weight_decays, seeds, to_vector(losses));
}

/// The answer of the library, found without the interpreter's lock.
template <class Ask>
auto answered(Ask ask) {
  const Unlocked unlocked;
  return ask();
}

/// The best cell, the cells as good and the edges, or None if no mean is finite.
nb::object best(const LossMap& map) {
  const auto cell = answered([&] { return best_cell(map); });
  if (!cell) return nb::none();
  nb::dict answer;
  answer["learning_rate"] = map.learning_rates()[cell->learning_rate];
  answer["weight_decay"] = map.weight_decays()[cell->weight_decay];
  answer["loss"] = cell->loss.value;
  answer["standard_error"] = cell->loss.standard_error;
  if (const auto expected = answered([&] { return expected_best_loss(map); })) {
    answer["expected_loss"] = expected->value;
    answer["expected_low"] = expected->low;
    answer["expected_high"] = expected->high;
  }
  std::vector<std::string_view> edges;
  for (const Edge edge : edges_of_best(map)) edges.push_back(name_of(edge));
  answer["edge"] = edges;
  if (const auto good = answered([&] { return as_good_as_best(map); })) {
    answer["cells_as_good"] = good->cells;
    answer["lowest_learning_rate"] = good->lowest_rate;
    answer["highest_learning_rate"] = good->highest_rate;
    answer["lowest_weight_decay"] = good->lowest_decay;
    answer["highest_weight_decay"] = good->highest_decay;
  }
  return answer;
}

nb::dict ridge_columns(const LossMap& map) {
  std::vector<double> rates, decays;
  for (const RidgePoint& point : answered([&] { return ridge(map); })) {
    rates.push_back(point.learning_rate);
    decays.push_back(point.weight_decay);
  }
  nb::dict columns;
  columns["learning_rate"] = to_numpy(std::move(rates));
  columns["weight_decay"] = to_numpy(std::move(decays));
  return columns;
}

nb::object slope(const LossMap& map) {
  const auto found = answered([&] { return ridge_slope(map); });
  if (!found) return nb::none();
  nb::dict answer;
  answer["slope"] = found->slope.value;
  answer["low"] = found->slope.low;
  answer["high"] = found->slope.high;
  answer["points"] = found->points;
  answer["lowest_learning_rate"] = found->lowest_rate;
  answer["highest_learning_rate"] = found->highest_rate;
  return answer;
}

nb::dict slice_columns(const LossMap& map, bool product, double held, double within) {
  const Strategy strategy = product ? Strategy::product : Strategy::weight_decay;
  const Slice found = answered([&] { return slice(map, strategy, held, within); });
  if (found.points.empty())
    throw InputError((product ? "product " : "wd ") + why_no_points(map, strategy, held));
  std::vector<double> rates, decays, losses, errors;
  std::vector<std::uint8_t> interpolated;
  for (const SlicePoint& point : found.points) {
    rates.push_back(point.learning_rate);
    decays.push_back(point.weight_decay);
    losses.push_back(point.loss.value);
    errors.push_back(point.loss.standard_error);
    interpolated.push_back(point.interpolated ? 1 : 0);
  }
  nb::dict answer;
  answer["learning_rate"] = to_numpy(std::move(rates));
  answer["weight_decay"] = to_numpy(std::move(decays));
  answer["loss"] = to_numpy(std::move(losses));
  answer["standard_error"] = to_numpy(std::move(errors));
  answer["interpolated"] = to_numpy(std::move(interpolated));
  answer["best"] = nb::none();
  if (found.best) answer["best"] = *found.best;
  if (found.expected_best) answer["expected_loss"] = *found.expected_best;
  if (found.decades) {
    answer["decades"] = found.decades->value;
    answer["decades_low"] = found.decades->low;
    answer["decades_high"] = found.decades->high;
    answer["lowest_learning_rate"] = found.ranges.front().low;
    answer["highest_learning_rate"] = found.ranges.back().high;
    answer["ranges"] = found.ranges.size();
    answer["opens_low"] = found.opens_low;
    answer["opens_high"] = found.opens_high;
  }
  return answer;
}

nb::dict comparison_of(const LossMap& first, const LossMap& second) {
  const Comparison found = answered([&] { return compare(first, second); });
  std::vector<double> rates, decays, differences, errors;
  std::vector<std::int32_t> better;
  for (const ComparedCell& cell : found.cells) {
    rates.push_back(cell.learning_rate);
    decays.push_back(cell.weight_decay);
    differences.push_back(cell.difference.value);
    errors.push_back(cell.difference.standard_error);
    better.push_back(static_cast<std::int32_t>(cell.better));
  }
  nb::dict answer;
  answer["learning_rate"] = to_numpy(std::move(rates));
  answer["weight_decay"] = to_numpy(std::move(decays));
  answer["difference"] = to_numpy(std::move(differences));
  answer["standard_error"] = to_numpy(std::move(errors));
  answer["better"] = to_numpy(std::move(better));
  answer["seeds"] = found.seeds;
  answer["first_better"] = found.first_better;
  answer["second_better"] = found.second_better;
  answer["diverged_in_both"] = found.diverged_in_both;
  if (found.difference_of_best) {
    answer["difference_of_best"] = found.difference_of_best->value;
    answer["difference_of_best_error"] = found.difference_of_best->standard_error;
  }
  return answer;
}

}  // namespace

void add_analysis(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<LossMap>(module, "LossMap")
      .def("__init__", &make_map, "learning_rates"_a, "weight_decays"_a, "seeds"_a, "losses"_a)
      .def("best", &best)
      .def("ridge", &ridge_columns)
      .def("slope", &slope)
      .def("slice", &slice_columns, "product"_a, "held"_a, "within"_a)
      .def("compare", &comparison_of, "other"_a)
      .def(
          "means",
          [](const LossMap& map) {
            return to_numpy(map.means(), {map.learning_rates().size(), map.weight_decays().size()});
          })
      .def_prop_ro("learning_rates", &LossMap::learning_rates)
      .def_prop_ro("weight_decays", &LossMap::weight_decays);
}

}  // namespace lrscape::python
