#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "lrscape/error.hpp"
#include "lrscape/store.hpp"
#include "store/zarr.hpp"
#include "stored_sweep.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST_F(Store, RefusesAnotherSweepAndSaysInPlainWordsWhatDiffers) {
  const auto sweep = sweep_of({});
  make(sweep);
  const auto before = files_of(where());
  const auto expect = [&](auto change, const std::string& difference) {
    Sweep other = sweep;
    change(other);
    expect_refusal(other, "holds another sweep: " + difference);
  };
  expect([](Sweep& s) { s.precision = Precision::fp64; },
         "the precision is fp32 in the result, but fp64 in this command");
  expect([](Sweep& s) { s.optimizers.pop_back(); },
         "the optimizers are adamw-pt, sgd in the result, but adamw-pt in this command");
  expect(
      [](Sweep& s) {
        s.optimizers[1] = choose_optimizer("sgd", {{"momentum", 0.9}});
      },
      "the momentum of sgd is 0 in the result, but 0.9 in this command");
  expect([](Sweep& s) { std::swap(s.optimizers[0], s.optimizers[1]); },
         "the optimizers are adamw-pt, sgd in the result, but sgd, adamw-pt in this command");
  expect([](Sweep& s) { s.schedule = parse_schedule("linear"); },
         "the schedule is constant in the result, but linear in this command");
  expect([](Sweep& s) { s.schedule = parse_schedule("constant:warmup=1"); },
         "the schedule is constant in the result, but constant:warmup=1 in this command");
  expect([](Sweep& s) { s.epochs = 4; },
         "the number of epochs is 3 in the result, but 4 in this command");
  expect([](Sweep& s) { s.batch_size = 4; },
         "the batch size is 2 in the result, but 4 in this command");
  expect([](Sweep& s) { s.first_seed = 0; },
         "the first seed is 7 in the result, but 0 in this command");
  expect([](Sweep& s) { s.seeds = 3; },
         "the number of seeds is 2 in the result, but 3 in this command");
  expect(
      [](Sweep& s) {
        s.row_orders.assign(2, {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3});
      },
      "the orders of the rows are drawn from the seed in the result, but given in this command");
  expect([](Sweep& s) { s.record_epochs = true; },
         "losses are recorded after the last epoch in the result, but after every epoch in this "
         "command");
  expect([](Sweep& s) { s.train_loss = true; }, "only this command records training losses");
  expect([](Sweep& s) { s.problem.features(3, 1) = 1e-300; },
         "the training features differ (same shape, other values)");
  expect([](Sweep& s) { s.problem.targets[0] = std::nextafter(1.0, 2.0); },
         "the training targets differ (same shape, other values)");
  expect([](Sweep& s) { s.problem.validation_features(0, 0) = 1; },
         "the validation features differ (same shape, other values)");
  expect([](Sweep& s) { s.problem.validation_targets[0] = 1; },
         "the validation targets differ (same shape, other values)");
  expect(
      [](Sweep& s) {
        s.problem.features(0, 0) = s.problem.targets[0] = s.problem.validation_targets[0] = 7;
      },
      "the training features, training targets and validation targets differ (same shape, other "
      "values)");
  EXPECT_TRUE(files_of(where()) == before);
}

TEST_F(Store, NamesTheValuesOfAnAxisThatDiffers) {
  Sweep sweep = sweep_of({});
  sweep.learning_rates = {0.125, 0.25, 0.5};
  sweep.weight_decays = {0, 2};
  make(sweep);
  const auto expect = [&](const std::vector<double>& rates, const std::vector<double>& decays,
                          const std::string& difference) {
    Sweep other = sweep;
    other.learning_rates = rates;
    other.weight_decays = decays;
    expect_refusal(other, "holds another sweep: " + difference);
  };
  expect({0.25, 0.5}, {0, 2},
         "the learning rates differ: 3 from 0.125 to 0.5 in the result, 2 from 0.25 to 0.5 in this "
         "command");
  expect({0.125}, {0, 2},
         "the learning rates differ: 3 from 0.125 to 0.5 in the result, 0.125 in this command");
  expect({0.125, 0.375, 0.5}, {0, 2},
         "the learning rates differ: 3 from 0.125 to 0.5 in both, but value 2 is 0.25 in the "
         "result and 0.375 in this command");
  // The double after 1/8 is 1/8 + 2^-55, and 0.12500000000000003 is the shortest text of it.
  expect({std::nextafter(0.125, 1), 0.25, 0.5}, {0, 2},
         "the learning rates differ: 3 from 0.125 to 0.5 in the result, 3 from 0.12500000000000003 "
         "to 0.5 "
         "in this command");
  expect({0.125, 0.25, 0.5}, {0, 1},
         "the weight decays differ: 2 from 0 to 2 in the result, 2 from 0 to 1 in this command");
  // If the stored values cannot be read, their number is all that is known.
  put(where() / "learning_rate" / "c.0", "damaged");
  expect({0.25, 0.5}, {0, 2}, "the learning rates differ: 3 in the result, 2 in this command");
  expect({0.125, 0.375, 0.5}, {0, 2}, "the learning rates differ (same number, other values)");
}

TEST_F(Store, ListsThreeDifferencesAndCountsTheRest) {
  const auto sweep = sweep_of({});
  make(sweep);
  Sweep other = sweep;
  other.precision = Precision::fp64;
  other.epochs = 4;
  const std::string first =
      "holds another sweep: the precision is fp32 in the result, but fp64 in this command; the "
      "number of epochs is 3 in the result, but 4 in this command";
  expect_refusal(other, first);
  other.batch_size = 4;
  expect_refusal(other, first + "; the batch size is 2 in the result, but 4 in this command");
  other.seeds = 3;
  other.train_loss = true;
  expect_refusal(other,
                 first + "; the batch size is 2 in the result, but 4 in this command; and 2 more");
}

TEST_F(Store, ComparesConfigurationsWhateverTheOrderOfTheirKeys) {
  const auto sweep = sweep_of({});
  make(sweep);
  auto group = nlohmann::ordered_json::parse(bytes_of(where() / "zarr.json"));
  auto& attributes = group["attributes"];
  // json sorts its keys. Earlier versions stored an object, and a result may lack the hash.
  attributes["configuration"] = json::parse(attributes["configuration"].get<std::string>());
  attributes.erase("configuration_hash");
  put(where() / "zarr.json", group.dump());
  EXPECT_NO_THROW(open(sweep));
  attributes["configuration"]["weather"] = "fine";
  attributes["configuration"].erase("epochs");
  put(where() / "zarr.json", group.dump());
  expect_refusal(
      sweep,
      "the result has no \"epochs\"; the result has \"weather\", which this version does not know");
}

TEST_F(Store, GoesOnWithAResultOfAnEarlierVersionThatHoldsItsConfigurationAsAnObject) {
  const auto sweep = sweep_of({});
  make(sweep);
  auto group = nlohmann::ordered_json::parse(bytes_of(where() / "zarr.json"));
  auto& attributes = group["attributes"];
  // The hash of the object is that of its text.
  attributes["configuration"] =
      nlohmann::ordered_json::parse(attributes["configuration"].get<std::string>());
  put(where() / "zarr.json", group.dump(2) + "\n");
  const auto before = files_of(where());
  expect_filled(read_result(where()), sweep);
  make(sweep);
  EXPECT_TRUE(files_of(where()) == before) << "the attributes are those of the earlier version";
}

TEST_F(Store, RefusesAConfigurationThatDoesNotMatchItsHash) {
  const auto sweep = sweep_of({3, 2, Precision::fp32, false, true});
  make(sweep);
  const std::string sound = bytes_of(where() / "zarr.json");
  const auto change = [&](const std::string& from, const std::string& to) {
    const auto at = sound.find(from);
    ASSERT_NE(at, std::string::npos);
    put(where() / "zarr.json", std::string(sound).replace(at, from.size(), to));
    EXPECT_THAT([&] { read_result(where()); },
                ThrowsMessage<InputError>(HasSubstr("does not match the stored hash")));
    expect_refusal(sweep, "does not match the stored hash");
  };
  change(R"(\"train_loss\")", R"(\"train_lozz\")");
  change(R"(\"epochs\":3)", R"(\"epochs\":4)");
  change("crc64:", "crc64;");
}

TEST_F(Store, RefusesTheSameSweepInAnotherSpace) {
  Sweep sweep = sweep_of({});
  sweep.optimizers = {choose_optimizer("sgd", {})};
  make(sweep);
  const json made = configuration_in(read_result(where()))["spaces"];
  EXPECT_EQ(made, json::array({"weights"})) << "4 rows of 2 features are not for Gram space";
  sweep.gram = GramMode::off;
  EXPECT_NO_THROW(open(sweep)) << "the choice does not matter, what came of it does";
  sweep.gram = GramMode::on;
  expect_refusal(sweep,
                 "sgd trains on the weights in the result, but in Gram space in this command");
}

// In multiply-adds: a run of one epoch saves 401 x 1,000 - 200 x 201 in Gram space, one of five
// epochs 2,001 x 1,000 - 200 x 1,001. The products cost 200 x 201 x 1,000 and a factorization,
// which 64 runs must save.
TEST(Configurations, NameTheSpaceOfEachWhereTheSpacesDiffer) {
  Sweep sweep;
  SyntheticProblem shape;
  shape.validation_rows = 1;
  sweep.problem = make_synthetic(shape);
  sweep.optimizers = {choose_optimizer("sgd", {})};
  sweep.learning_rates = {0.01};
  sweep.weight_decays = {0};
  const auto spaces = [&](const std::vector<std::int64_t>& epochs) {
    sweep.axes.epochs = epochs;
    return configuration(PreparedSweep(sweep))["spaces"];
  };
  EXPECT_EQ(spaces({1, 5}).dump(), R"(["weights","gram"])");
  EXPECT_EQ(spaces({5, 6}).dump(), R"(["gram"])");
}

}  // namespace
}  // namespace lrscape::test
