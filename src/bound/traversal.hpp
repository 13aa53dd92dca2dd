#pragma once

#include <cmath>
#include <cstdint>

#include "lrscape/bound/multipole.hpp"
#include "lrscape/numerics/platform.hpp"

// The part of the traversal that the CPU and the CUDA kernels share: which nodes of a StepTree act
// on which.
namespace lrscape::bound {

/// Number of steps in a leaf.
inline constexpr std::int64_t leaf_size = 64;

/// Consecutive steps: leaf_size steps on level 0, twice as many on each higher level.
struct StepNode {
  double link = 0;    ///< Distance from the step before the node to its first step.
  double length = 0;  ///< Distance from its first step to its last step.
  double scale = 0;   ///< A power of two, at least the largest eta_t G_t.
};

/// A node of sources that precedes a node of targets. `gap` is the distance from the last step of
/// the sources to the first step of the targets.
struct Neighbour {
  std::int32_t level;
  std::int32_t index;
  double gap;
};

/// Whether the kernel is smooth enough over a node of this length, at distances of at least `gap`,
/// for the Chebyshev nodes to represent the steps.
LRSCAPE_HOST_DEVICE inline bool smooth_over(double length, double gap) {
  return gap > 0 && gap >= length;
}

/// The half of a neighbour that is closer to the target. distant_half() returns the other half.
LRSCAPE_HOST_DEVICE inline Neighbour close_half(const Neighbour& whole) {
  return {whole.level - 1, 2 * whole.index + 1, whole.gap};
}
template <class Tree>
LRSCAPE_HOST_DEVICE Neighbour distant_half(const Tree& tree, const Neighbour& whole) {
  const StepNode& close = tree.node(whole.level - 1, 2 * whole.index + 1);
  return {whole.level - 1, 2 * whole.index, whole.gap + (close.length + close.link)};
}

/// Decides how a source acts on a later node of targets, at (level, index). If two nodes are too
/// close, the longer node is split. For each part of the source, calls found.far(part) if the part
/// acts on the target's Chebyshev nodes, found.near(part) if it acts on the steps of a target leaf,
/// and found.pass(part) if the target's halves must decide. Parts are processed from the close end,
/// in an order that depends only on the steps.
///
/// A far or near part acts by its moments if smooth_over() holds for its own length. Otherwise it
/// is a leaf and acts step by step. The combinations are the four interactions of an adaptive fast
/// multipole method.
template <class Tree, class Found>
LRSCAPE_HOST_DEVICE void interact(const Tree& tree, std::int32_t level, std::int32_t index,
                                  const Neighbour& source, Found& found) {
  constexpr int most_levels = 40;
  Neighbour waiting[most_levels];  // At most one per level.
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

/// Converts a neighbour that interact() found into a source: by its moments if smooth_over() holds,
/// otherwise by the steps of its leaf.
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

/// Distance from the first step of a node's left half to the first step of its right half. The node
/// must have both halves.
template <class Tree>
LRSCAPE_HOST_DEVICE double way_to_right_half(const Tree& tree, std::int32_t level,
                                             std::int32_t index) {
  return tree.node(level - 1, 2 * index).length + tree.node(level - 1, 2 * index + 1).link;
}

/// Maps a distance within a node to a coordinate in [-1, 1]. A node of one step has length 0, and
/// any coordinate is valid.
LRSCAPE_HOST_DEVICE inline double coordinate(double distance, double length) {
  return length > 0 ? 2 * (distance / length) - 1 : 0;
}

/// A power of two above both `value` and the smallest normal number, but at most 2^1023.
LRSCAPE_HOST_DEVICE inline double power_above(double value) {
  int exponent = 0;
  const double smallest = 0x1p-1022;
  std::frexp(value > smallest ? value : smallest, &exponent);
  return std::ldexp(1.0, exponent < 1023 ? exponent : 1023);
}

}  // namespace lrscape::bound
