#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "lrscape/store.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

struct Table {
  std::vector<std::vector<double>> features;
  std::vector<double> targets;
};

/// Rows with three features of very different scales, and a target.
Table table(int rows, double shift) {
  Table result;
  for (int i = 0; i < rows; ++i) {
    const double x = i + shift;
    result.features.push_back({std::sin(x), 100 + 10 * std::cos(3 * x), x / 7});
    result.targets.push_back(5 + std::sin(2 * x));
  }
  return result;
}

std::string csv_of(const std::vector<std::vector<double>>& rows) {
  std::string text = "a,b,c\n";
  for (const auto& row : rows)
    text += fmt::format("{:.17g},{:.17g},{:.17g}\n", row[0], row[1], row[2]);
  return text;
}

/// Format 1.0 of https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
std::string npy_of(const std::string& shape, const std::vector<double>& values) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  header += '\n';  // with the ten bytes before it, a multiple of 64
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  return bytes;
}

double mean_square(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum / static_cast<double>(values.size());
}

/// The validation loss after one step of full-batch gradient descent from zero weights.
double loss_after_one_step(const Table& train, const Table& validation, double learning_rate) {
  const auto rows = static_cast<double>(train.targets.size());
  std::vector<double> weights(3);
  for (std::size_t i = 0; i < train.targets.size(); ++i)
    for (std::size_t j = 0; j < 3; ++j)
      weights[j] += learning_rate * 2 / rows * train.features[i][j] * train.targets[i];
  std::vector<double> residuals;
  for (std::size_t i = 0; i < validation.targets.size(); ++i) {
    double prediction = 0;
    for (std::size_t j = 0; j < 3; ++j) prediction += validation.features[i][j] * weights[j];
    residuals.push_back(prediction - validation.targets[i]);
  }
  return mean_square(residuals);
}

class CommandLineData : public CommandLine {
 protected:
  void write_table(const std::string& name, const Table& data) const {
    write(name + ".csv", csv_of(data.features));
    std::vector<double> flat;
    for (const auto& row : data.features) flat.insert(flat.end(), row.begin(), row.end());
    const auto rows = std::to_string(data.targets.size());
    write(name + ".npy", npy_of("(" + rows + ", 3)", flat));
    write(name + "-targets.npy", npy_of("(" + rows + ",)", data.targets));
    std::string targets = "target\n";
    for (const double target : data.targets) targets += fmt::format("{:.17g}\n", target);
    write(name + "-targets.csv", targets);
  }
  std::string data(const std::string& name, const std::string& kind,
                   const std::string& prefix = "") const {
    return " --" + prefix + "features " + path(name + "." + kind) + " --" + prefix + "targets " +
           path(name + "-targets." + kind);
  }
  const std::string one_step =
      "--optimizer sgd --lr 1e-5 --wd 0 --epochs 1 --batch full --precision fp64 --train-loss "
      "--device cpu --threads 1 --quiet";
  /// A loss in double sums a few dozen products. 1e-12 allows for thousands of roundings.
  static constexpr double tolerance = 1e-12;
};

TEST_F(CommandLineData, TakesAValidationPairFromCsvAndNpyAlike) {
  const Table train = table(10, 0), validation = table(4, 0.5);
  write_table("train", train);
  write_table("val", validation);
  const auto csv =
      read_result(made(one_step + data("train", "csv") + data("val", "csv", "val-"), "c"));
  const auto npy =
      read_result(made(one_step + data("train", "npy") + data("val", "npy", "val-"), "n"));
  ASSERT_EQ(csv.run_count(), 1U);
  const double expected = loss_after_one_step(train, validation, 1e-5);
  EXPECT_NEAR(csv.validation_loss[0] / expected, 1, tolerance);
  EXPECT_NEAR(csv.train_loss[0] / loss_after_one_step(train, train, 1e-5), 1, tolerance);
  EXPECT_EQ(csv.validation_loss, npy.validation_loss);
  EXPECT_EQ(csv.train_loss, npy.train_loss);
  const json here = configuration_in(csv);
  EXPECT_EQ(here, configuration_in(npy));
  EXPECT_EQ(here["train_rows"], 10);
  EXPECT_EQ(here["validation_rows"], 4);
  EXPECT_EQ(here["features"], 3);
  EXPECT_THAT(json::parse(csv.attributes)["problem"].get<std::string>(),
              AllOf(HasSubstr(path("train.csv")), HasSubstr(path("val-targets.csv"))));
}

TEST_F(CommandLineData, HoldsOutAPartOfTheRows) {
  const Table all = table(12, 0);
  write_table("all", all);
  // At a learning rate of almost 0 the weights stay at 0, so each loss is the mean square of its
  // targets. The training and validation targets together are all targets.
  const auto options = one_step + data("all", "npy") + " --lr 1e-300 --val-fraction 0.25";
  const auto first = read_result(made(options, "first.zarr"));
  const json configuration = configuration_of(path("first.zarr"));
  EXPECT_EQ(configuration["train_rows"], 9);
  EXPECT_EQ(configuration["validation_rows"], 3);
  EXPECT_NEAR(
      (9 * first.train_loss[0] + 3 * first.validation_loss[0]) / (12 * mean_square(all.targets)), 1,
      tolerance);
  const auto second = read_result(made(options + " --split-seed 1", "second.zarr"));
  EXPECT_NE(first.validation_loss[0], second.validation_loss[0]);
  EXPECT_EQ(configuration_of(made(one_step + data("all", "csv"), "d.zarr"))["validation_rows"], 4)
      << "0.3 of 12, rounded";
}

TEST_F(CommandLineData, StandardizesByTheTrainingRows) {
  Table train = table(10, 0), validation = table(4, 0.5);
  write_table("train", train);
  write_table("val", validation);
  const auto result = read_result(
      made(one_step + data("train", "csv") + data("val", "npy", "val-") + " --standardize --lr 0.1",
           "r.zarr"));
  double mean = 0;
  for (const double target : train.targets) mean += target / 10;
  for (auto* part : {&train, &validation})
    for (double& target : part->targets) target -= mean;
  for (std::size_t j = 0; j < 3; ++j) {
    double middle = 0, variance = 0;
    for (const auto& row : train.features) middle += row[j] / 10;
    for (const auto& row : train.features) variance += (row[j] - middle) * (row[j] - middle) / 10;
    for (auto* part : {&train, &validation})
      for (auto& row : part->features) row[j] = (row[j] - middle) / std::sqrt(variance);
  }
  EXPECT_NEAR(result.validation_loss[0] / loss_after_one_step(train, validation, 0.1), 1,
              tolerance);
  EXPECT_NEAR(result.train_loss[0] / loss_after_one_step(train, train, 0.1), 1, tolerance);
}

TEST_F(CommandLineData, RefusesDataThatDoNotFitTogether) {
  write_table("ten", table(10, 0));
  write_table("four", table(4, 0));
  const auto features = " --features " + path("ten.csv");
  const auto refused = [&](const std::string& options, const Words& parts) {
    expect_refusal(sweep(one_step + options, "r.zarr"), parts);
    EXPECT_FALSE(fs::exists(path("r.zarr")));
  };
  refused(features, {"--features", "--targets"});
  refused(features + " --targets " + path("four-targets.csv"),
          {path("ten.csv"), "10", path("four-targets.csv"), "4"});
  refused(data("ten", "csv") + " --val-features " + path("four.csv"), {"--val-targets"});
  refused(data("four", "csv", "val-"), {"--features"});
  for (const std::string option : {"--val-fraction 0.3", "--split-seed 0"}) {
    const auto name = option.substr(0, option.find(' '));
    refused(" --n 5 --d 3 " + option, {name, "--features", "--n-val"});
    refused(data("ten", "csv") + data("four", "csv", "val-") + " " + option,
            {name, "--val-features"});
  }
  refused(data("ten", "csv") + " --n 5", {"--n", "--features"});
  refused(" --n 5 --d 3 --standardize", {"--standardize", "--features"});
  refused(data("ten", "csv") + " --val-fraction 1", {"1"});
  refused(data("ten", "csv") + data("four", "csv", "val-") + " --features " + path("none.npy"),
          {path("none.npy")});
  write("short.npy", npy_of("(10, 3)", {1, 2, 3}));
  refused(" --features " + path("short.npy") + " --targets " + path("ten-targets.npy"),
          {path("short.npy")});
  write("bad.csv", "a,b,c\n1,2,3\n4,x,6\n");
  refused(" --features " + path("bad.csv") + " --targets " + path("ten-targets.npy"),
          {path("bad.csv"), "3"});
}

}  // namespace
}  // namespace lrscape::test
