#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lrscape/matrix.hpp"
#include "lrscape/sweep.hpp"

namespace lrscape {

/// Whether the optimizer's update commutes with rotations.
bool can_run_in_gram_space(const OptimizerSpec& optimizer);

/// Whether products of two feature entries keep the sweep's precision. Squares of very small or
/// very large entries leave the range of a number before the entries do.
bool squares_are_in_range(const Sweep& sweep);

/// Can be true only if the sweep brings its own row orders.
bool has_a_row_twice_in_a_batch(const Sweep& sweep, const Configuration& configuration);

/// For `spaces` see PreparedSweep::spaces(). `train_products` holds the products of the training
/// rows if the decision needed them; otherwise it is empty. `loses_digits` is true if Gram space
/// was asked for although the precision has too few digits for it.
struct ChosenSpaces {
  std::vector<Space> spaces;
  Matrix train_products;
  bool loses_digits = false;
};
ChosenSpaces choose_spaces(const Sweep& sweep, std::span<const Configuration> all, int threads);

/// Whether the rounding error of predictions in Gram space, relative to the residuals, is at most
/// about `most` times the unit roundoff. Tests sqrt(n) max |G_ij| / lambda <= `most`, where G is
/// `products` and lambda its least eigenvalue.
///
/// Predictions are G u. Rounding adds random errors of size max |G_ij| |u_j|, and training may make
/// u as long as the residuals divided by lambda. If the targets are centered, u does not grow along
/// the vector of equal coordinates. The test then ignores this direction, because centered features
/// make it an eigenvector with eigenvalue 0.
bool is_well_conditioned(const Matrix& products, bool targets_centered, double most);

/// Entry (i, j) is row i of `left` times row j of `right`, summed in double in the order of
/// lrscape/numerics/pairwise_sum.hpp. The bits do not depend on `threads`.
Matrix row_products(const Matrix& left, const Matrix& right, int threads);

/// The weights w = A^T u of one run, summed over the rows in order. Coordinate i of u is
/// coordinates[i * distance].
template <class Real>
void weights_of(const Matrix& features, const Real* coordinates, std::size_t distance,
                double* weights) {
  for (std::size_t j = 0; j < features.columns; ++j) weights[j] = 0;
  for (std::size_t i = 0; i < features.rows; ++i)
    for (std::size_t j = 0; j < features.columns; ++j)
      weights[j] += features(i, j) * static_cast<double>(coordinates[i * distance]);
}

}  // namespace lrscape
