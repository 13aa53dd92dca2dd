#include "emulation/emulate_in.hpp"

namespace lrscape::test {

template std::vector<RunResults> emulate_in<double>(Sweep sweep, const Emulation& options);

}  // namespace lrscape::test
