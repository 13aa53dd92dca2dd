#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "backends.hpp"
#include "device_training.hpp"

namespace lrscape::test {

/// The emulation as DeviceTraining's device. Its memory starts as NaN: what a kernel reads without having
/// written it, and what it does not write, would show.
class EmulatedGpu {
 public:
  EmulatedGpu(std::size_t most_shared_bytes, const emulation::Schedule& schedule)
      : most_shared_bytes_(most_shared_bytes), schedule_(schedule) {}

  template <class T>
  class Array {
   public:
    explicit Array(const std::vector<T>& values) : values_(values) {}
    explicit Array(std::size_t size) : values_(size) {
      if (size > 0) std::memset(static_cast<void*>(values_.data()), 0xFF, size * sizeof(T));
    }
    const T* data() const { return values_.data(); }
    T* data() { return values_.data(); }
    std::size_t size() const { return values_.size(); }
    std::vector<T> host() const { return values_; }

   private:
    std::vector<T> values_;
  };

  std::size_t most_shared_bytes() const { return most_shared_bytes_; }
  std::size_t multiprocessors() const { return 2; }
  template <class Kernel>
  std::size_t blocks_at_once(Kernel* /*kernel*/, int /*threads*/, std::size_t /*shared*/) const {
    return 3;
  }
  template <class... A>
  void launch(void (*kernel)(A...), std::size_t blocks, int threads, std::size_t shared_bytes,
              const std::type_identity_t<A>&... arguments) const {
    ASSERT_LE(shared_bytes, most_shared_bytes_);
    emulation::launch(
        dim3(static_cast<unsigned>(blocks)), dim3(static_cast<unsigned>(threads)), shared_bytes,
        [&] { kernel(arguments...); }, schedule_);
  }

 private:
  std::size_t most_shared_bytes_;
  emulation::Schedule schedule_;
};

inline constexpr std::size_t shared_bytes_of_h100 = 227 * 1024;

struct Emulation {
  Tier tier = Tier::registers;
  emulation::Schedule schedule = {};
  std::size_t most_shared_bytes = shared_bytes_of_h100;
};

template <class Real>
std::vector<RunResults> emulate_in(const Sweep& sweep, const Emulation& options) {
  const auto units = every_group(sweep);
  const PreparedSweep prepared(sweep, 2);
  DeviceTraining<Real, EmulatedGpu> training(
      prepared, EmulatedGpu(options.most_shared_bytes, options.schedule), options.tier, true);
  std::vector<RunResults> results;
  for (const auto& unit : units)
    results.push_back(empty_results(sweep, unit.learning_rate.size(), true));
  for (std::size_t optimizer = 0; optimizer < sweep.optimizers.size(); ++optimizer) {
    std::vector<std::size_t> chosen;
    for (std::size_t u = 0; u < units.size(); ++u)
      if (units[u].optimizer == optimizer) chosen.push_back(u);
    training.train(units, chosen, results);
  }
  return results;
}

inline std::vector<RunResults> emulate(const Sweep& sweep, const Emulation& options) {
  return sweep.precision == Precision::fp64 ? emulate_in<double>(sweep, options)
                                            : emulate_in<float>(sweep, options);
}

}  // namespace lrscape::test
