#pragma once

#include <cstdint>
#include <vector>

#include "lrscape/matrix.hpp"

namespace lrscape {

/// Least squares with a held-out part: the loss on n rows is the mean of (a_i . w - b_i)^2.
struct Problem {
  Matrix features;                         ///< A, n x d
  std::vector<double> targets;             ///< b, n
  Matrix validation_features;              ///< m x d
  std::vector<double> validation_targets;  ///< m
};

/// Throws InputError unless shapes agree, nothing is empty and every entry is finite.
void check(const Problem& problem);

/// The problem on which the decoupling of learning rate and weight decay shows: columns of very
/// unequal direction, few of which matter.
struct SyntheticProblem {
  std::int64_t rows = 200;
  std::int64_t validation_rows = 200;
  std::int64_t features = 1000;
  double mean = 2;       ///< Entries of A are drawn from N(mean, 1) ...
  double density = 0.8;  ///< ... and kept with this probability, else 0.
  double column_norm =
      10;  ///< Columns of A are scaled to this norm; validation by the same factors.
  double oracle_density =
      0.1;             ///< The part of the oracle's weights that is not zero. Its norm is 1.
  double noise = 0.5;  ///< Standard deviation of the noise on the targets.
  std::uint64_t seed = 0;
};

/// Throws InputError for sizes below 1, densities outside (0, 1], a negative noise.
Problem make_synthetic(const SyntheticProblem& parameters);

/// Splits rows at random: round(fraction n) of them are held out. Throws InputError if a side would
/// be empty or `features` and `targets` differ in rows.
Problem hold_out(const Matrix& features, const std::vector<double>& targets, double fraction,
                 std::uint64_t seed);

/// Shifts and scales every column, and the targets' mean, by what the training part shows: mean 0,
/// standard deviation 1 (population). A constant column becomes 0.
void standardize(Problem& problem);

/// For each epoch a permutation of 0 .. rows-1, one after the other: entry e * rows + i is the row
/// that comes i-th in epoch e (both from 0). The same for every run of that seed.
std::vector<std::int32_t> row_order(std::uint64_t seed, std::int64_t epochs, std::int64_t rows);

}  // namespace lrscape
