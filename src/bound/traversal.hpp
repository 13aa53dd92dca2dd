#pragma once

#include <cmath>
#include <cstdint>

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

/// Far enough for the kernel's expansion in both nodes.
LRSCAPE_HOST_DEVICE inline bool far_apart(double gap, double source_length, double target_length) {
  return gap > 0 && gap >= source_length && gap >= target_length;
}

/// The half of a neighbour that is closer to the target, and the other one.
template <class Tree>
LRSCAPE_HOST_DEVICE Neighbour close_half(const Tree& /*tree*/, const Neighbour& whole) {
  return {whole.level - 1, 2 * whole.index + 1, whole.gap};
}
template <class Tree>
LRSCAPE_HOST_DEVICE Neighbour distant_half(const Tree& tree, const Neighbour& whole) {
  const StepNode& close = tree.node(whole.level - 1, 2 * whole.index + 1);
  return {whole.level - 1, 2 * whole.index, whole.gap + (close.length + close.link)};
}

/// What becomes of one source before a node of targets, at (level, index): calls found.far(source) if
/// it may act by its moments, found.near(source) if both are leaves, and found.pass(source) if the
/// target's halves are to decide. The longer one of two nodes that are too close is split; the parts
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
    if (far_apart(part.gap, part_length, length)) {
      found.far(part);
    } else if (part.level == 0 && level == 0) {
      found.near(part);
    } else if (part.level > 0 && (part_length > length || level == 0)) {
      waiting[count++] = distant_half(tree, part);
      waiting[count++] = close_half(tree, part);
    } else {
      found.pass(part);
    }
  }
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
