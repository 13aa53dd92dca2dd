#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "fast_layout.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/device.hpp"
#include "lrscape/optimizer/list.hpp"
#include "memory_layout.hpp"
#include "register_layout.hpp"

/// Chooses the kernel that trains the runs of an optimizer, and arranges the rows for it.
namespace lrscape {

template <class Real>
using KernelLayout =
    std::conditional_t<std::is_same_v<Real, float>,
                       std::variant<RegisterLayout<float>, MemoryLayout<float>, FastLayout>,
                       std::variant<RegisterLayout<Real>, MemoryLayout<Real>>>;

/// The best layout that fits blocks with `most_bytes` of shared memory, from tier `best` on. For
/// fast math, FastLayout is tried before the register layout.
template <class Optimizer, class Real>
KernelLayout<Real> choose_layout(const TrainingView<Real>& view, std::size_t most_bytes,
                                 Tier best = Tier::registers,
                                 MathMode math = MathMode::reproducible) {
  using StepValues = typename Optimizer::template StepValues<Real>;
  if constexpr (std::is_same_v<Real, float>)
    if (math == MathMode::fast && best == Tier::registers)
      if (const auto layout = fast_layout<StepValues>(view, most_bytes)) return *layout;
  if (best == Tier::registers)
    if (const auto layout = register_layout<Real, StepValues>(view, most_bytes)) return *layout;
  return memory_layout<Real>(view, Optimizer::state_slots,
                             best == Tier::global_memory ? 0 : most_bytes);
}

template <class Real>
Tier tier_of(const KernelLayout<Real>& layout) {
  const auto* const memory = std::get_if<MemoryLayout<Real>>(&layout);
  if (memory == nullptr) return Tier::registers;
  return memory->state_in_shared ? Tier::shared_memory : Tier::global_memory;
}

template <class Real>
std::size_t runs_of_block(const KernelLayout<Real>& layout) {
  return std::visit([](const auto& l) { return static_cast<std::size_t>(l.runs()); }, layout);
}

/// Rows of `stride` features in the order in which a kernel reads them, padded with zeros.
template <class Layout, class Real>
std::vector<Real> interleaved(const Layout& layout, const std::vector<Real>& rows,
                              std::int32_t stride) {
  const auto from = static_cast<std::size_t>(stride);
  const auto to = static_cast<std::size_t>(layout.row_values());
  const std::size_t count = rows.size() / from;
  std::vector<Real> result(count * to);
  for (std::int32_t j = 0; j < stride; ++j) {
    const std::int32_t block = j / summation_block;
    const std::int32_t word = j % summation_block / Layout::word;
    const std::int32_t place =
        layout.word_place(word, block / Layout::feature_lanes, block % Layout::feature_lanes) *
            Layout::word +
        j % Layout::word;
    for (std::size_t i = 0; i < count; ++i)
      result[i * to + static_cast<std::size_t>(place)] =
          rows[i * from + static_cast<std::size_t>(j)];
  }
  return result;
}

/// Describes a layout to users, with the reason why it is not a better one.
template <class Real>
std::string to_text(const KernelLayout<Real>& layout, const TrainingView<Real>& view,
                    MathMode math) {
  const std::string runs = std::to_string(runs_of_block<Real>(layout)) + " runs a block";
  const auto in_registers = [&](const auto& registers) {
    return "state in registers, " + runs + ", batches " +
           (registers.keeps_batch() ? "kept in shared memory" : "read twice");
  };
  if constexpr (std::is_same_v<Real, float>)
    if (const auto* const fast = std::get_if<FastLayout>(&layout))
      return in_registers(*fast) + ", products on tensor cores";
  const std::string not_fast = math == MathMode::fast ? ", without fast math" : "";
  if (const auto* const registers = std::get_if<RegisterLayout<Real>>(&layout))
    return in_registers(*registers) + not_fast;
  constexpr int most = RegisterLayout<Real>::most_features;
  // In Gram space a run has a weight for each training row.
  const std::string what = view.space == Space::gram ? " rows" : " features";
  const std::string why = view.features > most
                              ? std::to_string(view.features) + what + " are more than the " +
                                    std::to_string(most) + " that fit in registers"
                              : "batches of " + std::to_string(view.batch_size) +
                                    " rows leave no room in shared memory for state in registers";
  return std::string("state in ") +
         (tier_of<Real>(layout) == Tier::shared_memory ? "shared" : "global") + " memory (" + why +
         "), " + runs + not_fast;
}

/// The largest number of features whose state fits into `most_bytes` of shared memory per block.
template <class Optimizer, class Real>
std::int32_t most_features_in_shared(std::size_t most_bytes) {
  constexpr std::int32_t step = MemoryLayout<Real>::feature_lanes * summation_block;
  TrainingView<Real> view = {};
  view.batch_size = 1;
  do view.stride += step;
  while (memory_layout<Real>(view, Optimizer::state_slots, most_bytes).state_in_shared);
  return view.stride - step;
}

/// Describes to users up to how many features a GPU uses each tier.
template <class Real>
std::string tier_limits(std::size_t most_bytes) {
  std::string shared;
  std::int32_t last = -1;
  Optimizers::for_each([&]<class Optimizer>() {
    const std::int32_t most = most_features_in_shared<Optimizer, Real>(most_bytes);
    if (most != last)
      shared += (last < 0 ? "" : "; ") + std::to_string(most) + " with ";
    else
      shared += ", ";
    shared += Optimizer::name;
    last = most;
  });
  return "state in registers up to " + std::to_string(RegisterLayout<Real>::most_features) +
         " features, in shared memory up to " + shared + "; beyond, in global memory";
}

}  // namespace lrscape
