#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/result.hpp"

/// Answers to questions about a loss map, with their uncertainty over seeds. All seeds of a sweep
/// share their row orders over all cells, so two cells are compared by their differences seed by
/// seed. The command line, Python and the pictures show the numbers of this header.
namespace lrscape {

/// A mean with its standard error, sd / sqrt(n). The error is NaN for fewer than two values or an
/// infinite mean.
struct Estimate {
  double value;
  double standard_error;
};

/// A value with its 95 % interval, by the delete-one jackknife over seeds (Miller, "The jackknife:
/// a review", 1974) with Student's t. `low` and `high` are NaN if there are fewer than three seeds
/// or if the value is unknown without one of them.
struct Interval {
  double value;
  double low, high;
};

/// The losses of one configuration over learning rates, weight decays and seeds. Axes ascend. A
/// loss is infinite if the run diverged, and NaN if it has not run.
class LossMap {
 public:
  /// The loss of learning rate i, weight decay j and seed s is losses[(i * J + j) * S + s] for J
  /// weight decays and S seeds. The axes may be in any order. Throws InputError if the number of
  /// losses does not match, a coordinate is not finite, or an axis has a value twice.
  LossMap(const std::vector<double>& learning_rates, const std::vector<double>& weight_decays,
          std::vector<std::int64_t> seeds, std::vector<double> losses);

  const std::vector<double>& learning_rates() const { return learning_rates_; }
  const std::vector<double>& weight_decays() const { return weight_decays_; }
  const std::vector<std::int64_t>& seeds() const { return seeds_; }
  /// All losses, in row-major order of (learning rate, weight decay, seed).
  const std::vector<double>& losses() const { return losses_; }

  /// The loss of one run.
  double loss(std::size_t i, std::size_t j, std::size_t s) const {
    return losses_[(i * weight_decays_.size() + j) * seeds_.size() + s];
  }
  /// The mean over the seeds that have run: infinite if one of them diverged, NaN if none has run.
  Estimate mean(std::size_t i, std::size_t j) const;
  std::size_t seeds_run(std::size_t i, std::size_t j) const;

  /// The means of all cells, in row-major order of (learning rate, weight decay).
  std::vector<double> means() const;

  LossMap without_seed(std::size_t s) const;
  /// The runs of these seeds, as far as the map has them.
  LossMap of_seeds(const std::vector<std::int64_t>& seeds) const;

  /// The cells with coordinates in [lowest, highest], ends included.
  struct Window {
    double lowest_rate, highest_rate, lowest_decay, highest_decay;
  };
  LossMap part(const Window& window) const;

 private:
  std::vector<double> learning_rates_, weight_decays_;
  std::vector<std::int64_t> seeds_;
  std::vector<double> losses_;
};

/// The validation losses of one configuration (see Result) after `epoch`, or after its last epoch.
/// Throws InputError if the result or the configuration has no losses after that epoch.
LossMap loss_map(const Result& result, std::size_t configuration,
                 std::optional<std::int64_t> epoch = std::nullopt);

struct Cell {
  std::size_t learning_rate, weight_decay;  ///< indices into the axes of the map
  Estimate loss;
};

/// The cell with the least finite mean, the first one in case of a tie, or nothing if no mean is
/// finite.
std::optional<Cell> best_cell(const LossMap& map);

/// The loss that new seeds can be expected to have at the best cell. The mean of the best cell is
/// too low, because the cell was chosen for it. Leave-one-out cross-validation takes, for each
/// seed, its loss in the cell that is best for the other seeds. The expected loss is the mean of
/// these losses or the mean of the best cell, whichever is higher. A seed is left out if it
/// diverged, or has not run, in that cell. Nothing if no mean is finite.
std::optional<Interval> expected_best_loss(const LossMap& map);

/// The cells as good as the best: their mean difference to it, over the seeds that both have, is at
/// most one standard error of this difference, and none of their runs diverged. The best cell is
/// one of them.
struct AsGoodAsBest {
  std::size_t cells;
  double lowest_rate, highest_rate, lowest_decay, highest_decay;
};

/// Nothing if the best cell has fewer than two seeds.
std::optional<AsGoodAsBest> as_good_as_best(const LossMap& map);

/// A side of the map on which the best cell lies, so that a better one may lie beyond.
enum class Edge { lowest_rate, highest_rate, lowest_decay, highest_decay };

/// "lowest learning_rate": the side and the axis, named as in a result.
std::string_view name_of(Edge edge);

/// An axis of one value has no sides, nothing lies below a weight decay of 0, and a cell away from
/// the side must not be just as low.
std::vector<Edge> edges_of_best(const LossMap& map);

/// The best weight decay at a learning rate.
struct RidgePoint {
  double learning_rate, weight_decay;
};

/// For each learning rate whose valley is closed, the minimum of a parabola in the logarithm of the
/// weight decay. The parabola is fitted by least squares to the valley: the lowest cell and its
/// neighbours on both sides, as long as their losses are at most 2 % above the lowest, at least
/// three cells. If the parabola has no minimum, or one of these cells diverged or has weight decay
/// 0, the lowest cell is the ridge. A valley is closed if no cell within 2 % of the lowest is at
/// the lowest or highest weight decay of the map, and the cells beside the valley have run.
std::vector<RidgePoint> ridge(const LossMap& map);

/// The slope of log(best weight decay) over log(learning rate).
struct Slope {
  Interval slope;
  std::size_t points;
  double lowest_rate, highest_rate;
};

/// The least number of points for a slope. Two points always lie on a line.
inline constexpr std::size_t fewest_ridge_points = 3;

/// The median of the slopes between all pairs of points of the ridge (Theil 1950, Sen 1968), or
/// nothing if there are fewer than fewest_ridge_points.
std::optional<Slope> ridge_slope(const LossMap& map);

/// Strategies for tuning the learning rate alone: at a fixed weight decay (S1), or at a fixed
/// product of learning rate and weight decay (S2).
enum class Strategy { weight_decay, product };

struct SlicePoint {
  double learning_rate, weight_decay;
  Estimate loss;
  bool interpolated;  ///< between two weight decays of the map
};

/// The losses along a strategy.
/// From the lowest to the highest learning rate.
struct RateRange {
  double low, high;
};

struct Slice {
  Strategy strategy;
  double held;  ///< the weight decay or the product
  std::vector<SlicePoint> points;
  std::optional<std::size_t> best;  ///< index into `points`
  double within;
  /// The number of decades of learning rate whose loss is at most (1 + within) times the best of
  /// the slice. The best is that of expected_best_loss(), for the points of the slice.
  /// The interval reaches from the decades that are within the limit with 95 % confidence, point by
  /// point, to those that may be; it needs three seeds.
  /// Nothing if no loss is finite, or if there is a single point.
  std::optional<Interval> decades;
  /// These learning rates, ascending; with `decades`, at least one range. The ends are interpolated
  /// between points.
  std::vector<RateRange> ranges;
  /// Whether a range reaches the first or last point, or one that has not run, and may be wider.
  bool opens_low, opens_high;
  /// The loss from which the width is measured; nothing if there is no width.
  std::optional<double> expected_best = {};
};

/// Has a point for each learning rate whose weight decay lies on the map. Losses between two weight
/// decays are interpolated linearly in the logarithm of the weight decay, seed by seed. Throws
/// InputError unless 0 < within < 1.
Slice slice(const LossMap& map, Strategy strategy, double held, double within = 0.02);

/// Why slice() has no points, to follow the name of what is held: "100 is outside the weight decays
/// of the map, 0.01 to 10".
std::string why_no_points(const LossMap& map, Strategy strategy, double held);

enum class Better { neither, first, second };

struct ComparedCell {
  double learning_rate, weight_decay;
  /// The loss of the first map minus that of the second, seed by seed; infinite if only the first
  /// diverged, minus infinity if only the second did.
  Estimate difference;
  /// Which map is better by more than two standard errors, or because only the other diverged.
  Better better;
};

/// Two maps on the cells and seeds that both have.
struct Comparison {
  std::vector<ComparedCell> cells;  ///< without cells that have not run, or diverged in both
  std::size_t seeds;                ///< the most that a cell has in common
  std::size_t first_better, second_better;  ///< numbers of cells
  std::size_t diverged_in_both;
  /// Of the best cells of each whole map, over the seeds that both have.
  std::optional<Estimate> difference_of_best;
};

Comparison compare(const LossMap& first, const LossMap& second);

}  // namespace lrscape
