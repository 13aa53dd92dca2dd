#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "command_line.hpp"
#include "lrscape/store.hpp"
#include "store/zarr.hpp"

namespace lrscape::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class AxesCommand : public CommandLine {
 protected:
  Outcome sweep(const std::string& options) const {
    std::filesystem::remove_all(folder / "r.zarr");
    return run(Words{"sweep"} + words("--n 20 --n-val 6 --d 5 --device cpu --threads 1 --lr 1e-2,1 "
                                      "--wd 0.1 --out r.zarr " +
                                      options));
  }

  Result result() const { return read_result(folder / "r.zarr"); }
};

TEST_F(AxesCommand, AreOptionsWithSeveralValues) {
  const auto outcome = sweep(
      "--optimizer adamw-pt --beta2 0.9:0.98:3 --batch 4:16:3 --epochs 1,3 "
      "--schedule wsd:cooldown=0.2,0.4 --schedule linear");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Result made = result();
  ASSERT_EQ(made.axes.size(), 4U);
  EXPECT_EQ(made.axes[0].name, "schedule");
  EXPECT_THAT(made.axes[0].labels, ElementsAre("wsd:cooldown=0.2,shape=linear",
                                               "wsd:cooldown=0.4,shape=linear", "linear"));
  EXPECT_EQ(made.axes[1].name, "beta2");
  EXPECT_THAT(made.axes[1].values, ElementsAre(0.9, 0.94, 0.98));
  EXPECT_EQ(made.axes[2].name, "batch_size");
  EXPECT_THAT(made.axes[2].values, ElementsAre(4, 8, 16));
  EXPECT_EQ(made.axes[3].name, "epochs");
  EXPECT_THAT(made.axes[3].values, ElementsAre(1, 3));
  EXPECT_EQ(made.run_count(), 3U * 3 * 3 * 2 * 2);
}

TEST_F(AxesCommand, GiveOptimizersParametersOfTheirOwn) {
  ASSERT_EQ(sweep("--optimizer sgd:momentum=0,0.9,nesterov=false,adamw-pt:beta2=0.9:0.99:2 "
                  "--optimizer adamw-lh --epochs 1")
                .exit_code,
            0);
  EXPECT_THAT(result().optimizers,
              ElementsAre("sgd:momentum=0", "sgd:momentum=0.9", "adamw-pt:beta2=0.9",
                          "adamw-pt:beta2=0.99", "adamw-lh"));
}

TEST_F(AxesCommand, AreRefusedInOneLineIfTheyMakeNoSense) {
  const auto refused = [&](const std::string& options, const std::string& part) {
    SCOPED_TRACE(options);
    const auto outcome = sweep(options);
    EXPECT_EQ(outcome.exit_code, 2);
    expect_one_line(outcome, {part});
    EXPECT_FALSE(std::filesystem::exists(folder / "r.zarr"));
  };
  refused("--optimizer adamw-pt,sgd --beta2 0.9,0.99",
          "sgd has no beta2, which is an axis of the sweep; give");
  refused("--optimizer adamw-pt --batch 4,21", "not 21");
  refused("--optimizer adamw-pt --batch 4:10:3", "'4:10:3' has the value 6.32");
  refused("--optimizer adamw-pt --epochs 0,1", "not 0");
  refused("--optimizer adamw-pt --epochs 1:2:3", "1.5, which is not a whole number");
  refused("--optimizer adamw-pt --schedule linear --schedule linear", "linear is given twice");
  refused("--optimizer adamw-pt,adamw-pt", "adamw-pt is given twice");
  refused("--optimizer adamw-pt:beta2=0.9 --beta2 0.99", "beta2 of adamw-pt is given twice");
  refused("--optimizer adamw-pt:beta2=0.9,beta2=0.99", "beta2 is given twice");
  refused("--optimizer adamw-pt:beta2", "'beta2' has no value");
  refused("--optimizer sgd:nesterov=maybe", "nesterov of sgd must be one of false, true");
  refused("--optimizer adamw-pt:momentum=0.9", "adamw-pt has no hyper-parameter 'momentum'");
}

TEST_F(AxesCommand, LeaveNoRowsBeyondTheLastEpochOfARun) {
  ASSERT_EQ(sweep("--optimizer adamw-pt --epochs 1,3 --record epoch").exit_code, 0);
  const auto rows = split(run({"export", "r.zarr"}).out, '\n');
  EXPECT_EQ(rows.size(), 1U + 2 * (1 + 3));  // A header; two learning rates.
  for (const auto& row : rows) EXPECT_EQ(row.find("nan"), row.npos) << row;
}

TEST_F(AxesCommand, TakeAMomentumBehindTheNameForADampening) {
  EXPECT_EQ(sweep("--optimizer sgd:momentum=0.9 --dampening 0.5 --epochs 1").exit_code, 0);
  const auto outcome = sweep("--optimizer sgd:dampening=0.5 --epochs 1");
  EXPECT_EQ(outcome.exit_code, 2);
  expect_one_line(outcome, {"dampening has no effect"});
  EXPECT_EQ(sweep("--optimizer sgd --batch 1:16:5 --epochs 1").exit_code, 0);
  EXPECT_THAT(result().axes.at(0).values, ElementsAre(1, 2, 4, 8, 16));
}

TEST_F(AxesCommand, OfAHostileResultAreRefused) {
  ASSERT_EQ(sweep("--optimizer adamw-pt --beta2 0.9,0.99 --epochs 1,2 --record epoch").exit_code,
            0);
  const auto whole = files_of(folder / "r.zarr");
  const auto expect_refused = [&](const std::string& part) {
    for (const std::string command : {"show", "export"}) {
      const auto outcome = run({command, "r.zarr"});
      EXPECT_EQ(outcome.exit_code, 2) << command;
      expect_one_line(outcome, {part});
    }
  };
  const auto write_chunk = [&](const std::string& axis, const auto& values) {
    std::ofstream(folder / "r.zarr" / axis / "c.0", std::ios::binary) << zarr::with_checksum(
        {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])});
  };
  write_chunk("epochs", std::vector<std::int64_t>{2147483647, 2});
  expect_refused("does not match the coordinate epoch");
  write_chunk("epochs", std::vector<std::int64_t>{0, 2});
  expect_refused("has a value that no sweep has");
  write_chunk("epochs", std::vector<std::int64_t>{1, 2});
  write_chunk("beta2", std::vector<double>{0.9, std::nan("")});
  expect_refused("has a value that no sweep has");
  write_chunk("beta2", std::vector<double>{0.9, 0.9});
  expect_refused("has a value twice");
  write_chunk("beta2", std::vector<double>{0.9, 0.99});
  EXPECT_EQ(run({"show", "r.zarr"}).exit_code, 0);
  std::string text = whole.at("validation_loss/zarr.json");
  text.replace(text.find("\"beta2\""), 7, "\"beta9\"");
  std::ofstream(folder / "r.zarr/validation_loss/zarr.json") << text;
  expect_refused("has a dimension that no sweep has");
}

TEST_F(AxesCommand, AreShownAndExported) {
  ASSERT_EQ(sweep("--optimizer adamw-pt --beta2 0.9,0.99 --batch 4,8 --epochs 2").exit_code, 0);
  const auto all = run({"show", "r.zarr"});
  for (const std::string title :
       {"adamw-pt beta2=0.9 batch_size=4", "adamw-pt beta2=0.9 batch_size=8",
        "adamw-pt beta2=0.99 batch_size=4", "adamw-pt beta2=0.99 batch_size=8"})
    EXPECT_THAT(all.out, HasSubstr(title));
  const auto one = run({"show", "r.zarr", "--at", "beta2=0.990,batch_size=8"});
  EXPECT_THAT(one.out, AllOf(HasSubstr("adamw-pt beta2=0.99 batch_size=8"),
                             testing::Not(HasSubstr("batch_size=4"))));
  for (const std::string wrong : {"beta1=0.9", "beta2=0.5", "beta2", "epochs=2"}) {
    const auto outcome = run({"show", "r.zarr", "--at", wrong});
    EXPECT_EQ(outcome.exit_code, 2);
    expect_one_line(outcome, {"--at " + wrong});
  }
  // Labels have commas, and parameters may be left out.
  ASSERT_EQ(sweep("--optimizer sgd:momentum=0,0.9,dampening=0 --schedule wsd --schedule cosine "
                  "--epochs 2")
                .exit_code,
            0);
  for (const std::string schedule : {"wsd", "wsd:cooldown=0.2", "wsd:cooldown=0.2,shape=linear"}) {
    const auto wsd =
        run({"show", "r.zarr", "--at", "schedule=" + schedule + ",optimizer=sgd:momentum=0.9"});
    EXPECT_THAT(wsd.out,
                AllOf(HasSubstr("sgd:momentum=0.9 wsd:cooldown=0.2,shape=linear"),
                      testing::Not(HasSubstr("momentum=0 ")), testing::Not(HasSubstr("cosine"))))
        << wsd.err;
  }
  ASSERT_EQ(sweep("--optimizer adamw-pt --beta2 0.9,0.99 --batch 4,8 --epochs 2").exit_code, 0);
  const auto table = run({"export", "r.zarr"});
  EXPECT_THAT(table.out,
              AllOf(HasSubstr("optimizer,beta2,batch_size,learning_rate,weight_decay,seed,"),
                    HasSubstr("adamw-pt,0.99,4,0.01,0.1,0,")));
  const auto json = run({"export", "r.zarr", "--format", "json"});
  EXPECT_THAT(json.out,
              HasSubstr("\"optimizer\": \"adamw-pt\", \"beta2\": 0.99, \"batch_size\": 4"));
}

TEST_F(AxesCommand, AreInTheDryRunAndInTheMessageOfAnotherSweep) {
  const auto dry = sweep("--optimizer adamw-pt --beta2 0.9,0.99 --batch 4,8 --epochs 2 --dry-run");
  EXPECT_THAT(dry.out,
              AllOf(HasSubstr("1 optimizer x 2 values of beta2 x 2 batch sizes x 2 learning rates"),
                    HasSubstr("2 epochs, batch 4/8, constant")));
  ASSERT_EQ(sweep("--optimizer adamw-pt --batch 4,8 --epochs 2").exit_code, 0);
  const auto other =
      run(Words{"sweep"} + words("--n 20 --n-val 6 --d 5 --device cpu --lr 1e-2,1 --wd "
                                 "0.1 --out r.zarr --optimizer adamw-pt --batch 4 "
                                 "--epochs 2"));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("the batch size is"));
  // Another number of configurations with the same schedule is no other schedule.
  const auto betas =
      run(Words{"sweep"} + words("--n 20 --n-val 6 --d 5 --device cpu --lr 1e-2,1 --wd "
                                 "0.1 --out r.zarr --optimizer adamw-pt --batch 4,8 "
                                 "--epochs 2 --beta2 0.9,0.99"));
  EXPECT_THAT(betas.err, AllOf(HasSubstr("the axis beta2 is a single value in the result, but 2 "
                                         "from 0.9 to 0.99 in this command"),
                               testing::Not(HasSubstr("values of the schedule"))));
  const auto own =
      run(Words{"sweep"} + words("--n 20 --n-val 6 --d 5 --device cpu --lr 1e-2,1 --wd "
                                 "0.1 --out r.zarr --batch 4,8 --epochs 2 --optimizer "
                                 "adamw-pt:beta2=0.9,0.99"));
  EXPECT_THAT(own.err, HasSubstr("adamw-pt:beta1=0.9,beta2=0.9"));
}

}  // namespace
}  // namespace lrscape::test
