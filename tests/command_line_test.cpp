#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <sstream>

#include "cpu/implementation.hpp"
#include "lrscape/result.hpp"
#include "program.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Words = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

Words words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The options without those that come again later, so that a test can change one of many.
Words last_of_each(const std::string& options) {
  Words result;
  const Words given = words(options);
  for (std::size_t k = 0; k < given.size(); ++k) {
    const bool again =
        given[k].starts_with("--") && std::find(given.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                                                given.end(), given[k]) != given.end();
    if (!again)
      result.push_back(given[k]);
    else if (!given[k + 1].starts_with("--"))
      ++k;
  }
  return result;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// 12 rows in batches of 4, 6 x 5 cells, two seeds: 60 runs of 9 steps an optimizer. The last
/// learning rate diverges with SGD, in double too.
const std::string problem = "--n 12 --n-val 8 --d 5 --batch 4 --epochs 3 --device cpu --threads 2";
const std::string grid = "--lr 1e-3:1:5,1e30 --wd 0,1e-3:1:4 --seeds 2";
const std::string tiny = problem + " " + grid;

/// Two stores are the same if all their files are, but for where and how they were made.
void expect_same_store(const fs::path& a, const fs::path& b) {
  auto files = files_of(a);
  auto others = files_of(b);
  for (auto* store : {&files, &others}) {
    ASSERT_TRUE(store->contains("zarr.json"));
    json group = json::parse(store->at("zarr.json"));
    group["attributes"].erase("device");
    group["attributes"].erase("command_line");
    store->at("zarr.json") = group.dump();
  }
  ASSERT_GT(files.size(), 15U);
  for (const auto& [name, bytes] : files) {
    ASSERT_TRUE(others.contains(name)) << name << " is in " << a << " alone";
    EXPECT_TRUE(others.at(name) == bytes) << name << " differs";
  }
  EXPECT_EQ(files.size(), others.size());
}

class CommandLine : public InFolder {
 protected:
  /// `lrscape sweep` with these words, to a folder of that name here.
  Outcome sweep(const std::string& options, const std::string& name,
                const Environment& environment = {}) const {
    return run_program(Words{"sweep"} + last_of_each(options) + Words{"--out", path(name)},
                       environment);
  }
  /// The same, which must succeed; returns the folder.
  fs::path made(const std::string& options, const std::string& name,
                const Environment& environment = {}) const {
    const auto outcome = sweep(options, name, environment);
    EXPECT_EQ(outcome.exit_code, 0) << options << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << options;
    return folder / name;
  }
  static json configuration_of(const fs::path& result) {
    return json::parse(read_result(result).attributes)["configuration"];
  }
  /// What a child does before the program begins: goes to the test's folder.
  std::function<void()> in_folder() const {
    return [this] {
      if (::chdir(folder.c_str()) != 0) ::_exit(126);
    };
  }
  bool nothing_written() const { return fs::is_empty(folder); }
};

/// A message for people: one line on stderr, nothing on stdout.
void expect_refusal(const Outcome& outcome, const Words& parts) {
  EXPECT_EQ(outcome.exit_code, 2) << "signal " << outcome.signal << ": " << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(StartsWith("lrscape: "), EndsWith("\n")));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  for (const auto& part : parts) EXPECT_THAT(outcome.err, HasSubstr(part));
}

// ---- sweep

TEST_F(CommandLine, SweepWritesAResultAndSpeaksOnStderrAlone) {
  const auto outcome = sweep(tiny + " --optimizer adamw-pt,sgd", "r.zarr");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("CPU, 2 threads, "), HasSubstr("120 runs in "),
                                 HasSubstr("written to " + path("r.zarr")),
                                 HasSubstr("adamw-pt: best validation loss "),
                                 HasSubstr("sgd: best validation loss "), Not(HasSubstr("\x1b"))));
  const Result result = read_result(path("r.zarr"));
  EXPECT_EQ(result.optimizers, (Words{"adamw-pt", "sgd"}));
  EXPECT_EQ(result.run_count(), 120U);
  EXPECT_EQ(std::count(result.status.begin(), result.status.end(), RunStatus::not_run), 0);
  EXPECT_EQ(fs::exists(folder / "r.zarr" / "epoch"), false);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "left something beside it";
}

TEST_F(CommandLine, QuietSweepSaysNothing) {
  EXPECT_EQ(sweep(tiny + " --optimizer sgd --quiet", "r.zarr").err, "");
}

TEST_F(CommandLine, SweepGoesOnWithWhatIsThereAndRefusesToMix) {
  const auto options = tiny + " --optimizer sgd";
  const auto result = made(options, "r.zarr");
  const auto files = files_of(result);
  const auto again = sweep(options, "r.zarr/");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("60 runs were done already"));
  EXPECT_TRUE(files_of(result) == files);
  expect_refusal(sweep(options + " --epochs 4", "r.zarr"),
                 {path("r.zarr"), "epochs is 3 there, but 4 here", "--out"});
  EXPECT_TRUE(files_of(result) == files);
}

TEST_F(CommandLine, SweepTakesAPathInTheCurrentFolder) {
  Program program(words("sweep " + tiny + " --optimizer sgd --quiet --out r.zarr"), {},
                  in_folder());
  const auto outcome = program.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(read_result(path("r.zarr")).run_count(), 60U);
}

TEST_F(CommandLine, ResumedSweepNeverEndsWellWithAResultThatCannotBeRead) {
  const auto options = problem + " --lr 1e-3:1:3 --wd 0 --seeds 2 --optimizer sgd,adamw-pt --quiet";
  const auto result = made(options + " --record epoch", "r.zarr");
  const auto sound = files_of(result);
  const auto csv = run_program({"export", result.string()}).out;
  for (const std::string name :
       {"zarr.json", "epoch/zarr.json", "seed/c.0", "optimizer/c.0", "learning_rate/c.0",
        "validation_loss/zarr.json", "validation_loss/c.1.0.0.0.0", "status/c.0.0.0.1"})
    for (const std::string damage : {"gone", "", "{}", "half"}) {
      SCOPED_TRACE(name + ": " + damage);
      ASSERT_TRUE(sound.contains(name));
      if (damage == "gone")
        fs::remove(result / name);
      else
        write("r.zarr/" + name,
              damage == "half" ? sound.at(name).substr(0, sound.at(name).size() / 2) : damage);
      const auto outcome = sweep(options + " --record epoch", "r.zarr");
      if (outcome.exit_code == 0) {
        const auto read = run_program({"export", result.string()});
        EXPECT_EQ(read.exit_code, 0) << read.err;
        EXPECT_TRUE(read.out == csv);
      } else {
        expect_refusal(outcome, {result.string()});
      }
      write("r.zarr/" + name, sound.at(name));
    }
}

// ---- export

/// The bits of the number as it was stored: a float in a sweep of single precision.
std::uint64_t stored_bits(double value, Precision precision) {
  return precision == Precision::fp32 ? std::bit_cast<std::uint32_t>(static_cast<float>(value))
                                      : std::bit_cast<std::uint64_t>(value);
}

std::uint64_t bits_of_text(const std::string& text, Precision precision) {
  char* end = nullptr;
  const std::uint64_t bits = precision == Precision::fp32
                                 ? std::bit_cast<std::uint32_t>(std::strtof(text.c_str(), &end))
                                 : std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), &end));
  EXPECT_EQ(*end, '\0') << text;
  return bits;
}

std::string name_of(RunStatus status) {
  return status == RunStatus::ok ? "ok" : status == RunStatus::diverged ? "diverged" : "not_run";
}

/// Checks the table against the result, field by field.
void expect_csv(const std::string& csv, const Result& result) {
  const bool curves = !result.epochs.empty(), train = !result.train_loss.empty();
  auto lines = split(csv, '\n');
  ASSERT_EQ(lines.size(), 1 + result.validation_loss.size());
  ASSERT_THAT(csv, EndsWith("\n"));
  EXPECT_EQ(lines[0], std::string("optimizer,learning_rate,weight_decay,seed") +
                          (curves ? ",epoch" : "") + ",validation_loss" +
                          (train ? ",train_loss" : "") + ",status");
  std::size_t run = 0, line = 1;
  const auto expect_number = [&](const std::string& text, double value, Precision precision) {
    EXPECT_EQ(bits_of_text(text, precision), stored_bits(value, precision)) << lines[line];
    // fmt's shortest digits, found by another algorithm, in a form that is never the shorter one.
    const auto shortest = precision == Precision::fp32
                              ? fmt::format("{}", static_cast<float>(value))
                              : fmt::format("{}", value);
    EXPECT_LE(text.size(), shortest.size()) << lines[line];
  };
  for (const auto& optimizer : result.optimizers)
    for (const double rate : result.learning_rates)
      for (const double decay : result.weight_decays)
        for (const auto seed : result.seeds) {
          for (std::size_t e = 0; e < result.recorded_epochs(); ++e, ++line) {
            const auto fields = split(lines[line], ',');
            ASSERT_EQ(fields.size(), 6U + (curves ? 1 : 0) + (train ? 1 : 0)) << lines[line];
            EXPECT_EQ(fields[0], optimizer);
            expect_number(fields[1], rate, Precision::fp64);
            expect_number(fields[2], decay, Precision::fp64);
            EXPECT_EQ(fields[3], std::to_string(seed));
            EXPECT_TRUE(!curves || fields[4] == std::to_string(result.epochs[e])) << lines[line];
            const std::size_t at = run * result.recorded_epochs() + e;
            const std::size_t loss = curves ? 5 : 4;
            expect_number(fields[loss], result.validation_loss[at], result.precision);
            if (train) expect_number(fields[loss + 1], result.train_loss[at], result.precision);
            EXPECT_EQ(fields.back(), name_of(result.status[run]));
          }
          ++run;
        }
}

TEST_F(CommandLine, ExportsCsvThatReadsBackToTheStoredBits) {
  for (const std::string precision : {"fp32", "fp64"})
    for (const std::string more :
         {"", " --train-loss", " --record epoch", " --record epoch --train-loss"}) {
      SCOPED_TRACE(precision + more);
      const auto result =
          made(tiny + " --optimizer adamw-pt,sgd --first-seed 3 --precision " + precision + more,
               precision + more + ".zarr");
      const auto outcome = run_program({"export", result.string(), "--format", "csv"});
      EXPECT_EQ(outcome.exit_code, 0);
      EXPECT_EQ(outcome.err, "");
      const Result read = read_result(result);
      EXPECT_GT(std::count(read.status.begin(), read.status.end(), RunStatus::ok), 0);
      EXPECT_GT(std::count(read.status.begin(), read.status.end(), RunStatus::diverged), 0)
          << "the grid was to reach divergence";
      expect_csv(outcome.out, read);
      EXPECT_EQ(run_program({"export", result.string()}).out, outcome.out) << "csv is the default";
    }
}

TEST_F(CommandLine, ExportsJsonWithNullForWhatIsNotFinite) {
  const auto result =
      made(tiny + " --optimizer adamw-pt,sgd --record epoch --train-loss", "r.zarr");
  const auto outcome = run_program({"export", result.string(), "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  const json table = json::parse(outcome.out, nullptr, false);
  ASSERT_FALSE(table.is_discarded());
  const json& rows = table.at("rows");
  const Result read = read_result(result);
  ASSERT_EQ(rows.size(), read.validation_loss.size());
  std::size_t nulls = 0;
  // Read as a double and then rounded to float: the same unless the text lies within 2^-53 of the
  // middle between two floats, which shortest texts do not.
  const auto expect_loss = [&](const json& given, double loss) {
    if (!std::isfinite(loss)) {
      ++nulls;
      EXPECT_TRUE(given.is_null()) << given;
    } else {
      EXPECT_EQ(static_cast<double>(given.get<float>()), loss);
    }
  };
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const json& row = rows[k];
    EXPECT_EQ(row.size(), 8U);
    const std::size_t run = k / 3, seed = run % 2, decay = run / 2 % 5, rate = run / 10 % 6;
    EXPECT_EQ(row.at("optimizer"), read.optimizers[run / 60]);
    EXPECT_EQ(row.at("learning_rate").get<double>(), read.learning_rates[rate]);
    EXPECT_EQ(row.at("weight_decay").get<double>(), read.weight_decays[decay]);
    EXPECT_EQ(row.at("seed"), seed);
    EXPECT_EQ(row.at("epoch"), k % 3 + 1);
    EXPECT_EQ(row.at("status"), name_of(read.status[run]));
    expect_loss(row.at("validation_loss"), read.validation_loss[k]);
    expect_loss(row.at("train_loss"), read.train_loss[k]);
  }
  EXPECT_GT(nulls, 0U);
  EXPECT_LT(nulls, rows.size());
}

TEST_F(CommandLine, ExportNamesRunsThatWereNotMade) {
  const auto result = made(tiny + " --optimizer sgd --shard 1/2", "r.zarr");
  const auto csv = run_program({"export", result.string()}).out;
  expect_csv(csv, read_result(result));
  EXPECT_THAT(csv, HasSubstr(",nan,not_run\n"));
  const auto text = run_program({"export", result.string(), "--format", "json"}).out;
  const json rows = json::parse(text)["rows"];
  EXPECT_EQ(std::count_if(rows.begin(), rows.end(),
                          [](const json& row) {
                            return row["status"] == "not_run" && row["validation_loss"].is_null();
                          }),
            30);
}

TEST_F(CommandLine, RecordedCurvesEndWhereTheFinalLossesAre) {
  const auto options = tiny + " --optimizer adamw-lh";
  const auto curves = read_result(made(options + " --record epoch", "curves.zarr"));
  const auto ends = read_result(made(options, "ends.zarr"));
  EXPECT_EQ(curves.epochs, (std::vector<std::int64_t>{1, 2, 3}));
  ASSERT_EQ(curves.validation_loss.size(), 3 * ends.validation_loss.size());
  for (std::size_t run = 0; run < ends.run_count(); ++run)
    EXPECT_EQ(curves.validation_loss[3 * run + 2], ends.validation_loss[run]);
}

// ---- show, devices, help

TEST_F(CommandLine, ShowDrawsAMapWithItsBestCellAndNoEscapeCodes) {
  const auto path_of_result = made(tiny + " --optimizer sgd", "r.zarr");
  const auto outcome =
      run_program({"show", path_of_result.string()}, {{"CLICOLOR_FORCE", ""}, {"LC_ALL", "C"}});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(std::all_of(outcome.out.begin(), outcome.out.end(), [](char c) {
    return c == '\n' || (c >= ' ' && c <= '~');
  })) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("sgd"));
  EXPECT_GT(split(outcome.out, '\n').size(), 10U);

  const Result result = read_result(path_of_result);
  double best = std::numeric_limits<double>::infinity();
  std::size_t best_cell = 0, diverged = 0;
  for (std::size_t cell = 0; cell < 30; ++cell) {
    const double mean =
        (result.validation_loss[2 * cell] + result.validation_loss[2 * cell + 1]) / 2;
    if (mean < best) {
      best = mean;
      best_cell = cell;
    }
  }
  for (const auto status : result.status)
    if (status == RunStatus::diverged) ++diverged;
  EXPECT_THAT(outcome.out,
              HasSubstr(fmt::format("best validation loss {:.4g} at lr {:.4g} wd {:.4g}, mean of "
                                    "2 seeds\n",
                                    best, result.learning_rates[best_cell / 5],
                                    result.weight_decays[best_cell % 5])));
  EXPECT_THAT(outcome.out, HasSubstr(fmt::format("{} of 60 runs diverged\n", diverged)));
}

TEST_F(CommandLine, ShowDrawsAMapForEachOptimizerAndResult) {
  const auto a = made(tiny + " --optimizer sgd,adamw-pt", "a.zarr");
  const auto b = made(tiny + " --optimizer sgd --shard 2/2", "b.zarr");
  const auto outcome = run_program({"show", a.string(), b.string()});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("30 not run"));
  std::size_t maps = 0;
  for (const auto& line : split(outcome.out, '\n'))
    if (line.find(" of 60 runs diverged") != std::string::npos) ++maps;
  EXPECT_EQ(maps, 3U);
}

TEST(CommandLineDevices, ListsTheCpuFirst) {
  const auto outcome = run_program({"devices"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, AllOf(StartsWith("cpu "), HasSubstr("threads"), HasSubstr("plain")));
}

TEST(CommandLineHelp, IsDataAndSucceeds) {
  const auto help = run_program({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  for (const std::string command : {"sweep", "show", "export", "devices", "bench"}) {
    EXPECT_THAT(help.out, HasSubstr("\n  " + command + " "));
    const auto own = run_program({command, "--help"});
    EXPECT_EQ(own.exit_code, 0) << command;
    EXPECT_EQ(own.err, "") << command;
    EXPECT_THAT(own.out, HasSubstr("--help"));
  }
  const auto sweep = run_program({"sweep", "--help"}).out;
  Optimizers::for_each([&]<class O>() {
    EXPECT_THAT(sweep, HasSubstr(std::string(O::name)));
    for (const Parameter& parameter : O::hyperparameters)
      EXPECT_THAT(sweep, HasSubstr("--" + std::string(parameter.name)));
  });
}

TEST(CommandLineVersion, IsTheProgramAndANumber) {
  const auto outcome = run_program({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, testing::MatchesRegex("lrscape [0-9]+\\.[0-9]+\\.[0-9]+ \\(.+\\)\n"));
}

// ---- errors

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
  expect_refusal(sweep(options + " --device gpu", "r.zarr"), {"gpu", "cpu"});
  expect_refusal(sweep(options + " --simd sse9", "r.zarr"), {"sse9", "plain"});
  expect_refusal(run_program(words("sweep " + options)), {"--out"});
  expect_refusal(run_program({"show", path("none.zarr")}), {path("none.zarr")});
  expect_refusal(run_program({"export", path("none.zarr")}), {path("none.zarr")});
  expect_refusal(run_program({"export"}), {"result"});
  EXPECT_TRUE(nothing_written());
  const auto result = made(options, "r.zarr");
  expect_refusal(run_program({"export", result.string(), "--format", "xml"}), {"csv", "xml"});
  expect_refusal(run_program({"show", result.string(), "--slope-range", "2"}), {"low:high"});
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
    // Above all, no message in a file of the result.
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
                 {"--lr: '1?2?[31m' is not a number"});
  expect_refusal(run_program({"sweep", "--op\ntimizer"}), {"'--op?timizer'"});
}

// ---- values

/// The options of a command that take a value, as its help names them.
Words options_with_value(const std::string& command) {
  const auto help = run_program({command, "--help"}).out;
  const std::regex option("\\n  (--[a-z0-9-]+) (TEXT|INT|FLOAT)");
  Words options;
  for (std::sregex_iterator found(help.begin(), help.end(), option), end; found != end; ++found)
    options.push_back((*found)[1]);
  return options;
}

TEST(CommandLineValues, AreRefusedWhenEmptyByTheOptionsName) {
  std::size_t count = 0;
  for (const std::string command : {"sweep", "show", "export", "bench", "bound", "extend"})
    for (const auto& option : options_with_value(command)) {
      SCOPED_TRACE(command + " " + option);
      for (const Words& given : {Words{option + "="}, Words{option, ""}})
        expect_refusal(run_program(Words{command} + given), {option.substr(2), "'"});
      ++count;
    }
  EXPECT_GT(count, 50U);
}

TEST_F(CommandLine, RefusesAnEmptyNumberAsNoNumber) {
  for (const std::string option : {"noise", "density", "data-seed", "threads", "epochs", "beta1"}) {
    // Nor is what stands behind it its value.
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

// ---- dry run

TEST_F(CommandLine, DryRunWritesNothingAndNamesTheNumberOfRuns) {
  // An epoch has three steps, all three nine: a warmup of seven is longer than an epoch.
  for (const std::string schedule : {"constant", "cosine:warmup=7", "wsd:cooldown=0.5,warmup=4"}) {
    const auto outcome =
        sweep(tiny + " --optimizer adamw-pt,sgd --dry-run --schedule " + schedule, "r.zarr");
    EXPECT_EQ(outcome.exit_code, 0) << schedule << ": " << outcome.err;
    EXPECT_THAT(
        outcome.out,
        HasSubstr("2 optimizers x 6 learning rates x 5 weight decays x 2 seeds = 120 runs"));
    EXPECT_THAT(outcome.out, HasSubstr("3 epochs of 3 steps, batch 4, " +
                                       schedule.substr(0, schedule.find(':'))));
    EXPECT_THAT(outcome.out,
                AllOf(HasSubstr("CPU, 2 threads"), HasSubstr("memory"), HasSubstr("\ntime ")));
    EXPECT_TRUE(nothing_written());
  }
  EXPECT_EQ(run_program(words("sweep --optimizer sgd --dry-run " + tiny)).exit_code, 0)
      << "needs no --out";
}

TEST_F(CommandLine, DryRunTellsTheSpaceOfEveryOptimizer) {
  const std::string wide =
      "--n 12 --n-val 8 --d 1500 --batch 4 --lr 1e-6:1e-4:6 --wd 0 --device cpu";
  const auto space = [&](const std::string& options) {
    const auto out = sweep(wide + " --dry-run " + options, "r.zarr").out;
    const auto begin = out.find("\nspace ");
    return begin == std::string::npos ? "" : out.substr(begin, out.find('\n', begin + 1) - begin);
  };
  const auto in_gram = AllOf(HasSubstr("adamw-pt by weights (1,500 a run)"),
                             HasSubstr("sgd in Gram space (12 a run)"));
  EXPECT_THAT(space("--optimizer adamw-pt,sgd"), in_gram);
  EXPECT_THAT(space("--optimizer adamw-pt,sgd --gram auto"), in_gram);
  EXPECT_THAT(space("--optimizer sgd --gram on"), HasSubstr("sgd in Gram space"));
  EXPECT_THAT(space("--optimizer adamw-pt,sgd --gram off"),
              HasSubstr("sgd by weights (1,500 a run)"));
}

// ---- the same bits

TEST_F(CommandLine, WritesTheSameStoreOnAnyNumberOfThreads) {
  const auto options = tiny + " --optimizer adamw-pt,sgd --record epoch --quiet --threads ";
  const auto one = made(options + "1", "1.zarr");
  for (const std::string threads : {"2", "16"}) {
    SCOPED_TRACE(threads);
    expect_same_store(made(options + threads, threads + ".zarr"), one);
  }
}

TEST_F(CommandLine, WritesTheSameStoreWithEveryInstructionSet) {
  const auto options = tiny + " --optimizer adamw-pt,sgd --momentum 0.9 --record epoch";
  const auto best = made(options, "best.zarr", {{"LRSCAPE_SIMD", ""}});
  for (const auto* code : cpu::implementations()) {
    const std::string name(code->name);
    SCOPED_TRACE(name);
    const auto outcome = sweep(options, name + ".zarr", {{"LRSCAPE_SIMD", name}});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.err, HasSubstr("CPU, 2 threads, " + name + "\n"));
    expect_same_store(folder / (name + ".zarr"), best);
  }
  expect_refusal(sweep(options, "r.zarr", {{"LRSCAPE_SIMD", "sse9"}}), {"sse9", "plain"});
  const auto flag = sweep(options + " --simd plain", "flag.zarr", {{"LRSCAPE_SIMD", "sse9"}});
  EXPECT_THAT(flag.err, HasSubstr("threads, plain\n")) << "the command line beats the environment";
}

TEST_F(CommandLine, FillsAResultShardByShard) {
  const auto options = tiny + " --optimizer adamw-pt,sgdw --train-loss --quiet";
  const auto whole = made(options, "whole.zarr");
  const auto parts = made(options + " --shard 1/2", "parts.zarr");
  const auto half = read_result(parts).status;
  EXPECT_EQ(std::count(half.begin(), half.end(), RunStatus::not_run), 60);
  made(options + " --shard 2/2", "parts.zarr");
  expect_same_store(parts, whole);
}

TEST_F(CommandLine, FillsOneResultByThreeProcessesAtOnce) {
  const auto options =
      problem + " --lr 1e-3:1:3 --wd 0 --seeds 12 --optimizer adamw-pt,sgd --quiet --threads 1";
  const auto alone = made(options, "alone.zarr");
  for (const std::string name : {"first.zarr", "second.zarr"}) {
    std::vector<std::unique_ptr<Program>> programs;
    for (int k = 0; k < 3; ++k)
      programs.push_back(std::make_unique<Program>(Words{"sweep"} + last_of_each(options) +
                                                   Words{"--out", path(name)}));
    for (const auto& program : programs) {
      const auto outcome = program->wait();
      EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }
    expect_same_store(folder / name, alone);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 3) << "left something beside them";
}

// ---- optimizers

TEST_F(CommandLine, GivesEachOptimizerItsOwnHyperparameters) {
  const auto refused = sweep(tiny + " --optimizer adamw-pt --momentum 0.9", "r.zarr");
  expect_refusal(refused, {"--momentum", "adamw-pt"});
  EXPECT_TRUE(nothing_written());

  const auto both =
      made(tiny + " --optimizer adamw-pt,sgd --momentum 0.9 --nesterov --beta1 0.8", "both.zarr");
  const json optimizers = configuration_of(both)["optimizers"];
  EXPECT_EQ(optimizers[0]["name"], "adamw-pt");
  EXPECT_EQ(optimizers[0]["beta1"], 0.8);
  EXPECT_FALSE(optimizers[0].contains("momentum"));
  EXPECT_EQ(optimizers[1]["name"], "sgd");
  EXPECT_EQ(optimizers[1]["momentum"], 0.9);
  EXPECT_EQ(optimizers[1]["nesterov"], 1);
  EXPECT_FALSE(optimizers[1].contains("beta1"));

  // The map of each is that of a sweep of its own.
  const auto adam = made(tiny + " --optimizer adamw-pt --beta1 0.8", "adam.zarr");
  const auto sgd = made(tiny + " --optimizer sgd --momentum 0.9 --nesterov", "sgd.zarr");
  auto losses = read_result(adam).validation_loss;
  const auto more = read_result(sgd).validation_loss;
  losses.insert(losses.end(), more.begin(), more.end());
  EXPECT_EQ(read_result(both).validation_loss, losses);
  const auto plain = made(tiny + " --optimizer sgd", "plain.zarr");
  EXPECT_NE(read_result(plain).validation_loss, more) << "the momentum was to matter";

  expect_refusal(sweep(tiny + " --optimizer sgd --momentum 1", "r.zarr"), {"momentum", "1"});
  expect_refusal(sweep(tiny + " --optimizer sgd --nesterov", "r.zarr"), {"nesterov", "momentum"});
}

// ---- data from files

struct Table {
  std::vector<std::vector<double>> features;
  std::vector<double> targets;
};

/// Rows of three features, of very unequal scale, and a target.
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

/// The validation loss after one step of gradient descent from 0 over all training rows.
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
  /// A loss in double is a sum of some dozen products: 1e-12 is a thousand roundings.
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
  const json here = json::parse(csv.attributes), there = json::parse(npy.attributes);
  EXPECT_EQ(here["configuration"], there["configuration"]);
  EXPECT_EQ(here["configuration"]["train_rows"], 10);
  EXPECT_EQ(here["configuration"]["validation_rows"], 4);
  EXPECT_EQ(here["configuration"]["features"], 3);
  EXPECT_THAT(here["problem"].get<std::string>(),
              AllOf(HasSubstr(path("train.csv")), HasSubstr(path("val-targets.csv"))));
}

TEST_F(CommandLineData, HoldsOutAPartOfTheRows) {
  const Table all = table(12, 0);
  write_table("all", all);
  // With a learning rate of nearly nothing the weights stay at 0, and a loss is the mean square of
  // its targets: those held out and those not are together all of them.
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

// ---- configuration files

class ConfigFile : public CommandLine {
 protected:
  /// `lrscape sweep --config`, with the file's text.
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
slope-range = "1:2"
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
  // The library knows no options, but what it names is one.
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
    expect_refusal(run_program(arguments), {"--config goes after the command", file});
  expect_refusal(run_program({"devices", "--config", file}), {"devices takes no --config"});
}

TEST_F(ConfigFile, TakesNoHelpAndNoFurtherFile) {
  expect_refused("help = true\n", {"help", "command line"}, complete());
  expect_refused("config = \"more.toml\"\n", {"config", "command line"}, complete());
}

TEST_F(ConfigFile, TakesNoTableForAValue) {
  expect_refused("epochs = {a = 1}\n", {"epochs must be a string, a number or a list"}, complete());
  expect_refused("[batch]\nsize = 1\n", {"batch must be a string, a number or a list"}, complete());
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
  // In vain even for an option that the command line gives.
  expect_refused("[sweep.lr]\nmomentum = 0.9\n", {"lr"}, complete());
}

TEST_F(ConfigFile, RefusesValuesOfTheWrongKind) {
  const auto refused = [&](const std::string& toml, const Words& parts) {
    SCOPED_TRACE(toml);
    // Everything but what the file is to give.
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
