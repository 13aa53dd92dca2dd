#include "cpu/cpu.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <omp.h>

#include <cerrno>
#include <fstream>
#include <new>

#include "base/threads.hpp"
#include "simd/implementation.hpp"

namespace lrscape::cpu {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  if (!info && errno == ENOMEM) throw std::bad_alloc();
  // Otherwise a lack of memory would look like the end of the file.
  info.exceptions(std::ios::badbit);
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "CPU";
}

std::vector<DeviceInfo> devices() {
  static const std::string processor = processor_name();  // Reading the name takes a while.
  std::vector<std::string_view> names;
  for (const auto* code : implementations()) names.push_back(code->name);
  return {{"cpu",
           fmt::format("{}, {} threads, {}", processor, cpu_threads(), fmt::join(names, " ")), ""}};
}

std::vector<int> usable() { return {0}; }

}  // namespace

double measured_fma_peak(int /*index*/, const DeviceOptions& options, Precision precision) {
  const Implementation& code = implementation(options.simd);
  const int threads = threads_to_use(options.threads);
  const bool single = precision == Precision::fp32;
  const int lanes = single ? code.fp32_lanes : code.fp64_lanes;
  constexpr long rounds = 4'000'000;
  double slowest = 0;
#pragma omp parallel num_threads(threads) reduction(max : slowest)
  {
    const double begin = omp_get_wtime();
    volatile double sink =
        single ? static_cast<double>(code.spin_fp32(rounds)) : code.spin_fp64(rounds);
    static_cast<void>(sink);
    slowest = omp_get_wtime() - begin;
  }
  return static_cast<double>(threads) * static_cast<double>(rounds) * spin_chains * lanes / slowest;
}

constinit const BackendKind kind = {"cpu",        false,       devices,          usable,
                                    make_backend, make_bounds, measured_fma_peak};

}  // namespace lrscape::cpu
