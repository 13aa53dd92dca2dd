#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "infinity.hpp"
#include "lrscape/error.hpp"
#include "lrscape/matrix.hpp"
#include "lrscape/problem.hpp"

/// Builds small problems, extracts columns, and checks input errors.
namespace lrscape::test {

using Values = std::vector<double>;

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class Work, class... Parts>
void expect_input_error(Work work, const Parts&... parts) {
  EXPECT_THAT(work, testing::ThrowsMessage<InputError>(testing::AllOf(
                        testing::HasSubstr(parts)..., testing::Not(testing::HasSubstr("\n")))));
}

inline Matrix matrix(std::size_t rows, std::size_t columns, const Values& values) {
  Matrix result(rows, columns);
  result.values = values;
  return result;
}

inline SyntheticProblem sizes(std::int64_t rows, std::int64_t validation_rows,
                              std::int64_t features) {
  SyntheticProblem parameters;
  parameters.rows = rows;
  parameters.validation_rows = validation_rows;
  parameters.features = features;
  return parameters;
}

inline Values column(const Matrix& m, std::size_t j) {
  Values values;
  for (std::size_t i = 0; i < m.rows; ++i) values.push_back(m(i, j));
  return values;
}

inline double square_sum(const Values& values) {
  return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
}

}  // namespace lrscape::test
