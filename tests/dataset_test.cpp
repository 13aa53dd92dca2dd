#include "lrscape/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "awkward_sweep.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "lrscape/error.hpp"
#include "lrscape/run.hpp"
#include "stored_sweep.hpp"

namespace lrscape::test {
namespace {

using testing::ElementsAre;

const DataArray& array_of(const Dataset& dataset, std::string_view name) {
  const auto found = std::ranges::find(dataset.arrays, name, &DataArray::name);
  if (found == dataset.arrays.end()) throw std::runtime_error("no array " + std::string(name));
  return *found;
}

void expect_same(const Dataset& one, const Dataset& other) {
  EXPECT_EQ(one.attributes, other.attributes);
  ASSERT_EQ(one.arrays.size(), other.arrays.size());
  for (const DataArray& array : one.arrays) {
    SCOPED_TRACE(array.name);
    const DataArray& same = array_of(other, array.name);
    EXPECT_EQ(array.type, same.type);
    EXPECT_EQ(array.dimensions, same.dimensions);
    EXPECT_EQ(array.shape, same.shape);
    EXPECT_EQ(array.bytes, same.bytes);
    EXPECT_EQ(array.texts, same.texts);
    EXPECT_EQ(array.attributes, same.attributes);
    EXPECT_EQ(array.is_coordinate, same.is_coordinate);
  }
}

class DatasetTest : public Store {};

TEST_F(DatasetTest, OfASweepIsTheSameInMemoryAndOnDisk) {
  for (const Precision precision : {Precision::fp32, Precision::fp64}) {
    Sweep sweep = awkward_sweep(precision);
    sweep.learning_rates = {1e-3, 1, 1e5};
    sweep.save_weights = true;
    sweep.axes.schedules = {parse_schedule("linear"), parse_schedule("wsd:cooldown=0.3")};
    const PreparedSweep all(sweep);
    DeviceOptions cpu;
    cpu.device = "cpu";
    const Provenance provenance = {"a device", "", "a command"};
    const auto path = folder / std::string(name_of(precision));
    StoreSink sink(path, all, provenance);
    run(all, *make_backend(all, cpu), sink);
    const Dataset dataset = dataset_of(all, run(sweep, cpu), provenance);
    expect_same(dataset, read_dataset(path));
    const DataArray& losses = array_of(dataset, "validation_loss");
    EXPECT_THAT(losses.dimensions, ElementsAre("optimizer", "schedule", "learning_rate",
                                               "weight_decay", "seed", "epoch"));
    EXPECT_EQ(name_of(losses.type), precision == Precision::fp32 ? "float32" : "float64");
    EXPECT_FALSE(losses.is_coordinate);
    for (const char* const name : {"optimizer", "schedule_name", "cooldown", "batch_size", "epoch"})
      EXPECT_TRUE(array_of(dataset, name).is_coordinate) << name;
    EXPECT_THAT(array_of(dataset, "schedule").texts,
                ElementsAre("linear", "wsd:cooldown=0.3,shape=linear"));
  }
}

TEST_F(DatasetTest, OfBoundsIsTheSameInMemoryAndOnDisk) {
  BoundSweep sweep;
  sweep.schedules = parse_schedules("wsd:cooldown=0.1:0.9:3,cosine");
  sweep.steps = {10, 30};
  sweep.horizons = {5, 10};
  const BoundTable table = evaluate(sweep);
  const Provenance provenance = {"a device", "", "a command"};
  write_bounds(folder / "bounds", sweep, table, {0.1, 0.2}, provenance);
  expect_same(dataset_of(sweep, table, {0.1, 0.2}, provenance), read_dataset(folder / "bounds"));
}

TEST_F(DatasetTest, OfAnythingElseIsRefused) {
  EXPECT_THROW(read_dataset(folder), InputError);
  EXPECT_THROW(read_dataset(folder / "missing"), InputError);
}

}  // namespace
}  // namespace lrscape::test
