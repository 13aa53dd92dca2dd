#include "command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <regex>
#include <string>

#include "cli/commands.hpp"
#include "lrscape/optimizer/list.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(CommandLineDevices, ListsTheCpuFirst) {
  const auto outcome = run_program({"devices"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, AllOf(StartsWith("cpu "), HasSubstr("threads"), HasSubstr("plain")));
}

TEST(CommandLineHelpFlag, IsThereWhateverElseIsWrong) {
  const auto help = run_program({"help", "sweep"}).out;
  for (const Words& arguments :
       {Words{"sweep", "--help", "--lr"}, Words{"sweep", "-h", "--nothing"},
        Words{"sweep", "--help", "--config", "missing.toml"}, Words{"-h", "sweep"},
        Words{"--help", "sweep"}})
    EXPECT_EQ(run_program(arguments).out, help) << testing::PrintToString(arguments);
  for (const std::string word : {"--help=false", "-h=false"})
    expect_refusal(run_program({word}), {"no command given"});
}

TEST_F(CommandLine, TakesWhatFollowsTwoDashesForArguments) {
  const auto result = made(tiny + " --optimizer sgd", "-r.zarr");
  const auto expected = run({"export", "./-r.zarr"}).out;
  EXPECT_EQ(run({"export", "--", "-r.zarr"}).out, expected);
  EXPECT_EQ(run({"export", "./-r.zarr", "--"}).out, expected);
  expect_refusal(run({"export", "-r.zarr"}), {"unknown argument '-r.zarr'"});
  expect_refusal(run({"export", "--", "a", "b"}), {"unknown argument 'b'"});
  EXPECT_EQ(run_program({"help", "--", "sweep"}).out, run_program({"help", "sweep"}).out);
}

TEST_F(CommandLine, TakesAnArgumentInBracketsAsItIs) {
  fs::rename(made(tiny + " --optimizer sgd", "r.zarr"), folder / "[a,b]");
  EXPECT_EQ(run({"show", "[a,b]"}).exit_code, 0);
  EXPECT_EQ(run({"show", "[a,b]", "[a,b]"}).exit_code, 0);
  expect_refusal(run({"show", "[a]"}), {"[a]: no such folder"});
}

TEST(CommandLineVersion, IsTheProgramAndANumber) {
  const auto outcome = run_program({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, testing::MatchesRegex("lrscape [0-9]+\\.[0-9]+\\.[0-9]+ \\(.+\\)\n"));
}

TEST_F(CommandLine, RefusesWhatItDoesNotUnderstandWithTheNearestMatch) {
  expect_refusal(run_program({}), {});
  expect_refusal(run_program({"sweeep"}), {"'sweeep'", "did you mean sweep?"});
  const auto options = tiny + " --optimizer sgd";
  expect_refusal(sweep(options + " --epoch 3", "r.zarr"), {"--epoch", "--epochs"});
  expect_refusal(sweep(options + " --bacth=3", "r.zarr"), {"--bacth", "--batch"});
  expect_refusal(sweep(tiny + " --optimizer adamw-pd", "r.zarr"), {"adamw-pd", "adamw-pt"});
  expect_refusal(sweep(tiny, "r.zarr"), {"--optimizer", "adamw-pt"});
  expect_refusal(sweep(problem + " --optimizer sgd --wd 0", "r.zarr"), {"--lr"});
  expect_refusal(sweep(problem + " --optimizer sgd --lr 1", "r.zarr"), {"--wd"});
  expect_refusal(sweep(options + " --precision fp16", "r.zarr"), {"fp16", "fp32, fp64"});
  expect_refusal(sweep(options + " --record all", "r.zarr"), {"all", "final, epoch"});
  expect_refusal(sweep(options + " --batch 13", "r.zarr"), {"13", "12"});
  expect_refusal(sweep(options + " --epochs 0", "r.zarr"), {"epochs", "0"});
  expect_refusal(sweep(options + " --epochs true", "r.zarr"), {"epochs", "true"});
  expect_refusal(sweep(options + " --shard 3/2", "r.zarr"), {"3/2"});
  expect_refusal(sweep(options + " --shard 0/2", "r.zarr"), {"0/2"});
  expect_refusal(sweep(options + " --schedule linaer", "r.zarr"), {"linaer", "linear"});
  expect_refusal(sweep(options + " --schedule cosine:warmup=9", "r.zarr"), {"9 steps"});
  expect_refusal(sweep(options + " --device gpu", "r.zarr"), {"'gpu'", "did you mean cuda?"});
  expect_refusal(sweep(options + " --simd sse9", "r.zarr"), {"sse9", "plain"});
  expect_refusal(run_program(words("sweep " + options)), {"--out"});
  expect_refusal(run_program({"show", path("none.zarr")}), {path("none.zarr")});
  expect_refusal(run_program({"export", path("none.zarr")}), {path("none.zarr")});
  expect_refusal(run_program({"export"}), {"no RESULT given"});
  EXPECT_TRUE(nothing_written());
  const auto result = made(options, "r.zarr");
  expect_refusal(run_program({"export", result.string(), "--format", "xml"}), {"csv", "xml"});
  expect_refusal(run_program({"show", result.string(), "--lr", "2:1"}), {"LOW <= HIGH", "2:1"});
}

TEST_F(CommandLine, EndsWithFourWhereThereIsNoSuchDevice) {
  const auto outcome = sweep(tiny + " --optimizer sgd --device cuda:99", "r.zarr");
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("cuda:99"), HasSubstr("--device cpu")));
  EXPECT_TRUE(nothing_written());
}

TEST_F(CommandLine, NeverSucceedsWhereStdoutIsFull) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto result = made(tiny + " --optimizer sgd", "r.zarr").string();
  for (const Words& arguments :
       {Words{"export", result}, Words{"export", result, "--format", "json"}, Words{"show", result},
        Words{"devices"}, Words{"--version"}, Words{"sweep", "--help"},
        words("sweep --optimizer sgd --dry-run " + tiny), words("bound --schedule sqrt --steps 9"),
        words("bound --schedule sqrt --steps 99999 --anytime --json"), words("extend --json")}) {
    Program program(arguments, {}, [] {
      const int full = ::open("/dev/full", O_WRONLY);
      ::dup2(full, STDOUT_FILENO);
    });
    const auto outcome = program.wait();
    EXPECT_EQ(outcome.exit_code, 1) << arguments[0] << ": " << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith("lrscape: ")) << arguments[0];
  }
}

TEST_F(CommandLine, GoesOnWhereItsMessagesCannotBeWritten) {
  const auto whole = made(tiny + " --optimizer sgd", "whole.zarr");
  const auto to_full_disk = [] { ::dup2(::open("/dev/full", O_WRONLY), STDERR_FILENO); };
  const auto to_nobody = [] {
    std::array<int, 2> ends = {};
    if (::pipe(ends.data()) != 0) ::_exit(126);
    ::close(ends[0]);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
  };
  const std::map<std::string, std::function<void()>> ways = {
      {"closed", [] { ::close(STDERR_FILENO); }}, {"full", to_full_disk}, {"nobody", to_nobody}};
  for (const auto& [name, prepare] : ways) {
    SCOPED_TRACE(name);
    const auto options = Words{"sweep"} + words(tiny + " --optimizer sgd --out " + path(name));
    EXPECT_EQ(Program(options, {}, prepare).wait().exit_code, 0);
    // Above all, no message may be written into a file of the result.
    expect_same_store(folder / name, whole);
    if (name != "nobody") {
      EXPECT_EQ(Program(words("sweep --sedes 3"), {}, prepare).wait().exit_code, 2);
    }
  }
}

TEST_F(CommandLine, NeverSucceedsWhereStdoutIsClosed) {
  const auto outcome = Program({"devices"}, {}, [] { ::close(STDOUT_FILENO); }).wait();
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
}

TEST_F(CommandLine, SpeaksOneLineOfWhateverItWasGiven) {
  expect_refusal(run_program({"sweep", "--optimizer", "sgd", "--wd", "0", "--lr", "1\n2\x1b[31m"}),
                 {"--lr: '1\\x0a2\\x1b[31m' is not a number"});
  expect_refusal(run_program({"sweep", "--op\ntimizer"}), {"'--op\\x0atimizer'"});
}

TEST(CommandLineValues, AreRefusedWhenEmptyByTheOptionsName) {
  std::size_t count = 0;
  for (const auto& command : cli::make_commands(""))
    for (const auto& option : command.options()) {
      if (option.is_flag() || option.is_argument()) continue;
      SCOPED_TRACE(command.name() + " " + option.name);
      for (const Words& given : {Words{option.name + "="}, Words{option.name, ""}})
        expect_refusal(run_program(Words{command.name()} + given), {option.name.substr(2), "'"});
      ++count;
    }
  EXPECT_GT(count, 50U);
}

TEST_F(CommandLine, RefusesAnEmptyNumberAsNoNumber) {
  for (const std::string option : {"noise", "density", "data-seed", "threads", "seeds", "beta1"}) {
    // The --n that follows must not be taken for the value.
    const auto options = "sweep --lr 1 --wd 0 --optimizer adamw-pt --" + option + "= --n 12";
    expect_refusal(run_program(words(options)), {"--" + option + ": '' is not a number"});
  }
  EXPECT_TRUE(nothing_written());
}

TEST_F(CommandLine, ReadsWholeNumbersInDecimalAndExactly) {
  const auto result = made(
      "--n 12 --n-val 8 --d 5 --batch 004 --epochs 1 --optimizer sgd --lr 0.1 --wd 0 "
      "--seeds 010 --first-seed 08 --data-seed 18446744073709551615",
      "r.zarr");
  const Result read = read_result(result);
  EXPECT_EQ(read.seeds, (std::vector<std::int64_t>{8, 9, 10, 11, 12, 13, 14, 15, 16, 17}));
  EXPECT_EQ(configuration_of(result)["batch_size"], 4);
  EXPECT_THAT(json::parse(read.attributes)["problem"].get<std::string>(),
              EndsWith("seed 18446744073709551615"));
}

TEST_F(CommandLine, RefusesNumbersThatItWouldHaveToChange) {
  const auto refused = [&](const std::string& option, const std::string& value,
                           const std::string& reason) {
    expect_refusal(sweep(tiny + " --optimizer sgd --" + option + " " + value, "r.zarr"),
                   {"--" + option + ": '" + value + "' " + reason});
  };
  refused("seeds", "0x10", "is not a number");
  refused("epochs", "1.5", "is not a whole number");
  refused("epochs", "9223372036854775808", "is not a whole number from");
  refused("data-seed", "-1", "is not a whole number from 0 to 18446744073709551615");
  refused("data-seed", "99999999999999999999", "is not a whole number from 0");
  refused("split-seed", "-1", "is not a whole number from 0");
  refused("threads", "4294967297", "is not a whole number from");
  EXPECT_TRUE(nothing_written());
}

TEST_F(CommandLine, RefusesAnOptionThatIsGivenTwiceOrWithoutItsValue) {
  expect_refusal(run_program(words("sweep --seeds 2 --seeds 3")), {"--seeds is given 2 times"});
  expect_refusal(run_program(words("bound --distance 2 --distance 2 --distance 2")),
                 {"--distance is given 3 times"});
  expect_refusal(run_program(words("sweep --wd 0 --lr")), {"--lr is given without a value"});
  expect_refusal(run_program(words("sweep --lr --wd 0")), {"--lr is given without a value"});
}

TEST_F(CommandLine, TakesAFolderThatIsNamedLikeAnArgument) {
  made(tiny + " --optimizer sgd", "result");
  const Outcome outcome = Program({"export", "result"}, {}, in_folder()).wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_F(CommandLine, TakesTrueAndFalseAloneForAFlag) {
  for (const std::string value : {"5", "", "yes"})
    expect_refusal(sweep(tiny + " --optimizer sgd --train-loss=" + value, "r.zarr"),
                   {"--train-loss takes true, false or no value, not '" + value + "'"});
  EXPECT_TRUE(nothing_written());
  const auto train_loss = [&](const std::string& option) {
    return !read_result(made(tiny + " --optimizer sgd " + option, "r" + option)).train_loss.empty();
  };
  EXPECT_TRUE(train_loss("--train-loss=true"));
  EXPECT_FALSE(train_loss("--train-loss=false"));
}

}  // namespace
}  // namespace lrscape::test
