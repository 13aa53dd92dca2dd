#include "emulation/emulate_in.hpp"

namespace lrscape::test {

template std::vector<RunResults> emulate_in<float>(Sweep sweep, const Emulation& options);

double bytes_moved_in_fp32(const Sweep& sweep, const Emulation& options, const RunGroup& group) {
  const PreparedSweep prepared(sweep, 1);
  const EmulatedGpu gpu(options.most_shared_bytes, options.schedule);
  return DeviceTraining<float, EmulatedGpu>(prepared, gpu, options.tier).bytes_moved({&group, 1});
}

}  // namespace lrscape::test
