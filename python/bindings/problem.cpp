#include "lrscape/problem.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>

#include "arrays.hpp"
#include "calls.hpp"
#include "listening.hpp"

namespace lrscape::python {
namespace {

Problem held_out(const Numbers2& features, const Numbers1& targets, double fraction,
                 std::uint64_t seed) {
  const Matrix matrix = to_matrix(features);
  const std::vector<double> values = to_vector(targets);
  const Unlocked unlocked;
  return hold_out(matrix, values, fraction, seed);
}

Problem of_arrays(const Numbers2& features, const Numbers1& targets,
                  const Numbers2& validation_features, const Numbers1& validation_targets) {
  return {to_matrix(features), to_vector(targets), to_matrix(validation_features),
          to_vector(validation_targets)};
}

/// The problem and its description.
std::pair<Problem, std::string> synthetic(std::int64_t rows, std::int64_t validation_rows,
                                          std::int64_t features, double noise, double density,
                                          double oracle_density, std::uint64_t seed) {
  SyntheticProblem parameters;
  parameters.rows = rows;
  parameters.validation_rows = validation_rows;
  parameters.features = features;
  parameters.noise = noise;
  parameters.density = density;
  parameters.oracle_density = oracle_density;
  parameters.seed = seed;
  const Call call;
  Problem problem;
  run_until_signal([&] { problem = make_synthetic(parameters); });
  return {std::move(problem), to_string(parameters)};
}

}  // namespace

void add_problem(nb::module_& module) {
  using namespace nb::literals;
  const SyntheticProblem standard;
  nb::class_<Problem>(module, "Problem")
      .def_static("held_out", &held_out, "features"_a, "targets"_a, "fraction"_a, "seed"_a)
      .def_static("of_arrays", &of_arrays, "features"_a, "targets"_a, "validation_features"_a,
                  "validation_targets"_a)
      .def_prop_ro("rows", [](const Problem& problem) { return problem.features.rows; })
      .def_rw("feature_names", &Problem::feature_names)
      .def(
          "check", [](const Problem& problem) { check(problem); }, nb::call_guard<Unlocked>())
      .def(
          "standardize", [](Problem& problem) { return standardize(problem); },
          nb::call_guard<Unlocked>())
      .def(
          "append_intercept", [](Problem& problem) { append_intercept(problem); },
          nb::call_guard<Unlocked>());
  module.def("synthetic_problem", &synthetic, nb::kw_only(), "rows"_a = standard.rows,
             "validation_rows"_a = standard.validation_rows, "features"_a = standard.features,
             "noise"_a = standard.noise, "density"_a = standard.density,
             "oracle_density"_a = standard.oracle_density, "seed"_a = standard.seed);
}

}  // namespace lrscape::python
