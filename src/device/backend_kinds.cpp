#include "device/backend_kinds.hpp"

#include "cpu/cpu.hpp"
#include "cuda/cuda.hpp"

namespace lrscape {

#ifdef LRSCAPE_WITH_CUDA

std::span<const BackendKind* const> backend_kinds() {
  static constexpr const BackendKind* kinds[] = {&cpu::kind, &cuda::kind};
  return kinds;
}

std::span<const MissingKind> missing_kinds() { return {}; }

#else

std::span<const BackendKind* const> backend_kinds() {
  static constexpr const BackendKind* kinds[] = {&cpu::kind};
  return kinds;
}

std::span<const MissingKind> missing_kinds() {
  static constexpr MissingKind kinds[] = {{"cuda", true, "CUDA"}};
  return kinds;
}

#endif

}  // namespace lrscape
