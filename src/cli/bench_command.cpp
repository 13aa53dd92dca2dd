#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/sweep_options.hpp"
#include "lrscape/benchmark.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

struct BenchOptions {
  std::string optimizer = "adamw-pt";
  std::string precision = "fp32";
  int side = 32;
  int repeats = 3;
  bool json = false;
  std::string simd;
  std::string config;
};

void bench(const BenchOptions& options) {
  if (options.side < 1 || options.side > 4096)
    throw InputError(fmt::format("--side must be from 1 to 4096, not {}", options.side));
  if (options.repeats < 1)
    throw InputError(fmt::format("--repeats must be at least 1, not {}", options.repeats));
  const Sweep sweep = benchmark_sweep(options.optimizer, static_cast<std::size_t>(options.side),
                                      parse_precision(options.precision));
  std::vector<BackendOptions> contenders;
  contenders.push_back({"cpu", 1, options.simd, false});
  if (cpu_threads() > 1) contenders.push_back({"cpu", 0, options.simd, false});
  for (const Device& device : devices())
    if (device.name != "cpu") contenders.push_back({device.name, 0, options.simd, false});

  const auto timings = benchmark(sweep, contenders, options.repeats);
  if (options.json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const Timing& t : timings)
      rows.push_back({{"device", t.device},
                      {"runs", t.runs},
                      {"seconds", t.seconds},
                      {"runs_per_second", t.runs_per_second()},
                      {"ns_per_run_step", t.ns_per_run_step()},
                      {"share_of_fma_peak",
                       t.fma_peak > 0 ? nlohmann::ordered_json(t.share_of_peak()) : nullptr}});
    fmt::print("{}\n", nlohmann::ordered_json{{"optimizer", options.optimizer},
                                              {"precision", options.precision},
                                              {"n", sweep.problem.features.rows},
                                              {"d", sweep.problem.features.columns},
                                              {"epochs", sweep.epochs},
                                              {"batch", sweep.batch_size},
                                              {"rows", rows}}
                           .dump(2));
    return;
  }
  fmt::print(
      "{}, {}, n {}, d {}, {} epochs of batch {}, {} runs; median of {} repeats [least, most]\n\n",
      options.optimizer, options.precision, sweep.problem.features.rows,
      sweep.problem.features.columns, sweep.epochs, sweep.batch_size, timings.front().runs,
      options.repeats);
  fmt::print("{:<28} {:>9} {:>19} {:>10} {:>12} {:>14}\n", "device", "s", "", "runs/s",
             "ns/run-step", "of fma peak");
  for (const Timing& t : timings) {
    const auto [least, most] = std::minmax_element(t.seconds.begin(), t.seconds.end());
    fmt::print("{:<28} {:>9.3f} {:>19} {:>10.0f} {:>12.0f} {:>14}\n", t.device, t.median(),
               fmt::format("[{:.3f}, {:.3f}]", *least, *most), t.runs_per_second(),
               t.ns_per_run_step(),
               t.fma_peak > 0 ? fmt::format("{:.0f} %", 100 * t.share_of_peak()) : "-");
  }
}

}  // namespace

Action add_bench_command(CLI::App& application) {
  auto* command = application.add_subcommand(
      "bench", "Time the same sweep on one core, all cores and every GPU, in turn");
  const auto options = std::make_shared<BenchOptions>();
  add_value(*command, "--optimizer", options->optimizer, "one optimizer [adamw-pt]");
  add_value(*command, "--precision", options->precision, "fp32 or fp64 [fp32]");
  add_value(*command, "--side", options->side, "learning rates and weight decays each [32]");
  add_value(*command, "--repeats", options->repeats, "timed repeats after one warm-up [3]");
  add_value(*command, "--simd", options->simd,
            "CPU instruction set: avx512, avx2 or plain [the best]")
      ->envname("LRSCAPE_SIMD");
  command->add_flag("--json", options->json, "as JSON");
  add_value(*command, "--config", options->config,
            "TOML file with options by name; the command line wins");
  return [options] { bench(*options); };
}

}  // namespace lrscape::cli
