#include "lrscape/sweep.hpp"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calls.hpp"
#include "datasets.hpp"
#include "listening.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/process_shard.hpp"
#include "lrscape/run.hpp"
#include "lrscape/stop.hpp"
#include "lrscape/store.hpp"

namespace lrscape::python {
namespace {

namespace fs = std::filesystem;

/// A sweep with the data of `problem`, which is left empty.
void make_sweep(Sweep* self, Problem& problem, const std::string& source) {
  new (self) Sweep();
  self->problem = std::move(problem);
  self->problem_source = source;
  self->batch_size = default_batch_size(self->problem.features.rows);
}

/// Hyper-parameters with several values become axes.
void set_optimizers(Sweep& sweep, const std::vector<std::string>& texts,
                    const std::map<std::string, std::vector<double>>& shared) {
  sweep.optimizers = parse_optimizers(texts, {shared.begin(), shared.end()});
  for (const auto& [name, values] : shared)
    if (values.size() > 1) sweep.axes.parameters.push_back({name, values});
}

void set_schedules(Sweep& sweep, std::vector<ScheduleSpec> schedules) {
  sweep.schedule = schedules.at(0);
  if (schedules.size() > 1) sweep.axes.schedules = std::move(schedules);
}

void set_epochs(Sweep& sweep, std::vector<std::int64_t> epochs) {
  sweep.epochs = epochs.at(0);
  if (epochs.size() > 1) sweep.axes.epochs = std::move(epochs);
}

void set_batch_sizes(Sweep& sweep, std::vector<std::int64_t> sizes) {
  sweep.batch_size = sizes.at(0);
  if (sizes.size() > 1) sweep.axes.batch_sizes = std::move(sizes);
}

/// The most steps of a run, for schedules that are given step by step.
std::int64_t most_steps(const Sweep& sweep) {
  std::int64_t most = 0;
  for (const Configuration& one : configurations(sweep))
    if (one.batch_size > 0) most = std::max(most, one.steps(sweep.problem.features.rows));
  return most;
}

/// Where a sweep runs and where its result goes.
struct Place {
  DeviceOptions device;
  std::optional<fs::path> out;
  std::vector<fs::path> reuse;
  Shard shard;
  std::string command;  ///< the call, for the attributes of the result
};

/// The result of a sweep, as far as it was trained, and the counts of run().
struct Outcome {
  std::optional<Dataset> dataset;
  Report report;
};

void warn_all(const Watch& watch, std::span<const std::string> warnings) {
  for (const std::string& warning : warnings) watch.warn(warning);
}

/// Trains the sweep. After an interruption, `outcome` has what is done, unless it is on disk.
void train(Sweep&& sweep, const Place& place, const Watch& watch, Outcome& outcome) {
  const PreparedSweep prepared = [&] {
    const StopScope scope(watch.stop);
    return PreparedSweep(std::move(sweep), place.device.threads);
  }();
  warn_all(watch, prepared.warnings());
  const EarlierRuns earlier(place.reuse, prepared);
  warn_all(watch, earlier.warnings());
  const auto backend = make_backend(prepared, place.device);
  const Provenance provenance = {backend->description(), backend->driver(), place.command};
  if (place.out) {
    StoreSink sink(*place.out, prepared, provenance);
    outcome.report = run(prepared, *backend, sink, watch, place.shard, &earlier);
    outcome.dataset = read_dataset(*place.out);
    return;
  }
  MemorySink sink(prepared.sweep());
  const auto keep = [&] { outcome.dataset = dataset_of(prepared, sink.result(), provenance); };
  try {
    outcome.report = run(prepared, *backend, sink, watch, place.shard, &earlier);
  } catch (const InterruptedError&) {
    keep();
    throw;
  }
  keep();
}

/// Runs the sweep, which is left empty. Returns a tuple (exception, dataset, report): the exception
/// of a signal handler or a listener that stopped the sweep, or None; the dataset, or None if it is
/// not known; and the numbers of Report by name.
nb::tuple run_sweep(Sweep& sweep, const std::string& device, int threads, const std::string& simd,
                    const std::optional<fs::path>& out, const std::vector<fs::path>& reuse,
                    std::pair<std::size_t, std::size_t> shard, const std::string& command,
                    const nb::object& progress, const nb::object& warn) {
  const Call call;
  Place place = {{}, out, reuse, {shard.first, shard.second}, command};
  place.device.device = device;
  place.device.threads = threads;
  place.device.simd = simd;
  Outcome outcome;
  const nb::object raised =
      run_and_listen([&](const Watch& watch) { train(std::move(sweep), place, watch, outcome); },
                     {progress, warn});
  nb::dict report;
  report["runs"] = outcome.report.runs;
  report["resumed_runs"] = outcome.report.resumed_runs;
  report["trained_runs"] = outcome.report.trained_runs;
  report["known_runs"] = outcome.report.known_runs;
  report["others_runs"] = outcome.report.others_runs;
  report["damaged_units"] = outcome.report.damaged_units;
  nb::object dataset = nb::none();
  if (outcome.dataset) dataset = to_python(std::move(*outcome.dataset));
  return nb::make_tuple(raised, dataset, report);
}

}  // namespace

void add_sweep(nb::module_& module) {
  using namespace nb::literals;
  nb::enum_<Precision>(module, "Precision")
      .value("fp32", Precision::fp32)
      .value("fp64", Precision::fp64);
  nb::enum_<MathMode>(module, "MathMode")
      .value("reproducible", MathMode::reproducible)
      .value("fast", MathMode::fast);
  nb::enum_<GramMode>(module, "GramMode")
      .value("auto", GramMode::automatic)
      .value("on", GramMode::on)
      .value("off", GramMode::off);
  nb::class_<Sweep>(module, "Sweep")
      .def("__init__", &make_sweep, "problem"_a, "source"_a)
      .def("set_optimizers", &set_optimizers, "texts"_a, "hyperparameters"_a)
      .def("set_schedules", &set_schedules, "schedules"_a)
      .def("set_epochs", &set_epochs, "epochs"_a)
      .def("set_batch_sizes", &set_batch_sizes, "batch_sizes"_a)
      .def("most_steps", &most_steps)
      .def_prop_ro("rows", [](const Sweep& sweep) { return sweep.problem.features.rows; })
      .def_rw("learning_rates", &Sweep::learning_rates)
      .def_rw("weight_decays", &Sweep::weight_decays)
      .def_rw("seeds", &Sweep::seeds)
      .def_rw("first_seed", &Sweep::first_seed)
      .def_rw("precision", &Sweep::precision)
      .def_rw("math", &Sweep::math)
      .def_rw("gram", &Sweep::gram)
      .def_rw("record_epochs", &Sweep::record_epochs)
      .def_rw("train_loss", &Sweep::train_loss)
      .def_rw("save_weights", &Sweep::save_weights);
  module.def("hyperparameter_names", [] {
    std::vector<std::string_view> names;
    Optimizers::for_each([&]<class O>() {
      for (const Parameter& parameter : O::hyperparameters)
        if (std::ranges::count(names, parameter.name) == 0) names.push_back(parameter.name);
    });
    return names;
  });
  module.def("shard_of_process", [] {
    const ProcessShard found = shard_of_process();
    return nb::make_tuple(found.shard.index, found.shard.count, found.source);
  });
  module.def("run_sweep", &run_sweep, "sweep"_a, "device"_a, "threads"_a, "simd"_a, "out"_a.none(),
             "reuse"_a, "shard"_a, "command"_a, "progress"_a.none(), "warn"_a.none());
}

}  // namespace lrscape::python
