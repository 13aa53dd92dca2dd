#include "simd/implementation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cpu {

std::span<const Implementation* const> implementations() {
  static const std::vector<const Implementation*> usable = [] {
    std::vector<const Implementation*> list;
#ifdef LRSCAPE_X86_SIMD
    // Highway's library would tell as well, but it measures a timer for 3 ms at every start.
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                    __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
    const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl");
    if (v4) list.push_back(&avx512);
    if (v3) list.push_back(&avx2);
#endif
    list.push_back(&plain);
    return list;
  }();
  return usable;
}

const Implementation& implementation(std::string_view name) {
  if (name.empty()) return *implementations().front();
  std::vector<std::string_view> names;
  for (const auto* candidate : implementations()) {
    if (candidate->name == name) return *candidate;
    names.push_back(candidate->name);
  }
  throw InputError(fmt::format("no instruction set '{}' on this machine{}; allowed: {}", name,
                               did_you_mean(name, names), fmt::join(names, ", ")));
}

std::string description(int threads, const Implementation& code) {
  return fmt::format("CPU, {} thread{}, {}", threads, threads == 1 ? "" : "s", code.name);
}

}  // namespace lrscape::cpu
