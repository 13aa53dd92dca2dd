#pragma once

#include <vector>

#include "backends.hpp"
#include "emulation/emulated_gpu.hpp"
#include "kernel_choice.hpp"

/// Runs whole sweeps on the emulation.
namespace lrscape::test {

struct Emulation {
  Tier tier = Tier::registers;
  emulation::Schedule schedule = {};
  std::size_t most_shared_bytes = shared_bytes_of_h100;
};

/// Defined for float and double, each in a file of its own: all kernels of a precision take a
/// compiler a minute.
template <class Real>
std::vector<RunResults> emulate_in(Sweep sweep, const Emulation& options);

inline std::vector<RunResults> emulate(const Sweep& sweep, const Emulation& options) {
  return sweep.precision == Precision::fp64 ? emulate_in<double>(sweep, options)
                                            : emulate_in<float>(sweep, options);
}

/// The bytes that training one group in fp32 moves, on an emulated GPU with these options.
double bytes_moved_in_fp32(const Sweep& sweep, const Emulation& options, const RunGroup& group);

}  // namespace lrscape::test
