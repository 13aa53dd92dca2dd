#pragma once

#include <cstdint>

#include "bound/traversal.hpp"
#include "cuda_language.hpp"
#include "lrscape/bound/multipole.hpp"
#include "lrscape/numerics/compensated_sum.hpp"

// The multipole method for bounds. The kernels perform the operations of the CPU in the CPU's
// order, so that the results agree in every bit.
namespace lrscape::LRSCAPE_KERNELS {

// ---------------------------------------------------------------------------- the tree

inline constexpr int most_levels = 32;
/// Threads that sum up one node, as many as the CPU has lanes.
inline constexpr int lanes = 8;
inline constexpr int leaf_threads = static_cast<int>(bound::leaf_size);

/// A StepTree in device memory. The levels are stored one after another.
struct Tree {
  std::int64_t steps;
  int levels;
  std::int32_t nodes[most_levels];   ///< number of nodes of each level
  std::int64_t offset[most_levels];  ///< index of each level's first node
  const double* eta;                 ///< padded with 0 to whole leaves
  const double* moved_values;
  double* to_end_values;
  double* from_start;
  bound::StepNode* step_nodes;
  double* all_moments;  ///< bound::order values per node
  const double* chebyshev_nodes;
  const double* values_to_coefficients;  ///< order x order, m x j

  __device__ const bound::StepNode& node(std::int32_t level, std::int32_t index) const {
    return step_nodes[offset[level] + index];
  }
  __device__ double* moments(std::int32_t level, std::int32_t index) const {
    return all_moments + (offset[level] + index) * bound::order;
  }
  __device__ const double* moved() const { return moved_values; }
  __device__ const double* to_end() const { return to_end_values; }
  __device__ bool complete(std::int32_t level, std::int32_t index) const {
    return (std::int64_t{index} + 1) * (bound::leaf_size << level) <= steps;
  }
};

/// Stores moments computed from the lanes' Chebyshev sums. The whole warp must call it, with eight
/// threads per node.
__device__ inline void store_moments(const Tree& tree, const double (&sums)[bound::order],
                                     double* moments, bool wanted) {
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  double moment[(bound::order + lanes - 1) / lanes] = {};
  for (int m = 0; m < bound::order; ++m) {
    double sum = sums[m];
    for (int mask = 1; mask < lanes; mask *= 2) sum = sum + __shfl_xor_sync(0xFFFFFFFFU, sum, mask);
    for (int j = lane; j < bound::order; j += lanes)
      moment[j / lanes] += tree.values_to_coefficients[m * bound::order + j] * sum;
  }
  if (!wanted) return;
  for (int j = lane; j < bound::order; j += lanes) moments[j] = moment[j / lanes];
}

struct ScaleArguments {
  const double* eta;
  double* norms;  ///< becomes eta_t G_t
  std::int64_t steps;
};

/// One thread per step.
__global__ void scale_norms(ScaleArguments a) {
  const std::int64_t k = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (k < a.steps) a.norms[k] = a.eta[k] * a.norms[k];
}

/// Eight threads per leaf.
__global__ void sum_up_leaves(Tree tree) {
  const auto index = static_cast<std::int32_t>((blockIdx.x * blockDim.x + threadIdx.x) / lanes);
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  const bool exists = index < tree.nodes[0];
  const bool complete = exists && tree.complete(0, index);
  const std::int64_t begin = std::int64_t{index} * bound::leaf_size;
  if (exists && lane == 0) {
    const std::int64_t end =
        begin + bound::leaf_size < tree.steps ? begin + bound::leaf_size : tree.steps;
    bound::StepNode& leaf = tree.step_nodes[index];
    double distance = 0;
    double largest = 0;
    tree.from_start[begin] = 0;
    for (std::int64_t t = begin + 1; t < end; ++t) {
      distance = distance + tree.eta[t];
      tree.from_start[t] = distance;
    }
    for (std::int64_t t = begin; t < end; ++t)
      largest = tree.moved_values[t] > largest ? tree.moved_values[t] : largest;
    if (complete) {
      double to_end = 0;
      tree.to_end_values[end - 1] = 0;
      for (std::int64_t k = end - 1; k-- > begin;) {
        to_end = to_end + tree.eta[k + 1];
        tree.to_end_values[k] = to_end;
      }
    }
    leaf = {tree.eta[begin], distance, bound::power_above(largest)};
  }
  __syncthreads();
  double sums[bound::order] = {};
  if (complete) {
    const bound::StepNode leaf = tree.step_nodes[index];
    for (std::int64_t k = begin + lane; k < begin + bound::leaf_size; k += lanes) {
      const double strength = tree.moved_values[k] / leaf.scale;
      bound::add_source(bound::coordinate(tree.to_end_values[k], leaf.length), strength * strength,
                        sums);
    }
  }
  store_moments(tree, sums, tree.moments(0, exists ? index : 0), complete);
}

struct LevelArguments {
  Tree tree;
  std::int32_t level;
};

/// Eight threads per node, for a level above the leaves.
__global__ void sum_up_parents(LevelArguments a) {
  const Tree& tree = a.tree;
  const auto index = static_cast<std::int32_t>((blockIdx.x * blockDim.x + threadIdx.x) / lanes);
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  const bool exists = index < tree.nodes[a.level];
  const bool complete = exists && tree.complete(a.level, index);
  const std::int32_t below = a.level - 1;
  double sums[bound::order] = {};
  if (exists) {
    const bound::StepNode left = tree.node(below, 2 * index);
    bound::StepNode parent = left;
    if (2 * index + 1 < tree.nodes[below]) {
      const bound::StepNode right = tree.node(below, 2 * index + 1);
      const double across = right.link + right.length;
      parent.length = left.length + across;
      parent.scale = left.scale < right.scale ? right.scale : left.scale;
      for (int k = lane; complete && k < 2 * bound::order; k += lanes) {
        const bool from_left = k < bound::order;
        const int j = from_left ? k : k - bound::order;
        const bound::StepNode& half = from_left ? left : right;
        const double place = half.length * tree.chebyshev_nodes[j];
        const double scale = half.scale / parent.scale;
        const double strength =
            tree.moments(below, 2 * index + (from_left ? 0 : 1))[j] * (scale * scale);
        bound::add_source(bound::coordinate(from_left ? place + across : place, parent.length),
                          strength, sums);
      }
    }
    if (lane == 0) tree.step_nodes[tree.offset[a.level] + index] = parent;
  }
  store_moments(tree, sums, tree.moments(a.level, exists ? index : 0), complete);
}

// ---------------------------------------------------------------------------- interactions

/// One list for each node of a level: node i has the entries begin[i] .. begin[i + 1] - 1.
struct Lists {
  std::int64_t* begin;
  bound::Neighbour* entries;
};

struct InteractArguments {
  Tree tree;
  std::int32_t level;
  Lists before;  ///< sources that the level above passed down
  Lists far;
  Lists near;   ///< for leaves only
  Lists below;  ///< sources passed to the level below
};

/// Counts the entries that bound::interact() finds. A scan turns the counts into begin[].
struct Counter {
  std::int64_t far_count = 0, near_count = 0, pass_count = 0;
  __device__ void far(const bound::Neighbour& /*source*/) { ++far_count; }
  __device__ void near(const bound::Neighbour& /*source*/) { ++near_count; }
  __device__ void pass(const bound::Neighbour& /*source*/) { ++pass_count; }
};

/// One thread per node. Writes the numbers of entries to far.begin and to near.begin (leaves) or
/// below.begin.
__global__ void count_interactions(InteractArguments a) {
  const auto index = static_cast<std::int32_t>(blockIdx.x * blockDim.x + threadIdx.x);
  if (index >= a.tree.nodes[a.level]) return;
  Counter counter;
  for (std::int64_t k = a.before.begin[index]; k < a.before.begin[index + 1]; ++k)
    bound::interact(a.tree, a.level, index, a.before.entries[k], counter);
  a.far.begin[index] = counter.far_count;
  if (a.level == 0) {
    a.near.begin[index] = counter.near_count;
    return;
  }
  a.below.begin[2 * index] = counter.pass_count;
  if (2 * index + 1 < a.tree.nodes[a.level - 1])
    a.below.begin[2 * index + 1] = counter.pass_count + 1;
}

/// Writes the entries in the order in which the CPU finds them.
struct Writer {
  bound::Neighbour* far_next;
  bound::Neighbour* near_next;
  bound::Neighbour* left_next;
  bound::Neighbour* right_next;  ///< Null if there is no right half.
  double way_to_right;
  __device__ void far(const bound::Neighbour& source) { *far_next++ = source; }
  __device__ void near(const bound::Neighbour& source) { *near_next++ = source; }
  __device__ void pass(const bound::Neighbour& source) {
    *left_next++ = source;
    if (right_next != nullptr)
      *right_next++ = {source.level, source.index, source.gap + way_to_right};
  }
};

/// One thread per node. Runs after the scans.
__global__ void write_interactions(InteractArguments a) {
  const auto index = static_cast<std::int32_t>(blockIdx.x * blockDim.x + threadIdx.x);
  if (index >= a.tree.nodes[a.level]) return;
  const std::int32_t right = 2 * index + 1;
  Writer writer = {a.far.entries + a.far.begin[index], nullptr, nullptr, nullptr, 0};
  if (a.level == 0) {
    writer.near_next = a.near.entries + a.near.begin[index];
  } else {
    writer.left_next = a.below.entries + a.below.begin[2 * index];
    if (right < a.tree.nodes[a.level - 1]) {
      writer.right_next = a.below.entries + a.below.begin[right];
      writer.way_to_right = bound::way_to_right_half(a.tree, a.level, index);
    }
  }
  for (std::int64_t k = a.before.begin[index]; k < a.before.begin[index + 1]; ++k)
    bound::interact(a.tree, a.level, index, a.before.entries[k], writer);
  if (writer.right_next != nullptr)
    *writer.right_next = {a.level - 1, right - 1, a.tree.node(a.level - 1, right).link};
}

// ---------------------------------------------------------------------------- the field

/// Returns `value` plus the fields of node `index`'s sources at `distance` from the node's first
/// step.
__device__ inline double fields(const Tree& tree, const Lists& sources, std::int32_t index,
                                double distance, double value) {
  CompensatedSum<double> sum;
  sum.add(value);
  for (std::int64_t k = sources.begin[index]; k < sources.begin[index + 1]; ++k)
    sum.add(bound::field_of(bound::source_of(tree, tree.chebyshev_nodes, sources.entries[k]),
                            distance));
  return sum.value();
}

struct GatherArguments {
  Tree tree;
  std::int32_t level;
  Lists far;
  const double* above;   ///< of the level above, bound::order per node; null at the top
  double* coefficients;  ///< of this level
};

/// Adds the Chebyshev coefficients of a function to `coefficient`: thread j supplies the value at
/// Chebyshev node j, and thread m receives coefficient m. The whole warp must call it.
__device__ inline double add_coefficients(const Tree& tree, double coefficient, double value) {
  const int m = static_cast<int>(threadIdx.x) % warpSize;
  for (int j = 0; j < bound::order; ++j) {
    const double v = __shfl_sync(0xFFFFFFFFU, value, j);
    if (m < bound::order) coefficient += tree.values_to_coefficients[m * bound::order + j] * v;
  }
  return coefficient;
}

/// One warp per node. Computes the Chebyshev coefficients of the field of the parent node and the
/// far nodes.
__global__ void gather_field(GatherArguments a) {
  const Tree& tree = a.tree;
  const auto warp = static_cast<std::int32_t>((blockIdx.x * blockDim.x + threadIdx.x) / warpSize);
  const int i = static_cast<int>(threadIdx.x) % warpSize;
  // Either all threads of a warp return here or none.
  if (warp >= tree.nodes[a.level]) return;
  const bound::StepNode node = tree.node(a.level, warp);
  const double place = i < bound::order ? node.length * tree.chebyshev_nodes[i] : 0;
  double coefficient = 0;
  if (a.above != nullptr) {
    const std::int32_t parent = warp / 2;
    const double start = warp % 2 == 1 ? bound::way_to_right_half(tree, a.level + 1, parent) : 0;
    const double z = bound::coordinate(start + place, tree.node(a.level + 1, parent).length);
    const double value = bound::expand(a.above + std::int64_t{parent} * bound::order, z);
    coefficient = add_coefficients(tree, coefficient, value);
  }
  if (a.far.begin[warp] < a.far.begin[warp + 1]) {
    const double value = fields(tree, a.far, warp, place, 0);
    coefficient = add_coefficients(tree, coefficient, value);
  }
  if (i < bound::order) a.coefficients[std::int64_t{warp} * bound::order + i] = coefficient;
}

struct FinishArguments {
  Tree tree;
  Lists near;
  const double* coefficients;  ///< of the leaves
  double* field;               ///< one value per step
};

/// One block per leaf, one thread per target step.
__global__ void finish_leaves(FinishArguments a) {
  const Tree& tree = a.tree;
  auto* const places = reinterpret_cast<double*>(dynamic_shared_memory());
  const auto leaf = static_cast<std::int32_t>(blockIdx.x);
  const auto t = static_cast<std::int64_t>(threadIdx.x);
  const std::int64_t begin = std::int64_t{leaf} * bound::leaf_size;
  const bool exists = begin + t < tree.steps;
  const std::int64_t first = t / lanes * lanes;
  const double* const eta = tree.eta + begin;
  const double* const moved = tree.moved() + begin;
  double* const place = places + first / lanes * bound::leaf_size;
  if (exists && t == first) bound::places_before(eta, first, place);
  __syncthreads();
  if (!exists) return;
  double value = bound::field_of_group(eta, moved, first, t);
  double distance = 0;
  for (std::int64_t k = first + 1; k <= t; ++k) distance = distance + eta[k];
  CompensatedSum<double> sum;
  sum.add(value);
  sum.add(bound::field_of(bound::Source{moved, nullptr, place, 0, 0, 0, first}, distance));
  const double from_start = tree.from_start[begin + t];
  value = fields(tree, a.near, leaf, from_start, sum.value());
  const double z = bound::coordinate(from_start, tree.node(0, leaf).length);
  value = value + bound::expand(a.coefficients + std::int64_t{leaf} * bound::order, z);
  a.field[begin + t] = value;
}

}  // namespace lrscape::LRSCAPE_KERNELS
