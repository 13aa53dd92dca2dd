#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "bound/step_tree.hpp"
#include "multipole_kernels.cuh"

// Launches the kernels of the multipole method. `Device` is cuda::Gpu (kernels/gpu.cuh) or, in
// tests, its emulation, with one additional member:
//
//     scan(Array<std::int64_t>&)   exclusive scan in place; returns the last value
namespace lrscape::LRSCAPE_KERNELS {

/// Implements bound::FieldFunction on a device, with the same bits as the CPU.
template <class Device>
class MultipoleField {
 public:
  MultipoleField(const Device& device, std::span<const double> eta, std::span<const double> norms)
      : device_(device),
        eta_(padded(eta)),
        moved_(padded(norms)),
        to_end_(Values::zeros(padded_size(eta.size()))),
        from_start_(Values::zeros(padded_size(eta.size()))),
        chebyshev_nodes_(std::span<const double>(bound::Chebyshev::instance().nodes)),
        way_(flat_way()) {
    tree_.steps = static_cast<std::int64_t>(eta.size());
    std::int64_t count = static_cast<std::int64_t>(padded_size(eta.size())) / bound::leaf_size;
    std::int64_t total = 0;
    for (tree_.levels = 0;; count = (count + 1) / 2) {
      tree_.nodes[tree_.levels] = static_cast<std::int32_t>(count);
      tree_.offset[tree_.levels] = total;
      total += count;
      ++tree_.levels;
      if (count == 1) break;
    }
    step_nodes_ = Array<bound::StepNode>::zeros(static_cast<std::size_t>(total));
    moments_ = Values::zeros(static_cast<std::size_t>(total * bound::order));
    tree_.eta = eta_.data();
    tree_.moved_values = moved_.data();
    tree_.to_end_values = to_end_.data();
    tree_.from_start = from_start_.data();
    tree_.step_nodes = step_nodes_.data();
    tree_.all_moments = moments_.data();
    tree_.chebyshev_nodes = chebyshev_nodes_.data();
    tree_.values_to_coefficients = way_.data();
  }

  void run(std::span<double> field) {
    device_.launch(scale_norms, blocks(tree_.steps, block_threads), block_threads, 0,
                   ScaleArguments{eta_.data(), moved_.data(), tree_.steps});
    device_.launch(sum_up_leaves, blocks(tree_.nodes[0], block_threads / lanes), block_threads, 0,
                   tree_);
    for (std::int32_t level = 1; level < tree_.levels; ++level)
      device_.launch(sum_up_parents, blocks(tree_.nodes[level], block_threads / lanes),
                     block_threads, 0, LevelArguments{tree_, level});
    const std::int32_t top = tree_.levels - 1;
    DeviceLists before(1);  // No source precedes the root.
    Values above;
    for (std::int32_t level = top; level > 0; --level) {
      DeviceLists below(tree_.nodes[level - 1]);
      above = descend(level, before, below, above, nullptr);
      before = std::move(below);
    }
    DeviceLists near(tree_.nodes[0]);
    const Values leaves = descend(0, before, near, above, &near);
    auto values = Values::zeros(padded_size(static_cast<std::size_t>(tree_.steps)));
    constexpr std::size_t shared = bound::leaf_size / lanes * bound::leaf_size * sizeof(double);
    device_.launch(finish_leaves, tree_.nodes[0], leaf_threads, shared,
                   FinishArguments{tree_, near.lists(), leaves.data(), values.data()});
    device_.wait();
    values.read(field);
  }

 private:
  template <class T>
  using Array = typename Device::template Array<T>;
  using Values = Array<double>;
  static constexpr int block_threads = 128;

  struct DeviceLists {
    explicit DeviceLists(std::int64_t nodes)
        : begin(Array<std::int64_t>::zeros(static_cast<std::size_t>(nodes) + 1)),
          entries(Array<bound::Neighbour>::zeros(0)) {}
    /// Turns counts into beginnings and allocates all entries.
    void make_room(const Device& device) {
      const std::int64_t count = device.scan(begin);
      entries = Array<bound::Neighbour>::zeros(static_cast<std::size_t>(count));
    }
    Lists lists() { return {begin.data(), entries.data()}; }

    Array<std::int64_t> begin;
    Array<bound::Neighbour> entries;
  };

  /// Processes one level: finds the sources that act on its nodes and computes their field. `next`
  /// receives the sources that the level below has to decide or, at level 0, the near leaves.
  Values descend(std::int32_t level, DeviceLists& before, DeviceLists& next, const Values& above,
                 DeviceLists* near) {
    DeviceLists far(tree_.nodes[level]);
    const auto arguments = [&] {
      return InteractArguments{tree_,
                               level,
                               before.lists(),
                               far.lists(),
                               near != nullptr ? near->lists() : Lists{},
                               near != nullptr ? Lists{} : next.lists()};
    };
    const std::int64_t grid = blocks(tree_.nodes[level], block_threads);
    device_.launch(count_interactions, grid, block_threads, 0, arguments());
    far.make_room(device_);
    next.make_room(device_);
    device_.launch(write_interactions, grid, block_threads, 0, arguments());
    auto coefficients = Values::zeros(static_cast<std::size_t>(tree_.nodes[level]) * bound::order);
    constexpr int warp = 32;
    device_.launch(
        gather_field, blocks(tree_.nodes[level], block_threads / warp), block_threads, 0,
        GatherArguments{tree_, level, far.lists(),
                        level + 1 < tree_.levels ? above.data() : nullptr, coefficients.data()});
    return coefficients;
  }

  static std::int64_t blocks(std::int64_t work, std::int64_t per_block) {
    return (work + per_block - 1) / per_block;
  }
  static std::size_t padded_size(std::size_t steps) {
    constexpr auto leaf = static_cast<std::size_t>(bound::leaf_size);
    return (steps + leaf - 1) / leaf * leaf;
  }
  static std::vector<double> padded(std::span<const double> values) {
    std::vector<double> all(values.begin(), values.end());
    all.resize(padded_size(values.size()));
    return all;
  }
  static std::vector<double> flat_way() {
    std::vector<double> flat;
    for (const auto& row : bound::Chebyshev::instance().values_to_coefficients)
      flat.insert(flat.end(), row.begin(), row.end());
    return flat;
  }

  const Device& device_;
  Values eta_, moved_, to_end_, from_start_, chebyshev_nodes_, way_, moments_;
  Array<bound::StepNode> step_nodes_;
  Tree tree_ = {};
};

}  // namespace lrscape::LRSCAPE_KERNELS
