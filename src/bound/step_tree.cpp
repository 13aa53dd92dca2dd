#include "bound/step_tree.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::bound {
namespace {

double squared(double value) { return value * value; }

}  // namespace

const Chebyshev& Chebyshev::instance() {
  static const Chebyshev chebyshev;
  return chebyshev;
}

Chebyshev::Chebyshev() {
  for (int j = 0; j < order; ++j) {
    const double angle = pi * (j + 0.5) / order;
    nodes[static_cast<std::size_t>(j)] = squared(std::cos(angle / 2));
    for (int m = 0; m < order; ++m)
      values_to_coefficients[static_cast<std::size_t>(m)][static_cast<std::size_t>(j)] =
          (m == 0 ? 1.0 : 2.0) / order * std::cos(m * angle);
  }
}

StepTree::StepTree(std::int64_t capacity, const cpu::BoundKernels& kernels, int threads)
    : kernels_(kernels), threads_(threads) {
  for (std::int64_t nodes = (capacity + leaf_size - 1) / leaf_size;; nodes = (nodes + 1) / 2) {
    const auto count = static_cast<std::size_t>(nodes);
    levels_.push_back({std::vector<Node>(count), std::vector<double>(count * order)});
    if (nodes <= 1) break;
  }
  // Left uninitialized: each part is first written by the thread that needs it.
  const std::size_t padded = levels_[0].nodes.size() * leaf_size;
  // Loads at the same place of arrays that lie a multiple of 4 KiB apart hinder each other.
  constexpr std::size_t gap = 120;  // 15 cache lines
  const std::size_t stride = padded + gap;
  memory_ = aligned_array<double>(4 * stride);
  double* next = memory_.get();
  for (auto* array : {&eta_, &moved_, &to_end_, &from_start_})
    *array = std::exchange(next, next + stride);
}

Source StepTree::source(const Neighbour& neighbour) const {
  return source_of(*this, Chebyshev::instance().nodes.data(), neighbour);
}

std::int64_t StepTree::nodes(int level) const { return (size_ + span(level) - 1) / span(level); }

void StepTree::append(std::span<const double> eta, std::span<const double> norms) {
  const std::int64_t begin = size_;
  size_ += std::ssize(eta);
#pragma omp parallel for schedule(static) num_threads(threads_)
  for (std::int64_t leaf = begin / leaf_size; leaf < nodes(0); ++leaf) {
    const auto skipped = static_cast<std::size_t>(std::max(begin, leaf * leaf_size) - begin);
    extend_leaf(leaf, begin + static_cast<std::int64_t>(skipped), eta.subspan(skipped),
                norms.subspan(skipped));
    if (leaf < complete_nodes(0)) complete_leaf(leaf);
  }
  for (int level = 1; level < levels(); ++level) {
    const std::int64_t first = begin / span(level);
    const std::int64_t last = complete_nodes(level);
#pragma omp parallel for schedule(static) num_threads(threads_)
    for (std::int64_t index = first; index < last; ++index) complete_parent(level, index);
  }
}

/// Stores those of the steps begin, begin + 1, ... that fall into this leaf.
void StepTree::extend_leaf(std::int64_t index, std::int64_t begin, std::span<const double> eta,
                           std::span<const double> norms) {
  const auto first = static_cast<std::size_t>(index * leaf_size);
  const auto from = static_cast<std::size_t>(begin);
  const auto end = std::min(first + leaf_size, from + eta.size());
  for (std::size_t t = from; t < end; ++t) {
    eta_[t] = eta[t - from];
    moved_[t] = eta[t - from] * norms[t - from];
    from_start_[t] = t == first ? 0 : from_start_[t - 1] + eta_[t];
  }
  for (std::size_t t = end; t < first + leaf_size; ++t) eta_[t] = moved_[t] = from_start_[t] = 0;
  node(0, index).link = eta_[first];
}

void StepTree::close() {
  for (int level = 0; level < levels(); ++level) {
    if (complete_nodes(level) == nodes(level)) continue;
    Node& last = node(level, nodes(level) - 1);
    if (level == 0) {
      last.length = from_start_[static_cast<std::size_t>(size_ - 1)];
      continue;
    }
    const std::int64_t left = 2 * (nodes(level) - 1);
    last.link = node(level - 1, left).link;
    last.length = node(level - 1, left).length;
    if (left + 1 < nodes(level - 1)) {
      const Node& right = node(level - 1, left + 1);
      last.length += right.link + right.length;
    }
  }
}

/// Replaces the sources by weights at the Chebyshev nodes. Exact for the polynomials that
/// approximate the kernel.
void StepTree::sum_up(const double* z, const double* strength, std::int64_t count,
                      double* moments) const {
  alignas(64) double lane_sums[order * cpu::bound_width] = {};
  kernels_.add_sources(z, strength, count, lane_sums);
  const auto& way = Chebyshev::instance().values_to_coefficients;
  std::fill_n(moments, order, 0.0);
  for (std::size_t m = 0; m < order; ++m) {
    const double* s = lane_sums + m * cpu::bound_width;
    const double sum = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    for (std::size_t j = 0; j < order; ++j) moments[j] += way[m][j] * sum;
  }
}

void StepTree::complete_leaf(std::int64_t index) {
  const auto begin = static_cast<std::size_t>(index * leaf_size);
  constexpr auto count = static_cast<std::size_t>(leaf_size);
  double* const to_end = to_end_ + begin;
  to_end[count - 1] = 0;
  for (std::size_t k = count - 1; k-- > 0;) to_end[k] = to_end[k + 1] + eta_[begin + k + 1];

  Node& leaf = node(0, index);
  leaf.length = from_start_[begin + count - 1];
  const double* const moved = moved_ + begin;
  leaf.scale = power_above(*std::max_element(moved, moved + count));
  alignas(64) double z[count];
  alignas(64) double strength[count];
  for (std::size_t k = 0; k < count; ++k) {
    z[k] = coordinate(to_end[k], leaf.length);
    strength[k] = squared(moved[k] / leaf.scale);
  }
  sum_up(z, strength, leaf_size, moments(0, index));
}

void StepTree::complete_parent(int level, std::int64_t index) {
  const Node& left = node(level - 1, 2 * index);
  const Node& right = node(level - 1, 2 * index + 1);
  Node& parent = node(level, index);
  const double across = right.link + right.length;
  parent = {left.link, left.length + across, std::max(left.scale, right.scale)};

  constexpr std::size_t count = 2 * order;
  static_assert(count % cpu::bound_width == 0);
  alignas(64) double z[count];
  alignas(64) double strength[count];
  const auto& nodes = Chebyshev::instance().nodes;
  for (std::size_t j = 0; j < order; ++j) {
    const auto place = [&](double to_end) { return coordinate(to_end, parent.length); };
    z[j] = place(left.length * nodes[j] + across);
    strength[j] = moments(level - 1, 2 * index)[j] * squared(left.scale / parent.scale);
    z[order + j] = place(right.length * nodes[j]);
    strength[order + j] =
        moments(level - 1, 2 * index + 1)[j] * squared(right.scale / parent.scale);
  }
  sum_up(z, strength, count, moments(level, index));
}

}  // namespace lrscape::bound
