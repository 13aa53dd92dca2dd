#include "simd/implementation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#ifdef LRSCAPE_X86_SIMD
#include <hwy/targets.h>
#endif

#include <vector>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cpu {

std::span<const Implementation* const> implementations() {
  static const std::vector<const Implementation*> usable = [] {
    std::vector<const Implementation*> list;
#ifdef LRSCAPE_X86_SIMD
    // Highway's AVX3 means AVX-512 F, CD, BW, DQ and VL; its AVX2 includes FMA and BMI2.
    const auto supported = hwy::SupportedTargets();
    if ((supported & HWY_AVX3) != 0) list.push_back(&avx512);
    if ((supported & HWY_AVX2) != 0) list.push_back(&avx2);
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
