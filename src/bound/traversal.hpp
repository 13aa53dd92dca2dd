#pragma once

#include <cmath>
#include <cstdint>

#include "lrscape/bound/multipole.hpp"
#include "lrscape/numerics/platform.hpp"

// Which nodes of a StepTree act on which: what the CPU and the CUDA kernels share of the traversal.
namespace lrscape::bound {

/// Steps of a leaf.
inline constexpr std::int64_t leaf_size = 64;

/// Consecutive steps: leaf_size of them on level 0, twice as many on each level above.
struct StepNode {
  double link = 0;    ///< From the step before the node to its first one.
  double length = 0;  ///< From its first step to its last one.
  double scale = 0;   ///< A power of two, at least the largest eta_t G_t.
};

/// A node of sources and its distance from a node of targets behind it: from the last step of one to
/// the first of the other.
struct Neighbour {
  std::int32_t level;
  std::int32_t index;
  double gap;
};

/// Whether the kernel is smooth enough over a node of that length, seen from `gap` away or more, for
/// its Chebyshev nodes to stand for its steps.
LRSCAPE_HOST_DEVICE inline bool smooth_over(double length, double gap) {
  return gap > 0 && gap >= length;
}

/// The half of a neighbour that is closer to the target, and the other one.
LRSCAPE_HOST_DEVICE inline Neighbour close_half(const Neighbour& whole) {
  return {whole.level - 1, 2 * whole.index + 1, whole.gap};
}
template <class Tree>
LRSCAPE_HOST_DEVICE Neighbour distant_half(const Tree& tree, const Neighbour& whole) {
  const StepNode& close = tree.node(whole.level - 1, 2 * whole.index + 1);
  return {whole.level - 1, 2 * whole.index, whole.gap + (close.length + close.link)};
}

/// What becomes of one source before a node of targets, at (level, index): calls found.far(source) if
/// it acts on the target's Chebyshev nodes, found.near(source) if it acts on the steps of a leaf, and
/// found.pass(source) if the target's halves are to decide. Either way it acts by its moments if it is
/// smooth_over() its own length, too, and else is a leaf and acts step by step: the four kinds of an
/// adaptive fast multipole method. The longer one of two nodes that are too close is split; the parts
/// of a source are dealt with from the close end. The order depends on the steps alone.
template <class Tree, class Found>
LRSCAPE_HOST_DEVICE void interact(const Tree& tree, std::int32_t level, std::int32_t index,
                                  const Neighbour& source, Found& found) {
  constexpr int most_levels = 40;
  Neighbour waiting[most_levels];  // One for each level at most.
  int count = 0;
  waiting[count++] = source;
  const double length = tree.node(level, index).length;
  while (count > 0) {
    const Neighbour part = waiting[--count];
    const double part_length = tree.node(part.level, part.index).length;
    const bool one_source = part.level == 0 || smooth_over(part_length, part.gap);
    if (one_source && smooth_over(length, part.gap)) {
      found.far(part);
    } else if (one_source && level == 0) {
      found.near(part);
    } else if (part.level > 0 && (part_length > length || level == 0)) {
      waiting[count++] = distant_half(tree, part);
      waiting[count++] = close_half(part);
    } else {
      found.pass(part);
    }
  }
}

/// How a node that interact() has found acts.
template <class Tree>
LRSCAPE_HOST_DEVICE Source source_of(const Tree& tree, const double* chebyshev_nodes,
                                     const Neighbour& neighbour) {
  const StepNode& node = tree.node(neighbour.level, neighbour.index);
  if (smooth_over(node.length, neighbour.gap))
    return {nullptr,
            tree.moments(neighbour.level, neighbour.index),
            chebyshev_nodes,
            node.length,
            node.scale,
            neighbour.gap,
            0};
  const std::int64_t first = neighbour.index * leaf_size;
  return {tree.moved() + first, nullptr, tree.to_end() + first, 0, 0, neighbour.gap, leaf_size};
}

/// How far a node's right half lies behind its left one's first step; the node has both.
template <class Tree>
LRSCAPE_HOST_DEVICE double way_to_right_half(const Tree& tree, std::int32_t level,
                                             std::int32_t index) {
  return tree.node(level - 1, 2 * index).length + tree.node(level - 1, 2 * index + 1).link;
}

/// A distance within a node as a coordinate in [-1, 1]. A node of one step has no length, and every
/// coordinate is right.
LRSCAPE_HOST_DEVICE inline double coordinate(double distance, double length) {
  return length > 0 ? 2 * (distance / length) - 1 : 0;
}

/// A power of two that is at least `value`, or the smallest normal number.
LRSCAPE_HOST_DEVICE inline double power_above(double value) {
  int exponent = 0;
  const double smallest = 0x1p-1022;
  std::frexp(value > smallest ? value : smallest, &exponent);
  return std::ldexp(1.0, exponent < 1023 ? exponent : 1023);
}

}  // namespace lrscape::bound
