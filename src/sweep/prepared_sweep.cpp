#include "lrscape/prepared_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "base/threads.hpp"
#include "sweep/gram.hpp"
#include "sweep/packed_problem.hpp"

namespace lrscape {

PreparedSweep::PreparedSweep(Sweep sweep, int threads) : sweep_(std::move(sweep)) {
  check(sweep_);
  threads = threads_to_use(threads);
  configurations_ = lrscape::configurations(sweep_);
  auto [spaces, train_products, loses_digits] = choose_spaces(sweep_, configurations_, threads);
  spaces_ = std::move(spaces);
  if (loses_digits)
    warnings_.push_back(fmt::format(
        "Gram space may lose accuracy in {}: rows are nearly linearly dependent, or the mean of "
        "the features is far larger than their spread; the automatic choice is to train on the "
        "weights",
        name_of(sweep_.precision)));
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::size_t> known;
  for (const Configuration& one : configurations_) {
    const std::size_t rows = sweep_.problem.features.rows;
    const auto [found, is_new] =
        known.try_emplace({one.schedule.to_string(), one.steps(rows), one.steps_per_epoch(rows)},
                          multipliers_.size());
    if (is_new)
      multipliers_.push_back(evaluate(one.schedule, one.steps(rows), one.steps_per_epoch(rows)));
    multipliers_of_.push_back(found->second);
  }
  if (sweep_.row_orders.empty())
    for (std::int64_t seed = sweep_.first_seed; seed < sweep_.first_seed + sweep_.seeds; ++seed)
      drawn_orders_.push_back(row_order(static_cast<std::uint64_t>(seed), sweep_.most_epochs(),
                                        static_cast<std::int64_t>(sweep_.problem.features.rows)));
  if (sweep_.precision == Precision::fp32)
    fp32_ = std::make_shared<const PackedProblem<float>>(sweep_.problem, spaces_,
                                                         std::move(train_products), threads);
  else
    fp64_ = std::make_shared<const PackedProblem<double>>(sweep_.problem, spaces_,
                                                          std::move(train_products), threads);
}

PreparedSweep PreparedSweep::first_epochs(std::int64_t epochs) const {
  PreparedSweep first = *this;
  const std::size_t rows = sweep_.problem.features.rows;
  epochs = std::min(epochs, sweep_.most_epochs());
  first.sweep_.epochs = std::min(epochs, sweep_.epochs);
  for (auto& count : first.sweep_.axes.epochs) count = std::min(count, epochs);
  for (std::size_t k = 0; k < configurations_.size(); ++k) {
    Configuration& one = first.configurations_[k];
    one.epochs = std::min(epochs, one.epochs);
    // Configurations that share multipliers have the same number of steps.
    first.multipliers_[multipliers_of_[k]].resize(static_cast<std::size_t>(one.steps(rows)));
  }
  for (auto* const orders : {&first.drawn_orders_, &first.sweep_.row_orders})
    for (auto& order : *orders) order.resize(static_cast<std::size_t>(epochs) * rows);
  return first;
}

}  // namespace lrscape
