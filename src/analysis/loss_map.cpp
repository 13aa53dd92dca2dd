#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "analysis/statistics.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

/// The indices of the values in ascending order.
std::vector<std::size_t> ascending(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t k) { return values[k]; });
  return order;
}

std::vector<double> at(const std::vector<double>& values, const std::vector<std::size_t>& order) {
  std::vector<double> result;
  for (const std::size_t k : order) result.push_back(values[k]);
  return result;
}

/// The indices of the values in [low, high].
std::vector<std::size_t> within(const std::vector<double>& values, double low, double high) {
  std::vector<std::size_t> indices;
  for (std::size_t k = 0; k < values.size(); ++k)
    if (values[k] >= low && values[k] <= high) indices.push_back(k);
  return indices;
}

template <class T>
void check_distinct(std::vector<T> values, const char* axis) {
  std::ranges::sort(values);
  if (const auto twice = std::ranges::adjacent_find(values); twice != values.end())
    throw InputError(fmt::format(
        "a loss map has the {} {} twice; each {} may occur once, or its runs would count twice",
        axis, *twice, axis));
}

}  // namespace

LossMap::LossMap(const std::vector<double>& learning_rates,
                 const std::vector<double>& weight_decays, std::vector<std::int64_t> seeds,
                 std::vector<double> losses)
    : seeds_(std::move(seeds)) {
  const std::size_t decays = weight_decays.size(), runs = seeds_.size();
  if (losses.size() != learning_rates.size() * decays * runs)
    throw InputError(fmt::format(
        "a loss map of {} learning rates, {} weight decays and {} seeds "
        "needs {} losses, not {}",
        learning_rates.size(), decays, runs, learning_rates.size() * decays * runs, losses.size()));
  for (const auto* const axis : {&learning_rates, &weight_decays})
    for (const double value : *axis)
      if (!std::isfinite(value))
        throw InputError(
            fmt::format("a loss map has the coordinate {}; coordinates must be finite", value));
  check_distinct(learning_rates, "learning rate");
  check_distinct(weight_decays, "weight decay");
  check_distinct(seeds_, "seed");
  const auto rate_order = ascending(learning_rates), decay_order = ascending(weight_decays);
  learning_rates_ = at(learning_rates, rate_order);
  weight_decays_ = at(weight_decays, decay_order);
  if (std::ranges::is_sorted(rate_order) && std::ranges::is_sorted(decay_order)) {
    losses_ = std::move(losses);
  } else {
    losses_.reserve(losses.size());
    for (const std::size_t i : rate_order)
      for (const std::size_t j : decay_order)
        for (std::size_t s = 0; s < runs; ++s)
          losses_.push_back(losses[(i * decays + j) * runs + s]);
  }
  for (double& loss : losses_)
    if (std::isinf(loss)) loss = std::abs(loss);
}

Estimate LossMap::mean(std::size_t i, std::size_t j) const {
  const std::size_t cell = i * weight_decays_.size() + j;
  return estimate_of_run(std::span(losses_).subspan(cell * seeds_.size(), seeds_.size()));
}

std::size_t LossMap::seeds_run(std::size_t i, std::size_t j) const {
  std::size_t count = 0;
  for (std::size_t s = 0; s < seeds_.size(); ++s) count += !std::isnan(loss(i, j, s));
  return count;
}

std::vector<double> LossMap::means() const {
  std::vector<double> means;
  means.reserve(learning_rates_.size() * weight_decays_.size());
  for (std::size_t i = 0; i < learning_rates_.size(); ++i)
    for (std::size_t j = 0; j < weight_decays_.size(); ++j) {
      double sum = 0;
      std::size_t count = 0;
      for (std::size_t s = 0; s < seeds_.size(); ++s)
        if (const double one = loss(i, j, s); !std::isnan(one)) {
          sum += one;
          ++count;
        }
      means.push_back(sum / static_cast<double>(count));  // NaN if there is none.
    }
  return means;
}

LossMap LossMap::without_seed(std::size_t s) const {
  LossMap rest = *this;
  rest.seeds_.erase(rest.seeds_.begin() + static_cast<std::ptrdiff_t>(s));
  rest.losses_.clear();
  for (std::size_t k = 0; k < losses_.size(); ++k)
    if (k % seeds_.size() != s) rest.losses_.push_back(losses_[k]);
  return rest;
}

LossMap LossMap::of_seeds(const std::vector<std::int64_t>& seeds) const {
  LossMap rest = *this;
  for (std::size_t s = seeds_.size(); s-- > 0;)
    if (std::ranges::count(seeds, seeds_[s]) == 0) rest = rest.without_seed(s);
  return rest;
}

LossMap LossMap::part(const Window& window) const {
  const auto rates = within(learning_rates_, window.lowest_rate, window.highest_rate);
  const auto decays = within(weight_decays_, window.lowest_decay, window.highest_decay);
  std::vector<double> losses;
  for (const std::size_t i : rates)
    for (const std::size_t j : decays)
      for (std::size_t s = 0; s < seeds_.size(); ++s) losses.push_back(loss(i, j, s));
  return {at(learning_rates_, rates), at(weight_decays_, decays), seeds_, std::move(losses)};
}

LossMap loss_map(const Result& result, std::size_t configuration,
                 std::optional<std::int64_t> epoch) {
  const std::size_t records = result.recorded_epochs();
  if (epoch && (result.epochs.empty() || *epoch < 1 || *epoch > result.epochs.back()))
    throw InputError(
        result.epochs.empty()
            ? fmt::format("the result has no losses after epoch {}, only after the last", *epoch)
            : fmt::format("the result has no losses after epoch {}, only after 1 to {}", *epoch,
                          result.epochs.back()));
  if (const auto own = static_cast<std::int64_t>(result.recorded_epochs_of(configuration));
      epoch && *epoch > own)
    throw InputError(fmt::format("the runs of {} have {} epoch{}, so no losses after epoch {}",
                                 result.label_of(configuration), own, own == 1 ? "" : "s", *epoch));
  const std::size_t runs =
      result.learning_rates.size() * result.weight_decays.size() * result.seeds.size();
  std::vector<double> losses;
  losses.reserve(runs);
  for (std::size_t run = configuration * runs; run < (configuration + 1) * runs; ++run) {
    // Runs of fewer epochs have no later losses.
    std::size_t last = epoch ? static_cast<std::size_t>(*epoch) : records;
    while (!epoch && last > 1 && std::isnan(result.validation_loss[run * records + last - 1]))
      --last;
    losses.push_back(result.validation_loss[run * records + last - 1]);
  }
  return {result.learning_rates, result.weight_decays, result.seeds, std::move(losses)};
}

}  // namespace lrscape
