#include "sweep/gram.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/aligned.hpp"
#include "base/parallel.hpp"
#include "lrscape/stop.hpp"
#include "simd/implementation.hpp"

namespace lrscape {
bool is_well_conditioned(const Matrix& products, bool targets_centered, double most) {
  const auto rows = static_cast<Eigen::Index>(products.rows);
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Rows gram = Eigen::Map<const Rows>(products.values.data(), rows, rows);
  const double largest = gram.cwiseAbs().maxCoeff();
  const double mean = gram.trace() / static_cast<double>(rows);
  if (targets_centered) gram.array() += mean / static_cast<double>(rows);
  // A symmetric matrix is positive definite if and only if it has a Cholesky factor.
  gram.diagonal().array() -= largest * std::sqrt(static_cast<double>(rows)) / most;
  // Block by block, as Eigen does it, to look for a stop between blocks.
  constexpr Eigen::Index most_in_block = 128;
  for (Eigen::Index first = 0; first < rows; first += most_in_block) {
    end_if_stopped();
    const Eigen::Index count = std::min(most_in_block, rows - first), rest = rows - first - count;
    auto corner = gram.block(first, first, count, count);
    const Eigen::LLT<Rows> factor(corner);
    if (factor.info() != Eigen::Success) return false;
    auto below = gram.block(first + count, first, rest, count);
    factor.matrixU().solveInPlace<Eigen::OnTheRight>(below);
    gram.block(first + count, first + count, rest, rest)
        .selfadjointView<Eigen::Lower>()
        .rankUpdate(below, -1);
  }
  return true;
}

Matrix row_products(const Matrix& left, const Matrix& right, int threads) {
  const cpu::Implementation& code = *cpu::implementations().front();
  const auto lanes = static_cast<std::size_t>(code.fp64_runs);
  constexpr std::size_t block = summation_block;
  const std::size_t stride = (left.columns + block - 1) / block * block;
  std::vector<double> rows(left.rows * stride);
  for (std::size_t i = 0; i < left.rows; ++i)
    std::copy_n(&left.values[i * left.columns], left.columns, &rows[i * stride]);

  Matrix products(left.rows, right.rows);
  const std::size_t panels = (right.rows + lanes - 1) / lanes;
  in_parallel(static_cast<std::int64_t>(panels), threads, [&](std::int64_t k) {
    const std::size_t first = static_cast<std::size_t>(k) * lanes;
    const std::size_t count = std::min(lanes, right.rows - first);
    const auto panel = aligned_array<double>(stride * lanes);  // transposed rows of `right`
    std::fill_n(panel.get(), stride * lanes, 0.0);
    for (std::size_t lane = 0; lane < count; ++lane)
      for (std::size_t j = 0; j < right.columns; ++j)
        panel[j * lanes + lane] = right(first + lane, j);
    const auto sums = aligned_array<double>(left.rows * lanes);
    code.row_products(rows.data(), static_cast<std::int32_t>(left.rows),
                      static_cast<std::int32_t>(stride), panel.get(), sums.get());
    for (std::size_t i = 0; i < left.rows; ++i)
      for (std::size_t lane = 0; lane < count; ++lane)
        products(i, first + lane) = sums[i * lanes + lane];
  });
  return products;
}

}  // namespace lrscape
