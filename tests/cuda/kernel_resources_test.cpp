#include "kernel_resources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>

#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/optimizer/list.hpp"

// Checks that the kernels fit into the registers of an H100 (sm_90), according to ptxas.
namespace lrscape::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view architecture = "sm_90";
constexpr int most_registers = 255;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The bytes of stack that a kernel is known to need; nothing may spill.
int allowed_stack(const std::string& kernel) {
  const bool fp64 = has(kernel, ", double");
  // Two stacks of partial sums, whose heights are known only at run time.
  if (has(kernel, "train_in_memory<"))
    return static_cast<int>(2 *
                            (fp64 ? sizeof(SumOfSquares<double>) : sizeof(SumOfSquares<float>)));
  // The pairs of nodes that a traversal still has to visit.
  if (has(kernel, "count_interactions(") || has(kernel, "write_interactions(")) return 640;
  // The sums in the tree's leaves and parents.
  if (has(kernel, "sum_up_leaves(") || has(kernel, "sum_up_parents(")) return 24;
  return 0;
}

std::vector<std::string> complaints(const std::vector<KernelResources>& kernels) {
  std::vector<std::string> all;
  for (const KernelResources& kernel : kernels) {
    if (kernel.architecture != architecture) continue;
    const auto hold = [&](const char* what, int found, int most) {
      if (found > most)
        all.push_back(std::to_string(found) + " " + what + ", more than " + std::to_string(most) +
                      ": " + kernel.kernel);
    };
    hold("bytes of spill stores", kernel.spill_stores, 0);
    hold("bytes of spill loads", kernel.spill_loads, 0);
    hold("bytes of stack", kernel.stack, allowed_stack(kernel.kernel));
    hold("registers", kernel.registers, most_registers);
  }
  return all;
}

TEST(KernelResources, AreWhatTheKernelsAreKnownToNeed) {
  std::vector<KernelResources> kernels;
  std::istringstream objects(LRSCAPE_CUDA_OBJECTS);
  for (std::string object; std::getline(objects, object, '|');) {
    std::ifstream report(object + ".resources");
    ASSERT_TRUE(report) << object << " was built without its report; build it anew";
    for (KernelResources& kernel : read_resources(report))
      if (kernel.architecture == architecture) kernels.push_back(std::move(kernel));
  }
  if (kernels.empty()) GTEST_SKIP() << "not built for " << architecture;
  for (const std::string& complaint : complaints(kernels)) ADD_FAILURE() << complaint;

  // No kernel is missing from the reports.
  const auto count = [&](std::string_view begin) {
    return std::ranges::count_if(
        kernels, [&](const KernelResources& k) { return has(k.kernel, begin) && k.registers > 0; });
  };
  EXPECT_EQ(count("train_in_registers<"), 4 * Optimizers::size);  // precision, batches kept or not
  EXPECT_EQ(count("train_in_memory<"), 2 * Optimizers::size);
  EXPECT_EQ(count("train_fast<"), 2 * Optimizers::size);
}

/// A report in the format of ptxas, with mangled names.
std::string report_of(const std::string& name, const std::string& numbers, int registers,
                      const std::string& built_for = "sm_90") {
  return "ptxas info    : 47 bytes gmem, 352 bytes cmem[4]\n"
         "ptxas info    : Compiling entry function '" +
         name + "' for '" + built_for + "'\nptxas info    : Function properties for " + name +
         "\n    " + numbers + "\nptxas info    : Used " + std::to_string(registers) +
         " registers, used 1 barriers, 800 bytes cmem[0]\n"
         "ptxas info    : Compile time = 8.094 ms\n";
}
constexpr const char* fp32 =
    "_ZN7lrscape9on_device18train_in_registersINS_7AdamWPTEfLb1EEEvNS_15LaunchArgumentsIT_T0_EE";
constexpr const char* fp64 =
    "_ZN7lrscape9on_device18train_in_registersINS_7AdamWPTEdLb1EEEvNS_15LaunchArgumentsIT_T0_EE";

std::vector<std::string> complaints_of(const std::string& report) {
  std::istringstream stream(report);
  return complaints(read_resources(stream));
}

TEST(KernelResources, AreReadFromTheReport) {
  std::istringstream report(
      report_of("_ZN3cub11EmptyKernelIvEEvv",
                "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", 4) +
      report_of(fp32, "8 bytes stack frame, 4 bytes spill stores, 16 bytes spill loads", 255));
  const auto found = read_resources(report);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].kernel, HasSubstr("train_in_registers<lrscape::AdamWPT, float, true>("));
  EXPECT_EQ(found[0].architecture, "sm_90");
  EXPECT_EQ(found[0].registers, 255);
  EXPECT_EQ(found[0].stack, 8);
  EXPECT_EQ(found[0].spill_stores, 4);
  EXPECT_EQ(found[0].spill_loads, 16);
}

TEST(KernelResources, AreComplainedOfIfAKernelSpills) {
  const std::string none = "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads";
  const std::string few = "8 bytes stack frame, 8 bytes spill stores, 20 bytes spill loads";
  const std::string many = "40 bytes stack frame, 36 bytes spill stores, 40 bytes spill loads";
  EXPECT_THAT(complaints_of(report_of(fp32, none, 255)), IsEmpty());
  EXPECT_THAT(
      complaints_of(report_of(fp32, few, 255)),
      ElementsAre(HasSubstr("8 bytes of spill stores, more than 0: void lrscape::on_device::train"),
                  HasSubstr("20 bytes of spill loads"), HasSubstr("8 bytes of stack")));
  EXPECT_THAT(complaints_of(report_of(fp64, many, 256)),
              ElementsAre(HasSubstr("36 bytes of spill stores, more than 0"),
                          HasSubstr("40 bytes of spill loads"), HasSubstr("40 bytes of stack"),
                          HasSubstr("256 registers")));
  EXPECT_THAT(complaints_of(report_of(fp32, many, 255, "sm_80")), IsEmpty());
  // A function that a kernel calls counts toward the kernel.
  EXPECT_THAT(complaints_of(report_of(fp32, none, 255) +
                            "ptxas info    : Function properties for _Z1fv\n    " + few),
              testing::SizeIs(3));
}

}  // namespace
}  // namespace lrscape::test
