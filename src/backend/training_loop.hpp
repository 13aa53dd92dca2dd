#pragma once

#include <cstdint>

#include "backend/training_view.hpp"

namespace lrscape {

/// The training loop of all kernels, for runs that share a seed. A Trainer has
///
///     void take_step(std::int32_t epoch, std::int32_t begin, std::int32_t batch,
///                    std::int32_t step);
///     bool note_divergence(std::int32_t epoch);
///     void evaluate(std::int32_t epoch, bool all_diverged);
///
/// Epochs count from 1, steps from 0. A step takes the rows at positions begin .. begin + batch - 1
/// of the epoch's row order. note_divergence() returns whether all runs have diverged, with the
/// same value in all threads. Every trainer has its own evaluate(), because only the trainer knows
/// which lanes or threads hold the runs. evaluate() must follow recorded_loss() and
/// diverges_late().
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
