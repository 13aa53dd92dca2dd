#pragma once

#include "lrscape/optimizer/list.hpp"
#include "lrscape/sweep.hpp"

namespace lrscape::test {

/// Every optimizer on 45 cells from stable to divergent. No size is a multiple of a block: 37 rows
/// in batches of 8 (the last has 5), 83 features.
inline Sweep awkward_sweep(Precision precision) {
  Sweep sweep;
  SyntheticProblem shape;
  shape.rows = 37;
  shape.validation_rows = 23;
  shape.features = 83;
  sweep.problem = make_synthetic(shape);
  Optimizers::for_each([&]<class O>() {
    NamedValues hyperparameters;
    if (O::hyperparameters[0].name == "momentum")
      hyperparameters = {{"momentum", 0.9}, {"nesterov", 1}};
    sweep.optimizers.push_back(choose_optimizer(O::name, hyperparameters));
  });
  sweep.learning_rates = {1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 3, 30, 1e5};
  sweep.weight_decays = {0, 1e-3, 0.1, 1, 10};
  sweep.schedule = parse_schedule("cosine:warmup=5");
  sweep.seeds = 2;
  sweep.epochs = 6;
  sweep.batch_size = 8;
  sweep.precision = precision;
  sweep.record_epochs = true;
  sweep.train_loss = true;
  return sweep;
}

}  // namespace lrscape::test
