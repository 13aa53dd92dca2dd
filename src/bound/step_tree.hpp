#pragma once

#include <hwy/aligned_allocator.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "bound/traversal.hpp"
#include "simd/bound_kernels.hpp"

namespace lrscape::bound {

/// The Chebyshev nodes of [0, 1], 0 behind them up to a multiple of bound_width, and the way from
/// values at them to coefficients: c_m = sum_j values_to_coefficients[m][j] v_j. With moments in
/// place of values and m, j exchanged it leads from Chebyshev moments to strengths at the nodes.
struct Chebyshev {
  static constexpr int padded =
      (order + cpu::bound_width - 1) / cpu::bound_width * cpu::bound_width;
  alignas(64) std::array<double, padded> nodes = {};
  std::array<std::array<double, order>, order> values_to_coefficients = {};

  static const Chebyshev& instance();

 private:
  Chebyshev();
};

/// Steps as points on a line: step t lies eta_t behind step t - 1. A binary tree over their indices,
/// from 0: leaf i holds steps i * leaf_size .. (i + 1) * leaf_size - 1, node i of a level holds nodes
/// 2i and 2i + 1 of the level below, 0 being the leaves' level. Lengths are sums of positive
/// distances, never differences of positions.
///
/// As sources, steps have the strengths (eta_t G_t)^2. A node that is complete sums its sources up in
/// moments at its Chebyshev nodes, in units of scale^2, so that strengths over hundreds of orders of
/// magnitude neither overflow nor vanish.
class StepTree {
 public:
  using Node = StepNode;

  /// For at most `capacity` steps.
  StepTree(std::int64_t capacity, const cpu::BoundKernels& kernels, int threads);

  /// Adds steps eta_t > 0 with norms G_t.
  void append(std::span<const double> eta, std::span<const double> norms);

  /// Gives incomplete nodes their lengths. Nothing may be appended afterwards.
  void close();

  std::int64_t size() const { return size_; }
  int levels() const { return static_cast<int>(levels_.size()); }
  /// Nodes that have a step.
  std::int64_t nodes(int level) const;
  std::int64_t complete_nodes(int level) const { return size_ / span(level); }
  const Node& node(int level, std::int64_t index) const {
    return levels_[static_cast<std::size_t>(level)].nodes[static_cast<std::size_t>(index)];
  }
  const double* moments(int level, std::int64_t index) const {
    return levels_[static_cast<std::size_t>(level)].moments.data() + index * order;
  }
  /// How a node acts on targets that it need not be split for. See interact().
  Source source(const Neighbour& neighbour) const;
  /// Steps of a complete node.
  static std::int64_t span(int level) { return leaf_size << level; }

  // By step; those of a leaf begin at a SIMD register's boundary, with 0 behind the last.
  const double* eta() const { return eta_.get(); }
  const double* moved() const { return moved_.get(); }            ///< eta_t G_t
  const double* to_end() const { return to_end_.get(); }          ///< of the leaf, if complete
  const double* from_start() const { return from_start_.get(); }  ///< of the leaf

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
  hwy::AlignedFreeUniquePtr<double[]> eta_, moved_, to_end_, from_start_;
};

}  // namespace lrscape::bound
