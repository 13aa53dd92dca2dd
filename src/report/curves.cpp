#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "report/map_arrays.hpp"

namespace lrscape {
namespace {

/// The indices of the epochs of a curve: every `stride`-th one, the first and the last.
std::vector<std::size_t> every(std::size_t epochs, std::size_t stride) {
  std::vector<std::size_t> kept = {0};
  for (std::size_t e = stride - 1; e < epochs; e += stride)
    if (e > kept.back()) kept.push_back(e);
  if (kept.back() + 1 < epochs) kept.push_back(epochs - 1);
  return kept;
}

/// An error in single precision with 11 bits of its mantissa, which is more than a plot or two
/// digits show. The other bits are 0, so they compress well.
float short_error(double error) {
  constexpr std::uint32_t dropped = 12;
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(error));
  if (!std::isfinite(error)) return static_cast<float>(error);
  const std::uint32_t half = 1U << (dropped - 1);
  return std::bit_cast<float>((bits + half) >> dropped << dropped);
}

}  // namespace

Json curves_json(const Result& result, std::size_t configuration, std::size_t most_bytes,
                 Page& page) {
  const std::size_t epochs = result.recorded_epochs_of(configuration);
  if (result.epochs.empty() || epochs < 2) return nullptr;
  const std::size_t cells = result.learning_rates.size() * result.weight_decays.size();
  const std::size_t seeds = result.seeds.size();
  const std::size_t size = result.precision == Precision::fp32 ? sizeof(float) : sizeof(double);
  const std::size_t bytes_of_means = (size + sizeof(float)) * cells;
  const bool with_seeds = epochs * (bytes_of_means + size * cells * seeds) <= most_bytes;
  std::size_t stride = 1;
  while (!with_seeds && bytes_of_means * every(epochs, stride).size() > most_bytes &&
         stride < epochs)
    ++stride;
  const std::vector<std::size_t> kept = every(epochs, stride);

  std::vector<double> means(kept.size() * cells);
  std::vector<float> errors(means.size());
  std::vector<double> losses(with_seeds ? means.size() * seeds : 0);
  Json shown = Json::array();
  for (std::size_t e = 0; e < kept.size(); ++e) {
    const LossMap map = loss_map(result, configuration, result.epochs[kept[e]]);
    shown.push_back(result.epochs[kept[e]]);
    const std::size_t decays = map.weight_decays().size();
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const Estimate mean = map.mean(cell / decays, cell % decays);
      means[e * cells + cell] = mean.value;
      errors[e * cells + cell] = short_error(mean.standard_error);
      for (std::size_t s = 0; with_seeds && s < seeds; ++s)
        losses[(e * cells + cell) * seeds + s] = map.loss(cell / decays, cell % decays, s);
    }
  }
  Json json = {{"epochs", shown},
               {"mean", losses_json(means, result.precision, page)},
               {"error", page.array(errors)}};
  if (with_seeds)
    json["losses"] = losses_json(losses, result.precision, page);
  else
    page.leave_out("the loss curves of single seeds (it shows their means)");
  if (kept.size() < epochs)
    page.leave_out(fmt::format("{} of {} epochs of the loss curves", epochs - kept.size(), epochs));
  return json;
}

}  // namespace lrscape
