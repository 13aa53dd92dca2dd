#pragma once

#include "device_training.hpp"
#include "emulation/emulate.hpp"
#include "emulation/emulated_gpu.hpp"

namespace lrscape::test {

template <class Real>
std::vector<RunResults> emulate_in(Sweep sweep, const Emulation& options) {
  sweep.save_weights = true;
  const auto units = every_group(sweep);
  const PreparedSweep prepared(sweep, 2);
  DeviceTraining<Real, EmulatedGpu> training(
      prepared, EmulatedGpu(options.most_shared_bytes, options.schedule), options.tier);
  std::vector<RunResults> results;
  for (const auto& unit : units) results.push_back(empty_results(sweep, unit.learning_rate.size()));
  for (std::size_t k = 0; k < prepared.configurations().size(); ++k) {
    std::vector<std::size_t> chosen;
    for (std::size_t u = 0; u < units.size(); ++u)
      if (units[u].configuration == k) chosen.push_back(u);
    training.train(units, chosen, results);
  }
  return results;
}

}  // namespace lrscape::test
