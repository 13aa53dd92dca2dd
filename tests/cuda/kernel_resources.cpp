#include "kernel_resources.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <regex>

namespace lrscape::test {
namespace {

std::string demangled(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

}  // namespace

std::vector<KernelResources> read_resources(std::istream& report) {
  const std::regex entry(R"(Compiling entry function '(\w+)' for '(\w+)')");
  const std::regex memory(
      R"((\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads)");
  const std::regex registers(R"(Used (\d+) registers)");
  std::vector<KernelResources> all;
  std::smatch found;
  for (std::string line; std::getline(report, line);) {
    if (std::regex_search(line, found, entry)) {
      all.push_back({demangled(found[1]), found[2]});
    } else if (all.empty()) {
      continue;
    } else if (std::regex_search(line, found, memory)) {
      all.back().stack += std::stoi(found[1]);
      all.back().spill_stores += std::stoi(found[2]);
      all.back().spill_loads += std::stoi(found[3]);
    } else if (std::regex_search(line, found, registers)) {
      all.back().registers = std::stoi(found[1]);
    }
  }
  std::erase_if(all, [](const KernelResources& r) {
    return r.kernel.find("lrscape::on_device::") == std::string::npos;
  });
  return all;
}

}  // namespace lrscape::test
