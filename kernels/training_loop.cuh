#pragma once

#include <cstdint>

#include "backend/training_view.hpp"
#include "cuda_language.hpp"

namespace lrscape::LRSCAPE_KERNELS {

/// The training of a block's runs, for all kernels. A Trainer has
///
///     void take_step(std::int32_t epoch, std::int32_t begin, std::int32_t batch, std::int32_t step);
///     bool note_divergence(std::int32_t epoch);  // whether all runs have diverged, alike to all threads
///     void evaluate(std::int32_t epoch, bool all_diverged);
template <class Real, class Trainer>
__device__ void train_epochs(const TrainingView<Real>& training, Trainer& trainer) {
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

}  // namespace lrscape::LRSCAPE_KERNELS
