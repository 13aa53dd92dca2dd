#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/schedule_choice.hpp"

/// The door to the CUDA code of bounds in kernels/. A build without nvcc has no_cuda.cpp behind it.
/// Everything has the bits of the CPU's functions. Throws DeviceError for a GPU that is not there or
/// whose memory is too small.
namespace lrscape::cuda {

/// S_t and B_t of every schedule at every horizon, row-major, by walks.
std::vector<bound::Sums<double>> walk_schedules(int device,
                                                std::span<const ScheduleChoice> schedules,
                                                std::int64_t steps, std::int64_t steps_per_epoch,
                                                std::span<const double> norms,
                                                std::span<const std::int64_t> horizons);

/// See bound::raw_curve. `threads` are the host's.
bound::Curve curve(int device, std::span<const double> eta, std::span<const double> norms,
                   bound::Method method, int threads);

}  // namespace lrscape::cuda
