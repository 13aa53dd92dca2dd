#include "lrscape/prepared_sweep.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/threads.hpp"
#include "sweep/gram.hpp"
#include "sweep/packed_problem.hpp"

namespace lrscape {

PreparedSweep::PreparedSweep(Sweep sweep, int threads) : sweep_(std::move(sweep)) {
  check(sweep_);
  threads = threads_to_use(threads);
  auto [spaces, train_products, loses_digits] = choose_spaces(sweep_, threads);
  spaces_ = std::move(spaces);
  if (loses_digits)
    warnings_.push_back(fmt::format(
        "Gram space may lose accuracy in {}: rows are nearly linearly dependent, or the mean of "
        "the features is far larger than their spread; the automatic choice is to train on the "
        "weights",
        name_of(sweep_.precision)));
  eta_ = evaluate(sweep_.schedule, sweep_.steps(), sweep_.steps_per_epoch());
  if (sweep_.row_orders.empty())
    for (std::int64_t seed = sweep_.first_seed; seed < sweep_.first_seed + sweep_.seeds; ++seed)
      drawn_orders_.push_back(row_order(static_cast<std::uint64_t>(seed), sweep_.epochs,
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
  first.sweep_.epochs = epochs;
  first.eta_.resize(static_cast<std::size_t>(first.sweep_.steps()));
  for (auto* const orders : {&first.drawn_orders_, &first.sweep_.row_orders})
    for (auto& order : *orders)
      order.resize(static_cast<std::size_t>(epochs) * sweep_.problem.features.rows);
  return first;
}

}  // namespace lrscape
