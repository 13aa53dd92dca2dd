#include "bound/history.hpp"

#include <bit>
#include <vector>

#include "simd/implementation.hpp"

namespace lrscape::bound {

// One thread: append() adds one stage at a time, too few steps to share among threads.
History::History(std::int64_t capacity) : tree_(capacity, cpu::implementation({}).bound, 1) {}

void History::append(std::span<const double> eta, std::span<const double> norms) {
  std::vector<double> positive;
  std::vector<double> their_norms;
  for (std::size_t k = 0; k < eta.size(); ++k) {
    if (eta[k] == 0) continue;
    positive.push_back(eta[k]);
    their_norms.push_back(norms[k]);
    path_.add(eta[k]);
  }
  tree_.append(positive, their_norms);
}

double History::field(double path) const {
  double sum = 0;
  double gap = path;
  // First the incomplete leaf, then complete nodes, which grow with their distance.
  std::int64_t leaves = tree_.complete_nodes(0);
  for (std::int64_t k = tree_.size(); k-- > leaves * leaf_size;) {
    const double moved = tree_.moved()[k];
    sum += moved * (moved / gap);
    gap += tree_.eta()[k];
  }
  while (leaves > 0) {
    const int level = std::countr_zero(static_cast<std::uint64_t>(leaves));
    const Neighbour node = {level, static_cast<std::int32_t>((leaves >> level) - 1), gap};
    sum += field_of(node);
    gap += tree_.node(level, node.index).length + tree_.node(level, node.index).link;
    leaves -= std::int64_t{1} << level;
  }
  return sum;
}

double History::field_of(const Neighbour& source) const {
  const auto& node = tree_.node(source.level, source.index);
  if (source.level == 0 || smooth_over(node.length, source.gap))
    return bound::field_of(tree_.source(source), 0.0);
  return field_of(close_half(source)) + field_of(distant_half(tree_, source));
}

}  // namespace lrscape::bound
