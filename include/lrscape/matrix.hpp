#pragma once

#include <cstddef>
#include <vector>

namespace lrscape {

/// A dense matrix of doubles, row-major: element (r, c) is `values[r * columns + c]`.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;

  Matrix() = default;
  Matrix(std::size_t row_count, std::size_t column_count)
      : rows(row_count), columns(column_count), values(row_count * column_count) {}

  double& operator()(std::size_t row, std::size_t column) { return values[row * columns + column]; }
  double operator()(std::size_t row, std::size_t column) const {
    return values[row * columns + column];
  }
};

}  // namespace lrscape
