#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bound/step_tree.hpp"

namespace lrscape::bound {

/// A node of sources and its distance from a node of targets behind it: from the last step of one to
/// the first of the other.
struct Neighbour {
  int level;
  std::int64_t index;
  double gap;
};

/// Far enough for the kernel's expansion in both nodes.
inline bool far_apart(double gap, double source_length, double target_length) {
  return gap > 0 && gap >= std::max(source_length, target_length);
}

/// The two halves of a neighbour, the near one first.
inline std::pair<Neighbour, Neighbour> halves(const StepTree& tree, const Neighbour& whole) {
  const int level = whole.level - 1;
  const auto& right = tree.node(level, 2 * whole.index + 1);
  return {{level, 2 * whole.index + 1, whole.gap},
          {level, 2 * whole.index, whole.gap + (right.length + right.link)}};
}

/// What the traversal finds for one node of targets.
struct Interactions {
  std::vector<Neighbour> far;    ///< By their moments.
  std::vector<Neighbour> near;   ///< Leaves, step by step; only for a leaf.
  std::vector<Neighbour> left;   ///< For the left half of the node to decide on.
  std::vector<Neighbour> right;  ///< For its right half.
};

/// Sorts the sources before a node of targets, those that its parent left to it, by distance: splits
/// the longer one of two nodes that are too close. The order depends on the steps alone.
inline Interactions interactions(const StepTree& tree, int level, std::int64_t index,
                                 std::vector<Neighbour> undecided) {
  Interactions found;
  const double length = tree.node(level, index).length;
  const std::int64_t left = 2 * index, right = left + 1;
  const bool has_right = level > 0 && right < tree.nodes(level - 1);
  double to_right = 0;
  if (has_right) to_right = tree.node(level - 1, left).length + tree.node(level - 1, right).link;
  std::reverse(undecided.begin(), undecided.end());
  while (!undecided.empty()) {
    const Neighbour source = undecided.back();
    undecided.pop_back();
    const double source_length = tree.node(source.level, source.index).length;
    if (far_apart(source.gap, source_length, length)) {
      found.far.push_back(source);
    } else if (source.level == 0 && level == 0) {
      found.near.push_back(source);
    } else if (source.level > 0 && (source_length > length || level == 0)) {
      const auto [close, distant] = halves(tree, source);
      undecided.push_back(distant);
      undecided.push_back(close);
    } else {
      found.left.push_back(source);
      if (has_right) found.right.push_back({source.level, source.index, source.gap + to_right});
    }
  }
  if (has_right) found.right.push_back({level - 1, left, tree.node(level - 1, right).link});
  return found;
}

}  // namespace lrscape::bound
