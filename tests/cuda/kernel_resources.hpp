#pragma once

#include <istream>
#include <string>
#include <vector>

namespace lrscape::test {

/// The resources of a kernel as reported by ptxas; stack and spills in bytes per thread.
struct KernelResources {
  std::string kernel;        ///< demangled, with its arguments: on_device::train<Adam, float>(...)
  std::string architecture;  ///< sm_90
  int registers = 0;
  int stack = 0;
  int spill_stores = 0;
  int spill_loads = 0;
};

/// Reads the project's own kernels from a report kept by cmake/keep-resource-report. The resources
/// of functions that are not inlined are added to the kernel that precedes them in the report.
std::vector<KernelResources> read_resources(std::istream& report);

}  // namespace lrscape::test
