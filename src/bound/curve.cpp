#include "lrscape/bound/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/memory.hpp"
#include "base/parallel.hpp"
#include "base/threads.hpp"
#include "bound/multipole_curve.hpp"
#include "bound/scaling.hpp"
#include "bound/step_tree.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/error.hpp"
#include "lrscape/stop.hpp"
#include "simd/implementation.hpp"

namespace lrscape::bound {
namespace {

constexpr int width = cpu::bound_width;

/// Evaluates, for every step t of a tree, the sum over earlier steps k of (eta_k G_k)^2 divided by
/// the distance between k and t.
class Multipole {
 public:
  Multipole(const StepTree& tree, const cpu::BoundKernels& kernels, std::span<double> field)
      : tree_(tree), kernels_(kernels), field_(field) {}

  /// Fills `field` with tree.size() values.
  void run(int threads) {
#pragma omp parallel num_threads(threads)
#pragma omp single
    descend(tree_.levels() - 1, 0, {}, {});
  }

 private:
  /// A smooth field over a node of targets: Chebyshev coefficients in the distance from the node's
  /// first step.
  struct Field {
    bool zero = true;
    double coefficients[order] = {};
  };

  /// The sources that the traversal finds for one node of targets.
  struct Interactions {
    std::vector<Neighbour> far_nodes;
    std::vector<Neighbour> near_leaves;
    std::vector<Neighbour> undecided;

    void far(const Neighbour& source) { far_nodes.push_back(source); }
    void near(const Neighbour& source) { near_leaves.push_back(source); }
    void pass(const Neighbour& source) { undecided.push_back(source); }
  };

  void descend(std::int32_t level, std::int32_t index, const std::vector<Neighbour>& before,
               const Field& above) {
    Interactions found;
    for (const auto& source : before) interact(tree_, level, index, source, found);
    const Field field = gather(level, index, found.far_nodes, above);
    if (level == 0) return finish_leaf(index, found.near_leaves, field);

    const std::int32_t left = 2 * index;
    const std::int32_t right = left + 1;
    const Field for_left = restrict_to(level, index, left, field);
    if (right >= tree_.nodes(level - 1)) return descend(level - 1, left, found.undecided, for_left);
    // Small halves are not worth a task.
    constexpr std::int64_t task_steps = 8192;
    const bool large = StepTree::span(level) > task_steps;
#pragma omp task if (large) shared(found) firstprivate(for_left)
    descend(level - 1, left, found.undecided, for_left);

    std::vector<Neighbour> before_right = found.undecided;
    const double way = way_to_right_half(tree_, level, index);
    for (auto& source : before_right) source.gap += way;
    before_right.push_back({level - 1, left, tree_.node(level - 1, right).link});
    descend(level - 1, right, before_right, restrict_to(level, index, right, field));
#pragma omp taskwait
  }

  /// Adds the fields of far nodes, sampled at this node's Chebyshev nodes, to the parent's field.
  Field gather(int level, std::int64_t index, const std::vector<Neighbour>& far,
               const Field& above) const {
    if (far.empty()) return above;
    const auto& chebyshev = Chebyshev::instance();
    const double length = tree_.node(level, index).length;
    alignas(64) double distance[Chebyshev::padded];
    alignas(64) double value[Chebyshev::padded] = {};
    for (std::size_t i = 0; i < Chebyshev::padded; ++i) distance[i] = length * chebyshev.nodes[i];
    const auto sources = sources_of(far);
    kernels_.add_fields(sources.data(), sources.size(), distance, Chebyshev::padded, value);
    Field field = above;
    field.zero = false;
    add_coefficients(value, field);
    return field;
  }

  static void add_coefficients(const double* value, Field& field) {
    const auto& way = Chebyshev::instance().values_to_coefficients;
    for (std::size_t m = 0; m < order; ++m)
      for (std::size_t j = 0; j < order; ++j) field.coefficients[m] += way[m][j] * value[j];
  }

  /// Re-expands a node's field over one of its halves.
  Field restrict_to(std::int32_t level, std::int32_t index, std::int32_t half,
                    const Field& field) const {
    if (field.zero) return {};
    const auto& parent = tree_.node(level, index);
    const auto& child = tree_.node(level - 1, half);
    const bool right = half % 2 == 1;
    const double start = right ? way_to_right_half(tree_, level, index) : 0;
    alignas(64) double z[Chebyshev::padded];
    alignas(64) double value[Chebyshev::padded] = {};
    for (std::size_t i = 0; i < Chebyshev::padded; ++i)
      z[i] = coordinate(start + child.length * Chebyshev::instance().nodes[i], parent.length);
    kernels_.add_expansion(field.coefficients, z, Chebyshev::padded, value);
    Field result;
    result.zero = false;
    add_coefficients(value, result);
    return result;
  }

  void finish_leaf(std::int64_t index, const std::vector<Neighbour>& near, const Field& field) {
    const std::int64_t begin = index * leaf_size;
    const std::int64_t count = std::min(leaf_size, tree_.size() - begin);
    const std::int64_t padded = (count + width - 1) / width * width;
    alignas(64) double value[leaf_size] = {};
    const double* const distance = tree_.from_start() + begin;
    add_own_sources(begin, count, value);
    const auto sources = sources_of(near);
    kernels_.add_fields(sources.data(), sources.size(), distance, padded, value);
    if (!field.zero) {
      alignas(64) double z[leaf_size];
      const double length = tree_.node(0, index).length;
      for (std::int64_t k = 0; k < padded; ++k) z[k] = coordinate(distance[k], length);
      kernels_.add_expansion(field.coefficients, z, padded, value);
    }
    std::copy_n(value, count, field_.data() + begin);
  }

  /// Adds the fields of the sources in the targets' own leaf, bound_width targets at a time.
  void add_own_sources(std::int64_t begin, std::int64_t count, double* values) const {
    const double* const eta = tree_.eta() + begin;
    const double* const moved = tree_.moved() + begin;
    for (std::int64_t first = 0; first < count; first += width) {
      const std::int64_t last = std::min(first + width, count);
      alignas(64) double distance[width] = {};  // From the group's first target.
      alignas(64) double place[leaf_size];
      for (std::int64_t t = first + 1; t < last; ++t)
        distance[t - first] = distance[t - first - 1] + eta[t];
      places_before(eta, first, place);
      double* const value = values + first;
      for (std::int64_t t = first; t < last; ++t)
        value[t - first] += field_of_group(eta, moved, first, t);
      const Source before = {moved, nullptr, place, 0, 0, 0, first};
      kernels_.add_fields(&before, 1, distance, width, value);
    }
  }

  std::vector<Source> sources_of(const std::vector<Neighbour>& neighbours) const {
    std::vector<Source> sources;
    sources.reserve(neighbours.size());
    for (const auto& neighbour : neighbours) sources.push_back(tree_.source(neighbour));
    return sources;
  }

  const StepTree& tree_;
  const cpu::BoundKernels& kernels_;
  std::span<double> field_;
};

/// All prefix sums. The first pass sums each block on its own; the second pass starts each block
/// from the sum of the blocks before it.
std::vector<double> prefix_sums(std::span<const double> values, int threads) {
  constexpr std::int64_t block = 4096;
  const auto count = static_cast<std::int64_t>(values.size());
  std::vector<double> sums(values.size());
  std::vector<CompensatedSum<double>> before(static_cast<std::size_t>((count + block - 1) / block));
  const auto for_blocks = [&](const auto& work) {
    in_parallel(std::ssize(before), threads, [&](std::int64_t k) {
      work(before[static_cast<std::size_t>(k)], static_cast<std::size_t>(k * block),
           static_cast<std::size_t>(std::min(count, (k + 1) * block)));
    });
  };
  for_blocks([&](auto& sum, std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) sum.add(values[t]);
  });
  CompensatedSum<double> all;
  for (auto& sum : before) {
    const auto own = std::exchange(sum, all);
    all.add(own);
  }
  for_blocks([&](auto sum, std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      sum.add(values[t]);
      sums[t] = sum.value();
    }
  });
  return sums;
}

Curve by_walking(std::span<const double> eta, std::span<const double> norms, int threads) {
  Curve curve{std::vector<double>(eta.size()), std::vector<double>(eta.size())};
  const auto horizons = static_cast<std::int64_t>(eta.size());
  constexpr std::int64_t group = 16;
  in_parallel((horizons + group - 1) / group, threads, [&](std::int64_t g) {
    // The longest horizons first.
    for (std::int64_t t = horizons - g * group;
         t > std::max<std::int64_t>(0, horizons - (g + 1) * group); --t) {
      end_if_stopped();
      const auto k = static_cast<std::size_t>(t - 1);
      const auto sums = at_horizon(eta, norms, t);
      curve.path[k] = sums.path;
      curve.gradients[k] = sums.gradients;
    }
  });
  return curve;
}

/// The positive steps with their norms. Steps of 0 have neither strength nor length.
struct PositiveSteps {
  std::vector<double> eta;
  std::vector<double> norms;

  PositiveSteps(std::span<const double> all_steps, std::span<const double> all_norms) {
    for (std::size_t k = 0; k < all_steps.size(); ++k) {
      if (all_steps[k] == 0) continue;
      eta.push_back(all_steps[k]);
      norms.push_back(all_norms[k]);
    }
  }
};

/// Computes the field at all steps. At steps of 0 the value is unspecified.
void field_at(std::span<const double> eta, std::span<const double> norms,
              const FieldFunction& field_of, std::span<double> field) {
  if (std::ranges::find(eta, 0.0) == eta.end()) return field_of(eta, norms, field);
  const PositiveSteps positive(eta, norms);
  const auto found = field.first(positive.eta.size());
  if (!found.empty()) field_of(positive.eta, positive.norms, found);
  // Moves values from the back, so that none is overwritten before it is moved.
  for (std::size_t k = eta.size(), next = found.size(); k-- > 0;)
    if (eta[k] > 0) field[k] = field[--next];
}

}  // namespace

Sums<double> at_horizon(std::span<const double> eta, std::span<const double> norms,
                        std::int64_t horizon) {
  const auto at = [](std::span<const double> values) {
    return [values](std::int64_t t) { return values[static_cast<std::size_t>(t - 1)]; };
  };
  return settle(walk<double>(horizon, at(eta), at(norms)),
                eta[static_cast<std::size_t>(horizon - 1)]);
}

Curve multipole_curve(std::span<const double> eta, std::span<const double> norms, int threads,
                      const FieldFunction& field_of) {
  Curve curve{prefix_sums(eta, threads), std::vector<double>(eta.size())};
  auto& gradients = curve.gradients;
  field_at(eta, norms, field_of, gradients);
  in_parts(std::ssize(eta), threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k)
      gradients[k] = settle({0, eta[k] * norms[k] * norms[k] + gradients[k]}, eta[k]).gradients;
  });
  return curve;
}

namespace {

void check_steps(std::span<const double> eta, std::span<const double> norms) {
  if (eta.empty() || eta.size() != norms.size())
    throw InputError(fmt::format("a bound needs one gradient norm for every step, not {} for {}",
                                 norms.size(), eta.size()));
  for (std::size_t k = 0; k < eta.size(); ++k) {
    if (!allowed_step(eta[k]))
      throw InputError(fmt::format("step {} is {}; must be 0 and finite numbers from {:.3g}", k + 1,
                                   eta[k], least_step));
    if (!(norms[k] >= 0 && std::isfinite(norms[k])))
      throw InputError(
          fmt::format("gradient norm {} is {}; must be finite numbers >= 0", k + 1, norms[k]));
  }
}

}  // namespace

ScaledSums last_horizon(std::span<const double> eta, std::span<const double> norms) {
  check_steps(eta, norms);
  return at_horizon_rescaled(eta, norms, std::ssize(eta));
}

Curve curve(std::span<const double> eta, std::span<const double> norms,
            const CurveOptions& options) {
  check_memory(fmt::format("the bounds of {} horizons", eta.size()),
               12.0 * sizeof(double) * static_cast<double>(eta.size()));
  check_steps(eta, norms);
  Curve curve = raw_curve(eta, norms, options);
  repair(curve, eta, norms, Verdict::Of::last_iterate,
         [&](auto steps, auto its_norms) { return raw_curve(steps, its_norms, options); });
  return curve;
}

Curve raw_curve(std::span<const double> eta, std::span<const double> norms,
                const CurveOptions& options) {
  const int threads = threads_to_use(options.threads);
  const auto& kernels = cpu::implementation(options.simd).bound;
  if (!uses_multipoles(options.method, eta.size())) return by_walking(eta, norms, threads);
  return multipole_curve(eta, norms, threads, [&](auto steps, auto its_norms, auto field) {
    StepTree tree(std::ssize(steps), kernels, threads);
    tree.append(steps, its_norms);
    tree.close();
    Multipole(tree, kernels, field).run(threads);
  });
}

}  // namespace lrscape::bound
