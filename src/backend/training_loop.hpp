#pragma once

#include <cstdint>

#include "backend/training_view.hpp"

namespace lrscape {

/// The training of runs that share a seed, the same for all kernels. A Trainer has
///
///     void take_step(std::int32_t epoch, std::int32_t begin, std::int32_t batch, std::int32_t step);
///     bool note_divergence(std::int32_t epoch);  // whether all runs have diverged, alike to all threads
///     void evaluate(std::int32_t epoch, bool all_diverged);
///
/// A step takes the rows that come at begin .. begin + batch - 1 in the epoch's order. Epochs count from 1, steps from 0.
/// Every trainer has an evaluate() of its own, because it alone knows in which lanes or threads the runs are; what it
/// records follows recorded_loss() and diverges_late().
LRSCAPE_CALLS_DEVICE_CODE
template <class Real, class Trainer>
LRSCAPE_HOST_DEVICE void train_epochs(const TrainingView<Real>& training, Trainer& trainer) {
  bool all_diverged = false;
  std::int32_t step = 0;
  LRSCAPE_KEEP_LOOP
  for (std::int32_t epoch = 1; epoch <= training.epochs; ++epoch) {
    LRSCAPE_KEEP_LOOP
    for (std::int32_t begin = 0; begin < training.train.rows && !all_diverged;
         begin += training.batch_size, ++step) {
      const std::int32_t left = training.train.rows - begin;
      trainer.take_step(epoch, begin, left < training.batch_size ? left : training.batch_size,
                        step);
    }
    if (!all_diverged) all_diverged = trainer.note_divergence(epoch);
    if (training.evaluates(epoch)) trainer.evaluate(epoch, all_diverged);
  }
}

}  // namespace lrscape
