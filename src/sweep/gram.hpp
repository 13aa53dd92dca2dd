#pragma once

#include <cstddef>
#include <vector>

#include "lrscape/matrix.hpp"
#include "lrscape/sweep.hpp"

namespace lrscape {

/// Whether the optimizer's update allows it.
bool can_run_in_gram_space(const OptimizerSpec& optimizer);

/// Only row orders that are given can have one.
bool has_a_row_twice_in_a_batch(const Sweep& sweep);

/// See PreparedSweep::spaces(); and the products of the training rows, if they were needed to decide.
struct ChosenSpaces {
  std::vector<Space> spaces;
  Matrix train_products;
};
ChosenSpaces choose_spaces(const Sweep& sweep, int threads);

/// Whether predictions in Gram space are off by at most `most` times the roundoff of a precision, about, relative to
/// the residuals: whether sqrt(n) max |G_ij| over G's least eigenvalue is at most that. Predictions are G u:
/// rounding errs by max |G_ij| |u_j| at random, and training may make u as long as the residuals over the
/// least eigenvalue. Where targets are centered, u does not grow in the direction of equal coordinates, which
/// centered features make an eigenvector of 0: it is left out.
bool is_well_conditioned(const Matrix& products, bool targets_centered, double most);

/// Entry (i, j) is row i of `left` times row j of `right`, summed in double by the tree of
/// lrscape/numerics/pairwise_sum.hpp. The bits do not depend on `threads`.
Matrix row_products(const Matrix& left, const Matrix& right, int threads);

/// w = A^T u for the weights of one run, the rows in order; coordinate i of u lies at i * distance.
template <class Real>
void weights_of(const Matrix& features, const Real* coordinates, std::size_t distance,
                double* weights) {
  for (std::size_t j = 0; j < features.columns; ++j) weights[j] = 0;
  for (std::size_t i = 0; i < features.rows; ++i)
    for (std::size_t j = 0; j < features.columns; ++j)
      weights[j] += features(i, j) * static_cast<double>(coordinates[i * distance]);
}

}  // namespace lrscape
