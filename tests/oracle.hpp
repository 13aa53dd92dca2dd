#pragma once

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lrscape/sweep.hpp"

namespace lrscape::test {

/// A reference trajectory from PyTorch or NumPy, written by tests/oracle/make_trajectories.py.
struct OracleCase {
  std::string name;
  Sweep sweep;                                          ///< a single run in fp64
  std::map<std::int64_t, std::vector<double>> weights;  ///< by number of steps
  double train_loss;
  double validation_loss;
};

inline Matrix matrix_of(const nlohmann::json& rows) {
  Matrix matrix(rows.size(), rows.at(0).size());
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t j = 0; j < matrix.columns; ++j) matrix(i, j) = rows[i][j];
  return matrix;
}

inline std::vector<OracleCase> oracle_cases() {
  std::ifstream file(LRSCAPE_ORACLE_FOLDER "/trajectories.json");
  const auto json = nlohmann::json::parse(file);
  Sweep base;
  const auto& problem = json["problem"];
  base.problem = {matrix_of(problem["features"]), problem["targets"],
                  matrix_of(problem["validation_features"]), problem["validation_targets"]};
  base.batch_size = json["batch"];
  base.epochs = static_cast<std::int64_t>(json["row_order"].size());
  base.row_orders.emplace_back();
  for (const auto& epoch : json["row_order"])
    for (const std::int32_t row : epoch) base.row_orders[0].push_back(row);
  base.precision = Precision::fp64;
  base.train_loss = true;

  std::vector<OracleCase> cases;
  for (const auto& entry : json["cases"]) {
    OracleCase one = {entry["name"], base, {}, entry["train_loss"], entry["validation_loss"]};
    NamedValues hyperparameters;
    for (const auto& [name, value] : entry["hyperparameters"].items())
      hyperparameters[name] = value.get<double>();
    one.sweep.optimizers = {
        choose_optimizer(entry["optimizer"].get<std::string>(), hyperparameters)};
    one.sweep.learning_rates = {entry["learning_rate"]};
    one.sweep.weight_decays = {entry["weight_decay"]};
    one.sweep.schedule = parse_schedule(entry["schedule"].get<std::string>());
    for (const auto& [step, weights] : entry["weights"].items())
      one.weights[std::stoll(step)] = weights.get<std::vector<double>>();
    cases.push_back(one);
  }
  return cases;
}

}  // namespace lrscape::test
