#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "calls.hpp"
#include "datasets.hpp"
#include "listening.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "lrscape/bound/extension.hpp"
#include "lrscape/bound/optimum.hpp"
#include "lrscape/error.hpp"

namespace lrscape::python {
namespace {

GradientNorms norms_of(const std::string& text) {
  GradientNorms norms = parse_gradient_norms(text);
  if (!norms.file.empty())
    throw InputError("the gradient norms '" + text +
                     "' name a file; read it, such as with numpy.loadtxt, and give the values");
  return norms;
}

GradientNorms constant_norms(double value) {
  GradientNorms norms;
  norms.b = value;
  return norms;
}

GradientNorms listed_norms(const Numbers1& values) {
  GradientNorms norms;
  norms.values = to_vector(values);
  norms.file = "array";  // The name in the metadata of a result.
  return norms;
}

/// Evaluations of a step, about a nanosecond each.
double work_of(const BoundSweep& sweep) {
  double steps = 0;
  for (const std::int64_t length : sweep.steps) {
    const auto all = static_cast<double>(length);
    const double horizons =
        !sweep.anytime ? static_cast<double>(std::max<std::size_t>(1, sweep.horizons.size()))
        : bound::uses_multipoles(sweep.method, static_cast<std::size_t>(length)) ? 100
                                                                                 : all;
    steps += all * horizons;
  }
  return steps * static_cast<double>(sweep.schedules.size());
}

/// Whether the work takes so little time that it needs no thread of its own.
bool is_little(const BoundSweep& sweep) {
  constexpr double little = 1e6;
  return work_of(sweep) < little;
}

/// Returns a tuple (exception, dataset); see run_sweep().
nb::tuple run_bound(const BoundSweep& sweep, const std::vector<double>& gammas,
                    const std::string& device, int threads, const std::string& simd,
                    const std::optional<std::filesystem::path>& out, const std::string& command,
                    const nb::object& progress, const nb::object& warn) {
  const Call call;
  for (const double gamma : gammas) bound::check_gamma(gamma);
  DeviceOptions options;
  options.device = device;
  options.threads = threads;
  options.simd = simd;
  Dataset dataset;
  const auto work = [&](const Watch& watch) {
    const BoundTable table = evaluate(sweep, options, watch);
    const Provenance provenance = {table.device, "", command};
    if (out) write_bounds(*out, sweep, table, gammas, provenance, watch);
    dataset = out ? read_dataset(*out) : dataset_of(sweep, table, gammas, provenance);
  };
  if (threads == 0 && is_little(sweep)) options.threads = 1;
  // OpenMP's threads belong to the thread that started them. A thread of Python must start none:
  // after a fork, the child would wait for them for ever.
  if (!out && options.threads == 1 && is_little(sweep)) {
    {
      const Unlocked unlocked;
      work({});
    }
    return nb::make_tuple(nb::none(), to_python(std::move(dataset)));
  }
  const nb::object raised = run_and_listen(work, {progress, warn});
  if (!raised.is_none()) return nb::make_tuple(raised, nb::none());
  return nb::make_tuple(raised, to_python(std::move(dataset)));
}

/// The base learning rate, or the best one, and the bound at it after the last step.
std::pair<double, double> bound_of(const Numbers1& eta, std::optional<double> gamma,
                                   const GradientNorms& norms, double distance) {
  bound::check_distance(distance);
  if (gamma) bound::check_gamma(*gamma);
  const std::vector<double> steps = to_vector(eta);
  const Unlocked unlocked;
  const std::vector<double> all_norms = evaluate(norms, static_cast<std::int64_t>(steps.size()));
  const bound::ScaledSums sums = bound::last_horizon(steps, all_norms);
  if (!gamma) return {bound::optimal_gamma(sums, distance), bound::optimal_omega(sums, distance)};
  return {*gamma, bound::omega(sums, distance, *gamma)};
}

/// Returns a tuple (gamma, columns by name, reason why stages are missing).
nb::tuple run_extension(const Extension& extension, int threads) {
  const Call call;
  Extended extended;
  run_until_signal([&] { extended = extend(extension, threads); });
  const auto column = [&](auto Stage::*member) {
    std::vector<std::remove_cvref_t<decltype(Stage().*member)>> values;
    for (const Stage& stage : extended.stages) values.push_back(stage.*member);
    return to_numpy(std::move(values));
  };
  nb::dict columns;
  columns["start"] = column(&Stage::start);
  columns["end"] = column(&Stage::end);
  columns["factor"] = column(&Stage::factor);
  columns["cooldown"] = column(&Stage::cooldown);
  columns["learning_rate"] = column(&Stage::learning_rate);
  columns["omega"] = column(&Stage::omega);
  columns["gamma_opt"] = column(&Stage::gamma_opt);
  columns["omega_linear"] = column(&Stage::omega_linear);
  return nb::make_tuple(extended.gamma, columns, extended.ended);
}

}  // namespace

void add_bounds(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<GradientNorms>(module, "GradientNorms")
      .def_static("parse", &norms_of, "text"_a)
      .def_static("constant", &constant_norms, "value"_a)
      .def_static("listed", &listed_norms, "values"_a);
  nb::enum_<BoundSweep::Formula>(module, "Formula")
      .value("last", BoundSweep::Formula::last_iterate)
      .value("average", BoundSweep::Formula::average_iterate)
      .value("orabona", BoundSweep::Formula::orabona);
  nb::enum_<bound::Method>(module, "Method")
      .value("auto", bound::Method::automatic)
      .value("direct", bound::Method::direct)
      .value("fmm", bound::Method::multipole);
  nb::class_<BoundSweep>(module, "BoundSweep")
      .def(nb::init<>())
      .def_rw("schedules", &BoundSweep::schedules)
      .def_rw("steps", &BoundSweep::steps)
      .def_rw("horizons", &BoundSweep::horizons)
      .def_rw("anytime", &BoundSweep::anytime)
      .def_rw("steps_per_epoch", &BoundSweep::steps_per_epoch)
      .def_rw("norms", &BoundSweep::norms)
      .def_rw("distance", &BoundSweep::distance)
      .def_rw("formula", &BoundSweep::formula)
      .def_rw("method", &BoundSweep::method);
  module.def("run_bound", &run_bound, "sweep"_a, "gammas"_a, "device"_a, "threads"_a, "simd"_a,
             "out"_a.none(), "command"_a, "progress"_a.none(), "warn"_a.none());

  module.def("bound_of", &bound_of, "eta"_a, "gamma"_a.none(), "norms"_a, "distance"_a);

  nb::enum_<Extension::By>(module, "By")
      .value("factor", Extension::By::factor)
      .value("cooldown", Extension::By::cooldown);
  nb::class_<Extension>(module, "Extension")
      .def(nb::init<>())
      .def_rw("schedule", &Extension::schedule)
      .def_rw("stage", &Extension::stage)
      .def_rw("stages", &Extension::stages)
      .def_rw("by", &Extension::by)
      .def_rw("norms", &Extension::norms)
      .def_rw("distance", &Extension::distance);
  module.def("run_extension", &run_extension, "extension"_a, "threads"_a);
}

}  // namespace lrscape::python
