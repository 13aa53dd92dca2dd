#include "spin_kernel.cuh"

#include <gtest/gtest.h>

#include <vector>

namespace lrscape::test {
namespace {

template <class Real>
void expect_every_multiply_add() {
  // v <- v + 2^-8 counts the multiply-adds of a chain. Chain k starts at k.
  constexpr int rounds = 3;
  constexpr Real term = Real(1) / 256;
  constexpr int chains = spin_chains_of_thread;
  constexpr int starts = chains * (chains - 1) / 2;  // 0 + 1 + ...
  std::vector<Real> sink(2 * spin_threads);
  emulation::launch(dim3(2), dim3(spin_threads), 0,
                    [&] { emulated::spin<Real>(rounds, Real(1), term, sink.data()); });
  for (const Real sum : sink) EXPECT_EQ(sum, starts + chains * rounds * spin_unrolled * term);
}

TEST(SpinKernel, DoesAsManyMultiplyAddsAsAreCounted) {
  expect_every_multiply_add<float>();
  expect_every_multiply_add<double>();
}

}  // namespace
}  // namespace lrscape::test
