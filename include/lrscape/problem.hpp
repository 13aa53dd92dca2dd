#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lrscape/matrix.hpp"

namespace lrscape {

/// What became of a row of a table that was split into training and validation rows.
enum class RowUse : std::uint8_t { training = 0, validation = 1, left_out = 2 };

/// Least squares with a validation set. The loss on n rows is the mean of (a_i . w - b_i)^2.
struct Problem {
  Matrix features;                              ///< A, n x d
  std::vector<double> targets;                  ///< b, n
  Matrix validation_features;                   ///< m x d
  std::vector<double> validation_targets;       ///< m
  std::vector<std::string> feature_names = {};  ///< d, or empty if the features have no names
  /// If both parts come from one table, what each of its rows became, in order; otherwise empty.
  std::vector<RowUse> split = {};
};

/// Throws InputError unless the shapes agree, no part is empty and every entry is finite.
void check(const Problem& problem);

/// A problem that shows the decoupling of learning rate and weight decay. Its columns have a common
/// mean and are therefore correlated. Few of its oracle weights are nonzero.
struct SyntheticProblem {
  std::int64_t rows = 200;
  std::int64_t validation_rows = 200;
  std::int64_t features = 1000;
  double mean = 2;       ///< Entries of A are drawn from N(mean, 1) ...
  double density = 0.8;  ///< ... and kept with this probability, else 0.
  double column_norm =
      10;  ///< Columns of A are scaled to this norm, validation columns by the same factors.
  double oracle_density = 0.1;  ///< Fraction of nonzero oracle weights. Their norm is 1.
  double noise = 0.5;           ///< Standard deviation of the noise on the targets.
  std::uint64_t seed = 0;
};

/// "synthetic: n 200, validation 200, d 1000, ...", for Sweep::problem_source.
std::string to_string(const SyntheticProblem& parameters);

/// Draws the problem. Throws InputError for sizes below 1, densities outside (0, 1], a column norm
/// that is not positive, a negative noise, and sizes that do not fit into memory.
Problem make_synthetic(const SyntheticProblem& parameters);

/// Splits n rows at random and holds out round(fraction n) of them for validation; Problem::split
/// tells which. Throws InputError if `fraction` is outside (0, 1), if a part would be empty, or if
/// `features` and `targets` differ in their number of rows.
Problem hold_out(const Matrix& features, const std::vector<double>& targets, double fraction,
                 std::uint64_t seed);

/// Standardizes both parts with the statistics of the training part: feature columns to mean 0 and
/// standard deviation 1 (population), targets to mean 0. A column that is constant in the training
/// part, up to rounding, becomes 0. Returns the indices of these columns.
std::vector<std::size_t> standardize(Problem& problem);

/// Appends a feature "intercept" that is 1 in every row of both parts.
void append_intercept(Problem& problem);

/// One permutation of 0 .. rows - 1 per epoch, concatenated: entry e * rows + i is the row visited
/// i-th in epoch e (e and i counted from 0). All runs of a seed use the same order.
std::vector<std::int32_t> row_order(std::uint64_t seed, std::int64_t epochs, std::int64_t rows);

}  // namespace lrscape
