#include <chrono>

#include "cuda/cuda.hpp"
#include "cuda_check.hpp"
#include "gpu.cuh"
#include "spin_kernel.cuh"

namespace lrscape::cuda {
namespace {

template <class Real>
double peak(const Gpu& gpu) {
  const std::size_t blocks = gpu.blocks_at_once(on_device::spin<Real>, spin_threads, 0);
  Gpu::Array<Real> sink(blocks * spin_threads);
  const auto launch = [&](std::int32_t count) {
    gpu.launch(on_device::spin<Real>, blocks, spin_threads, 0, count, Real(0.5), Real(1.5),
               sink.data());
    gpu.wait();
  };
  launch(1);  // Loads the code onto the GPU before it is timed.
  constexpr double long_enough = 0.01;
  std::int32_t rounds = 1;
  while (true) {
    const auto begin = std::chrono::steady_clock::now();
    launch(rounds);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    if (taken.count() >= long_enough)
      return static_cast<double>(sink.size()) * spin_chains_of_thread * spin_unrolled * rounds /
             taken.count();
    rounds *= 4;
  }
}

}  // namespace

double measured_fma_peak(int index, const DeviceOptions& /*options*/, Precision precision) {
  const Gpu gpu(gpu_properties(index), "the kernel of multiply-adds");
  return on_gpu(
      index, [&] { return precision == Precision::fp64 ? peak<double>(gpu) : peak<float>(gpu); });
}

}  // namespace lrscape::cuda
