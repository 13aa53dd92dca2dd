#pragma once

#include <istream>
#include <string>
#include <vector>

namespace lrscape::test {

/// What ptxas says that a kernel takes; stack and spills in bytes a thread.
struct KernelResources {
  std::string kernel;  ///< as C++ has it, with its arguments: on_device::train<Adam, float>(...)
  std::string architecture;  ///< sm_90
  int registers = 0;
  int stack = 0;
  int spill_stores = 0;
  int spill_loads = 0;
};

/// The project's own kernels in what cmake/keep-resource-report has kept. What functions take that are
/// not inlined counts for the kernel that they come with.
std::vector<KernelResources> read_resources(std::istream& report);

}  // namespace lrscape::test
