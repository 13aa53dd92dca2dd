#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/training_view.hpp"
#include "lrscape/result.hpp"
#include "sweep/gram.hpp"

namespace lrscape {

/// The output of a backend's kernels, in host memory. Each run has a place; places are the
/// innermost dimension of every array.
template <class Real>
struct Outputs {
  std::size_t places;
  std::size_t records;              ///< recorded epochs of the configuration
  const Real* validation_loss;      ///< records x places
  const Real* train_loss;           ///< likewise, or null
  const std::int32_t* diverged_at;  ///< places
  const Real* weights;              ///< features (rows in Gram space) x places, or null
};

/// Copies the outputs at `place` to run number `run` of `results`.
template <class Real>
void collect(const Outputs<Real>& outputs, std::size_t place, const Sweep& sweep, Space space,
             std::size_t run, RunResults& results) {
  // Other configurations of the sweep may record more epochs.
  const auto records = static_cast<std::size_t>(sweep.recorded_epochs());
  for (std::size_t e = 0; e < outputs.records; ++e) {
    const std::size_t at = e * outputs.places + place;
    results.validation_loss[run * records + e] = outputs.validation_loss[at];
    if (outputs.train_loss != nullptr)
      results.train_loss[run * records + e] = outputs.train_loss[at];
  }
  const std::int32_t epoch = outputs.diverged_at[place];
  results.diverged_at_epoch[run] = epoch;
  results.status[run] = epoch == not_diverged ? RunStatus::ok : RunStatus::diverged;
  if (outputs.weights == nullptr || results.status[run] == RunStatus::diverged) return;
  const std::size_t features = sweep.problem.features.columns;
  double* const weights = results.weights.data() + run * features;
  const Real* const from = outputs.weights + place;
  if (space == Space::gram) {
    weights_of(sweep.problem.features, from, outputs.places, weights);
    for (std::size_t j = 0; j < features; ++j)
      weights[j] = static_cast<double>(static_cast<Real>(weights[j]));
  } else {
    for (std::size_t j = 0; j < features; ++j) weights[j] = from[j * outputs.places];
  }
}

}  // namespace lrscape
