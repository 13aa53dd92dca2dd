#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "bound/traversal.hpp"
#include "simd/bound_kernels.hpp"

namespace lrscape::bound {

/// The Chebyshev nodes of [0, 1], padded with 0 to a multiple of bound_width, and the matrix that
/// turns values at the nodes into coefficients: c_m = sum_j values_to_coefficients[m][j] v_j. The
/// transposed matrix turns Chebyshev moments into strengths at the nodes.
struct Chebyshev {
  static constexpr int padded =
      (order + cpu::bound_width - 1) / cpu::bound_width * cpu::bound_width;
  alignas(64) std::array<double, padded> nodes = {};
  std::array<std::array<double, order>, order> values_to_coefficients = {};

  static const Chebyshev& instance();

 private:
  Chebyshev();
};

/// The steps as points on a line, where step t lies eta_t after step t - 1. StepTree is a binary
/// tree over the step indices, which start at 0. The leaves are level 0, and leaf i holds steps
/// i * leaf_size .. (i + 1) * leaf_size - 1. Node i of a level holds nodes 2i and 2i + 1 of the
/// level below. Lengths are sums of positive distances, never differences of positions.
///
/// As a source, step t has strength (eta_t G_t)^2. A complete node sums its sources into moments at
/// its Chebyshev nodes, in units of scale^2, so that strengths spanning hundreds of orders of
/// magnitude neither overflow nor underflow.
class StepTree {
 public:
  using Node = StepNode;

  /// Allocates memory for `capacity` steps.
  StepTree(std::int64_t capacity, const cpu::BoundKernels& kernels, int threads);

  /// Adds steps eta_t > 0 with norms G_t.
  void append(std::span<const double> eta, std::span<const double> norms);

  /// Computes the lengths of incomplete nodes. append() must not be called afterwards.
  void close();

  std::int64_t size() const { return size_; }
  int levels() const { return static_cast<int>(levels_.size()); }
  /// Number of nodes with at least one step.
  std::int64_t nodes(int level) const;
  std::int64_t complete_nodes(int level) const { return size_ / span(level); }
  const Node& node(int level, std::int64_t index) const {
    return levels_[static_cast<std::size_t>(level)].nodes[static_cast<std::size_t>(index)];
  }
  const double* moments(int level, std::int64_t index) const {
    return levels_[static_cast<std::size_t>(level)].moments.data() + index * order;
  }
  /// The node as a source. See source_of().
  Source source(const Neighbour& neighbour) const;
  /// Number of steps in a complete node.
  static std::int64_t span(int level) { return leaf_size << level; }

  // One value per step. Each leaf starts on a SIMD register boundary, and 0 follows the last step.
  // The distances to_end() are set only for complete leaves.
  const double* eta() const { return eta_; }
  const double* moved() const { return moved_; }            ///< eta_t G_t
  const double* to_end() const { return to_end_; }          ///< to the leaf's last step
  const double* from_start() const { return from_start_; }  ///< from the leaf's first step

 private:
  struct Level {
    std::vector<Node> nodes;
    std::vector<double> moments;
  };

  double* moments(int level, std::int64_t index) {
    return levels_[static_cast<std::size_t>(level)].moments.data() + index * order;
  }
  Node& node(int level, std::int64_t index) {
    return levels_[static_cast<std::size_t>(level)].nodes[static_cast<std::size_t>(index)];
  }
  void extend_leaf(std::int64_t index, std::int64_t begin, std::span<const double> eta,
                   std::span<const double> norms);
  void complete_leaf(std::int64_t index);
  void complete_parent(int level, std::int64_t index);
  void sum_up(const double* z, const double* strength, std::int64_t count, double* moments) const;

  const cpu::BoundKernels& kernels_;
  int threads_;
  std::int64_t size_ = 0;
  std::vector<Level> levels_;
  AlignedArray<double> memory_;  ///< of the four arrays
  double *eta_, *moved_, *to_end_, *from_start_;
};

}  // namespace lrscape::bound
