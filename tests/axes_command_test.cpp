#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "command_line.hpp"
#include "lrscape/store.hpp"

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
  refused("--optimizer adamw-pt,sgd --beta2 0.9,0.99", "hyper-parameter of sgd 'beta2'");
  refused("--optimizer adamw-pt --batch 4,21", "not 21");
  refused("--optimizer adamw-pt --batch 4:10:3", "'4:10:3' has the value 6.32");
  refused("--optimizer adamw-pt --epochs 0,1", "not 0");
  refused("--optimizer adamw-pt --epochs 1:2:3", "1.5, which is not a whole number");
  refused("--optimizer adamw-pt --schedule linear --schedule linear", "linear is given twice");
  refused("--optimizer adamw-pt,adamw-pt", "adamw-pt is given twice");
  refused("--optimizer adamw-pt:beta2=0.9 --beta2 0.99", "by --optimizer and by --beta2");
  refused("--optimizer adamw-pt:beta2=0.9,beta2=0.99", "beta2 is given twice");
  refused("--optimizer adamw-pt:beta2", "'beta2' has no value");
  refused("--optimizer sgd:nesterov=maybe", "nesterov of sgd must be one of false, true");
  refused("--optimizer adamw-pt:momentum=0.9", "hyper-parameter of adamw-pt 'momentum'");
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
  EXPECT_THAT(dry.out, AllOf(HasSubstr("1 optimizer x 2 beta2 x 2 batch_size x 2 learning rates"),
                             HasSubstr("2 epochs, batch 4, 8, constant")));
  ASSERT_EQ(sweep("--optimizer adamw-pt --batch 4,8 --epochs 2").exit_code, 0);
  const auto other =
      run(Words{"sweep"} + words("--n 20 --n-val 6 --d 5 --device cpu --lr 1e-2,1 --wd "
                                 "0.1 --out r.zarr --optimizer adamw-pt --batch 4 "
                                 "--epochs 2"));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("the batch size is"));
}

}  // namespace
}  // namespace lrscape::test
