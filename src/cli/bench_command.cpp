#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/rules.hpp"
#include "cli/sweep_options.hpp"
#include "lrscape/benchmark.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

struct BenchOptions {
  std::string optimizer;
  Precision precision = Precision::fp32;
  int side = 32;
  std::int64_t curve_steps = 1'000'000;
  int schedules = 10'000;
  int repeats = 3;
  bool json = false;
  std::string simd;
  std::string config;
};

void check_range(std::string_view option, std::int64_t value, std::int64_t most) {
  if (value < 1 || value > most)
    throw InputError(fmt::format("{} must be from 1 to {}, not {}", option, most, value));
}

nlohmann::ordered_json number_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nullptr;
}

std::int64_t whole(double count) { return std::llround(count); }

void print_json(const BenchOptions& options, const Sweep& sweep,
                const std::vector<Timing>& timings) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  nlohmann::ordered_json bounds = nlohmann::ordered_json::array();
  for (const Timing& t : timings) {
    if (t.of_bounds)
      bounds.push_back({{"work", t.work},
                        {"device", t.device},
                        {"bounds", whole(t.results)},
                        {"steps", whole(t.steps)},
                        {"seconds", t.seconds},
                        {"bounds_per_second", t.per_second()},
                        {"ns_per_step", t.ns_per_step()},
                        {"bytes_per_step", number_or_null(t.bytes_per_step())}});
    else
      rows.push_back({{"optimizer", t.work},
                      {"device", t.device},
                      {"math", name_of(t.math)},
                      {"runs", whole(t.results)},
                      {"seconds", t.seconds},
                      {"runs_per_second", t.per_second()},
                      {"ns_per_run_step", t.ns_per_step()},
                      {"fma_peak", t.fma_peak},
                      {"share_of_fma_peak", number_or_null(t.share_of_peak())},
                      {"bytes_per_run_step", number_or_null(t.bytes_per_step())}});
  }
  fmt::print("{}\n", nlohmann::ordered_json{{"precision", name_of(options.precision)},
                                            {"n", sweep.problem.features.rows},
                                            {"d", sweep.problem.features.columns},
                                            {"epochs", sweep.epochs},
                                            {"batch", sweep.batch_size},
                                            {"rows", rows},
                                            {"bounds", bounds}}
                         .dump(2));
}

std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.0f} %", 100 * *share) : "-";
}

void print_table(const BenchOptions& options, const Sweep& sweep,
                 const std::vector<Timing>& timings) {
  fmt::print("{}, n {}, d {}, {} epochs of batch {}; median of {} repeats [min, max]\n",
             name_of(options.precision), sweep.problem.features.rows,
             sweep.problem.features.columns, sweep.epochs, sweep.batch_size, options.repeats);
  std::string work;
  for (const Timing& t : timings) {
    const std::string own = t.math == MathMode::fast ? t.work + ", fast math" : t.work;
    if (own != work) {
      work = own;
      fmt::print("\n{:<28} {:>9} {:>9} {:>19} {:>11} {:>12} {:>12} {:>11}\n", work,
                 t.of_bounds ? "bounds" : "runs", "s", "", t.of_bounds ? "bounds/s" : "runs/s",
                 t.of_bounds ? "ns/step" : "ns/run-step", "of fma peak", "bytes/step");
    }
    const auto [least, most] = std::minmax_element(t.seconds.begin(), t.seconds.end());
    fmt::print("{:<28} {:>9.0f} {:>9.3f} {:>19} {:>11.0f} {:>12.4g} {:>12} {:>11}\n", t.device,
               t.results, t.median(), fmt::format("[{:.3f}, {:.3f}]", *least, *most),
               t.per_second(), t.ns_per_step(), percent(t.share_of_peak()),
               t.bytes_per_step() ? fmt::format("{:.3g}", *t.bytes_per_step()) : "-");
  }
}

void bench(const BenchOptions& options) {
  check_range("--side", options.side, 4096);
  check_range("--curve-steps", options.curve_steps, 100'000'000);
  check_range("--schedules", options.schedules, 1'000'000);
  check_range("--repeats", options.repeats, 1'000'000);
  std::vector<Sweep> sweeps;
  std::vector<BoundSweep> bounds;
  const auto side = static_cast<std::size_t>(options.side);
  const auto add_sweep = [&](const std::string& optimizer) {
    sweeps.push_back(benchmark_sweep(optimizer, side, options.precision));
    if (const auto fast = with_fast_math(sweeps.back())) sweeps.push_back(*fast);
  };
  if (!options.optimizer.empty()) {
    add_sweep(options.optimizer);
  } else {
    add_sweep("adamw-pt");
    add_sweep("sgd");
    bounds = {benchmark_curve(options.curve_steps),
              benchmark_schedules(static_cast<std::size_t>(options.schedules))};
  }
  std::vector<DeviceOptions> contenders = benchmark_cpus(options.simd);
  for (const DeviceOptions& gpus : benchmark_gpus(devices())) contenders.push_back(gpus);
  const auto timings = benchmark(sweeps, bounds, contenders, options.repeats);
  if (options.json)
    print_json(options, sweeps.front(), timings);
  else
    print_table(options, sweeps.front(), timings);
}

}  // namespace

Command bench_command(const std::string& /*command_line*/) {
  Command command("bench", "Time sweeps and bounds on this machine");
  command.description =
      "Times AdamW, SGD and bounds on 1, 2, 4, ... and all threads, on every GPU and on all GPUs "
      "together. All of these take turns after a warm-up.";
  command.examples = {{"lrscape bench", "Everything."},
                      {"lrscape bench --optimizer adamw-lh --precision fp64 --json",
                       "One optimizer in double precision, as JSON."}};
  const auto options = std::make_shared<BenchOptions>();
  command
      .add_value("--optimizer", "NAME", options->optimizer,
                 "time only this optimizer, without bounds [adamw-pt, sgd and bounds]")
      .candidates = optimizer_candidates;
  add_precision_option(command, options->precision);
  command.add_value("--side", "N", options->side, "number of learning rates and of weight decays");
  command.add_value("--curve-steps", "N", options->curve_steps,
                    "steps of the schedule whose bounds are evaluated at every horizon");
  command.add_value("--schedules", "N", options->schedules,
                    "WSD schedules whose bounds are evaluated together");
  command.add_value("--repeats", "N", options->repeats, "timed repeats");
  add_simd_option(command, options->simd);
  command.add_flag("--json", options->json, "print JSON");
  add_config_option(command, options->config);
  command.run = [options] { bench(*options); };
  return command;
}

}  // namespace lrscape::cli
