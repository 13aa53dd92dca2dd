#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "command_line.hpp"
#include "lrscape/result.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ConfigFile : public CommandLine {
 protected:
  /// Runs `lrscape sweep --config` on a file with the text `toml`.
  Outcome with(const std::string& toml, const std::string& options = "",
               const Environment& environment = {}) const {
    write("sweep.toml", toml);
    return sweep("--config " + path("sweep.toml") + " " + options, "r.zarr", environment);
  }
  void expect_refused(const std::string& toml, const Words& parts,
                      const std::string& options = "") const {
    SCOPED_TRACE(toml.substr(0, 60));
    const auto outcome = with(toml, options);
    expect_refusal(outcome, Words{path("sweep.toml")} + parts);
    EXPECT_LT(outcome.err.size(), 1000U);
    EXPECT_FALSE(fs::exists(path("r.zarr")));
    fs::remove_all(path("r.zarr"));
  }
  std::string complete() const { return "--optimizer sgd --quiet " + tiny; }
};

TEST(ConfigOption, IsTakenByEveryCommandThatComputesOrReads) {
  std::vector<std::string> names;
  for (const auto& command : cli::make_commands(""))
    for (const auto& option : command.options())
      if (option.name == "--config") names.push_back(command.name());
  EXPECT_THAT(names,
              testing::UnorderedElementsAre("sweep", "show", "slice", "compare", "report", "export",
                                            "bound", "extend", "schedule", "bench"));
}

TEST_F(ConfigFile, GivesOptionsAtTheTopAndInTheTableOfTheCommand) {
  const auto flags = made(
      "--quiet --optimizer adamw-pt,sgd --lr 1e-3:1:3,5 --wd 0,0.25 --n 12 --n-val 8 --d 5 "
      "--epochs 3 --batch 4 --seeds 2 --momentum 0.5 --nesterov --train-loss --device cpu",
      "flags.zarr");
  const auto outcome = with(R"(# what all commands share
epochs = 3
batch = 4
momentum = 0.5

[sweep]
optimizer = ["adamw-pt", "sgd"]
lr = ["1e-3:1:3", 5]
wd = [0, 0.25]
n = 12
n-val = 8
d = 5
seeds = 2
nesterov = true
train-loss = true
quiet = true
device = "cpu"

[show]
lr = "1:2"
)");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  expect_same_store(path("r.zarr"), flags);
}

TEST_F(ConfigFile, YieldsToTheCommandLineAndItsTopToItsTable) {
  const auto file = "epochs = 1\nbatch = 2\nquiet = true\n[sweep]\nepochs = 2\nseeds = 3\n";
  EXPECT_EQ(with(file, "--optimizer sgd --lr 0.1 --wd 0 --n 12 --d 5 --seeds=1").exit_code, 0);
  const json configuration = configuration_of(path("r.zarr"));
  EXPECT_EQ(configuration["epochs"], 2);
  EXPECT_EQ(configuration["batch_size"], 2);
  EXPECT_EQ(configuration["seeds"], 1);
  fs::remove_all(path("r.zarr"));
  EXPECT_EQ(with(file, complete()).exit_code, 0);
  EXPECT_EQ(configuration_of(path("r.zarr"))["epochs"], 3);
  EXPECT_EQ(configuration_of(path("r.zarr"))["batch_size"], 4);
}

TEST_F(ConfigFile, LeavesAFlagUnsetThatIsFalse) {
  const auto outcome = with("nesterov = false\ntrain-loss = false\ndry-run = false\n",
                            complete() + " --momentum 0.5");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const json configuration = configuration_of(path("r.zarr"));
  EXPECT_EQ(configuration["optimizers"][0]["nesterov"], 0);
  EXPECT_EQ(configuration["train_loss"], false);
}

TEST_F(ConfigFile, ServesEveryCommand) {
  const auto result = made(complete(), "r.zarr").string();
  write("export.toml", "[export]\nformat = \"json\"\n");
  const auto outcome = run_program({"export", result, "--config", path("export.toml")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("{"));
  const auto csv =
      run_program({"export", result, "--config", path("export.toml"), "--format", "csv"});
  EXPECT_THAT(csv.out, StartsWith("optimizer,"));
}

TEST_F(ConfigFile, IsNamedWithTheKeyItGotWrong) {
  expect_refused("epoch = 3\n", {"epoch", "--epochs"}, complete());
  expect_refused("[sweep]\nmomemtum = 0.9\n", {"momemtum", "--momentum"}, complete());
  expect_refused("[sweeep]\nepochs = 3\n", {"sweeep", "did you mean sweep?"}, complete());
  expect_refused("\"\" = 3\n", {}, complete());
  expect_refused("\"epochs=4\" = 3\n", {"epochs=4"}, complete());
  expect_refused("\"two words\" = 3\n", {"two words"}, complete());
}

TEST_F(ConfigFile, IsNamedWithTheOptionWhoseValueItGotWrong) {
  const auto options = "--quiet --device cpu --d 5 --optimizer sgd --lr 1 --wd 0";
  const auto from = [&](const std::string& option) {
    return "(" + option + " from " + path("sweep.toml") + ")";
  };
  expect_refused("epochs = 1.5\n", {"--epochs: '1.5'", from("--epochs")}, options);
  // The library does not know options, but its message contains the name of one.
  expect_refused("epochs = 0\n", {"the number of epochs", "not 0", from("--epochs")}, options);
  expect_refused("batch = 13\nn = 12\n", {"the batch", "not 13", from("--batch")}, options);
  expect_refused("shard = \"\"\n", {"--shard: ''", from("--shard")}, options);
  const auto elsewhere = with("n = 12\n", std::string(options) + " --epochs 0");
  EXPECT_THAT(elsewhere.err, Not(HasSubstr("sweep.toml")));
}

TEST_F(ConfigFile, GoesAfterACommandThatTakesIt) {
  write("sweep.toml", "epochs = 3\n");
  const auto file = path("sweep.toml");
  for (const Words& arguments :
       {Words{"--config", file, "sweep"}, Words{"--config=" + file, "show"}})
    expect_refusal(run_program(arguments), {"--config must follow the command", file});
  expect_refusal(run_program({"devices", "--config", file}), {"devices takes no --config"});
}

TEST_F(ConfigFile, TakesNoHelpAndNoFurtherFile) {
  expect_refused("help = true\n", {"help", "command line"}, complete());
  expect_refused("config = \"more.toml\"\n", {"config", "command line"}, complete());
}

TEST_F(ConfigFile, TakesNoTableForAValue) {
  expect_refused("epochs = {a = 1}\n", {"epochs must be a string, a number, or a list"},
                 complete());
  expect_refused("[batch]\nsize = 1\n", {"batch must be a string, a number, or a list"},
                 complete());
}

TEST_F(ConfigFile, IsNamedWithTheLineThatIsNoToml) {
  expect_refused("n = 12\nd = 5\nepochs = = 3\n", {path("sweep.toml") + ":3:"});
  expect_refused("n = 12\nn = 13\n", {path("sweep.toml") + ":2:"});
  expect_refused("n = 12\n[sweep\n", {path("sweep.toml") + ":2:"});
  expect_refused(std::string("n = \"\xff\"\n"), {path("sweep.toml") + ":1:"});
  expect_refused(std::string("n\0 = 1\n", 7), {path("sweep.toml") + ":1:"});
}

TEST_F(ConfigFile, MustBeAReadableFileOfReasonableSize) {
  expect_refusal(sweep(complete() + " --config " + path("none.toml"), "r.zarr"),
                 {path("none.toml")});
  expect_refusal(sweep(complete() + " --config " + folder.string(), "r.zarr"), {folder.string()});
  std::string comments;
  while (comments.size() < 64 * 1024) comments += "#" + std::string(62, '-') + "\n";
  EXPECT_EQ(with(comments, complete()).exit_code, 0) << "64 KiB are allowed";
  fs::remove_all(path("r.zarr"));
  expect_refused(comments + "#", {"65537 bytes"}, complete());
  expect_refused("#" + std::string(5000, '-'), {"5001 characters"}, complete());
}

TEST_F(ConfigFile, RefusesKeysAndListsThatAreDeep) {
  const auto repeated = [](const std::string& text, int count) {
    std::string all;
    for (int k = 0; k < count; ++k) all += text;
    return all;
  };
  const std::string key = repeated("a.", 2000) + "a";
  expect_refused(key + " = 1\n", {}, complete());
  expect_refused("sweep." + key + " = 1\n", {}, complete());
  expect_refused("[" + key + "]\n" + key + " = 1\n", {}, complete());
  expect_refused("[sweep." + key + "]\n", {}, complete());
  expect_refused("lr = " + repeated("[", 2000) + repeated("]", 2000) + "\n", {}, complete());
  expect_refused("lr = " + repeated("[\n", 15000) + repeated("]\n", 15000), {}, complete());
  expect_refused("wd = " + repeated("{a=", 1000) + "1" + repeated("}", 1000) + "\n", {},
                 complete());
  std::string lines = "[sweep]\n";
  for (int k = 0; k < 15; ++k) lines += "b" + std::to_string(k) + "." + key + " = 1\n";
  expect_refused(lines, {}, complete());
}

TEST_F(ConfigFile, RefusesTablesWithinATable) {
  expect_refused("[sweep.sgd]\nmomentum = 0.9\n", {"sgd"}, complete());
  expect_refused("[sweep]\nsgd.momentum = 0.9\n", {"sgd"}, complete());
  expect_refused("[sweep]\nsgd = {momentum = 0.9}\n", {"sgd"}, complete());
  expect_refused("[[sweep]]\nepochs = 3\n", {"sweep"}, complete());
  expect_refused("[[sweep.lr]]\nepochs = 3\n", {"lr"}, "--optimizer sgd --wd 0 " + problem);
  expect_refused("[sweep]\nlr = [[1, 2], [3]]\n", {"lr"}, "--optimizer sgd --wd 0 " + problem);
  expect_refused("[sweep]\nlr = []\n", {"lr"}, "--optimizer sgd --wd 0 " + problem);
  // Refused even for an option that the command line gives.
  expect_refused("[sweep.lr]\nmomentum = 0.9\n", {"lr"}, complete());
}

TEST_F(ConfigFile, RefusesValuesOfTheWrongKind) {
  const auto refused = [&](const std::string& toml, const Words& parts) {
    SCOPED_TRACE(toml);
    // All required options except the one in the file.
    std::string options = "--quiet --device cpu --n 12 --d 5 --batch 4";
    for (const std::string other : {"epochs 3", "optimizer sgd", "lr 1", "wd 0"})
      if (!toml.starts_with(other.substr(0, other.find(' ')))) options += " --" + other;
    expect_refusal(with(toml, options), parts);
    EXPECT_FALSE(fs::exists(path("r.zarr")));
    fs::remove_all(path("r.zarr"));
  };
  refused("lr = true\n", {"lr"});
  refused("lr = [true, 1]\n", {"lr"});
  refused("wd = 2020-01-01\n", {"wd"});
  refused("wd = nan\n", {"--wd", "nan"});
  refused("epochs = true\n", {"epochs"});
  refused("epochs = 1.5\n", {"epochs", "1.5"});
  refused("epochs = 99999999999999999999\n", {path("sweep.toml") + ":1:"});
  refused("seeds = true\n", {"seeds"});
  refused("momentum = true\n", {"momentum"});
  refused("optimizer = true\n", {"optimizer"});
  refused("schedule = true\n", {"schedule"});
  refused("schedule = \"sqrt:\\u0000=1\"\n", {"schedule", "U+0000"});
  refused("train-loss = \"maybe\"\n", {"train-loss", "true or false"});
}

TEST_F(ConfigFile, RefusesAnEmptyTextByItsKey) {
  const auto options = "sweep --n 12 --d 5 --optimizer sgd --lr 1 --wd 0 --config ";
  for (const std::string key : {"out", "device", "shard", "schedule"}) {
    write("empty.toml", key + " = \"\"\nquiet = true\n");
    expect_refusal(run_program(words(options + path("empty.toml"))),
                   {"--" + key + ": '' is empty"});
  }
  write("empty.toml", "noise = \"\"\n");
  expect_refusal(run_program(words(options + path("empty.toml"))), {"--noise: '' is not a number"});
}

TEST_F(ConfigFile, TakesForAFlagTrueAndFalseAlone) {
  for (const std::string value : {"0.5", "2", "\"maybe\""}) {
    SCOPED_TRACE(value);
    expect_refusal(with("nesterov = " + value + "\n", complete() + " --momentum 0.5"),
                   {"nesterov"});
    fs::remove_all(path("r.zarr"));
  }
}

TEST_F(ConfigFile, NeverTakesTrueForThePathOfAResult) {
  write("out.toml", "out = true\n");
  Program program(words("sweep " + complete()) + Words{"--config", path("out.toml")}, {},
                  in_folder());
  expect_refusal(program.wait(), {"out"});
  EXPECT_FALSE(fs::exists(path("true")));
}

TEST_F(ConfigFile, YieldsToTheEnvironmentForTheInstructionSet) {
  const auto loud = "--optimizer sgd " + tiny;
  write("plain.toml", "simd = \"plain\"\n");
  Program unset(
      words("sweep " + loud) + Words{"--out", path("unset.zarr"), "--config", path("plain.toml")},
      {}, [] { ::unsetenv("LRSCAPE_SIMD"); });
  EXPECT_THAT(unset.wait().err, HasSubstr("threads, plain\n"));
  const auto from_environment = with("simd = \"sse9\"\n", loud, {{"LRSCAPE_SIMD", "plain"}});
  EXPECT_EQ(from_environment.exit_code, 0) << from_environment.err;
  EXPECT_THAT(from_environment.err, HasSubstr("threads, plain\n"));
  fs::remove_all(path("r.zarr"));
  const auto from_flag =
      with("simd = \"sse9\"\n", loud + " --simd plain", {{"LRSCAPE_SIMD", "sse8"}});
  EXPECT_THAT(from_flag.err, HasSubstr("threads, plain\n"));
}

TEST_F(ConfigFile, TakesAnEmptyVariableOfTheEnvironmentForNone) {
  const auto outcome =
      with("simd = \"plain\"\n", "--optimizer sgd " + tiny, {{"LRSCAPE_SIMD", ""}});
  EXPECT_THAT(outcome.err, HasSubstr("threads, plain\n"));
}

}  // namespace
}  // namespace lrscape::test
