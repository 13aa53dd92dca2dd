#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "lrscape/store.hpp"
#include "store/zarr.hpp"

namespace lrscape::test {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

using ResultCommands = CommandLine;

/// The bits of the number as it was stored: a float in an fp32 sweep, a double in an fp64 sweep.
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

std::string text_of(RunStatus status) {
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
    // fmt finds the shortest digits by another algorithm. Its notation is never shorter than ours.
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
            EXPECT_EQ(fields.back(), text_of(result.status[run]));
          }
          ++run;
        }
}

TEST_F(ResultCommands, ExportsCsvThatReadsBackToTheStoredBits) {
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

TEST_F(ResultCommands, ExportsJsonWithNullForWhatIsNotFinite) {
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
  // Reading a double and rounding it to float gives the stored float, unless the text lies within
  // 2^-53 of the midpoint of two floats. Shortest texts do not.
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
    EXPECT_EQ(row.at("status"), text_of(read.status[run]));
    expect_loss(row.at("validation_loss"), read.validation_loss[k]);
    expect_loss(row.at("train_loss"), read.train_loss[k]);
  }
  EXPECT_GT(nulls, 0U);
  EXPECT_LT(nulls, rows.size());
}

TEST_F(ResultCommands, ExportNamesRunsThatWereNotMade) {
  const auto result =
      made(tiny + " --lr 1e-3:1:7,1e30 --wd 0,1e-3:1:7 --optimizer sgd --shard 1/2", "r.zarr");
  const auto csv = run_program({"export", result.string()}).out;
  expect_csv(csv, read_result(result));
  EXPECT_THAT(csv, HasSubstr(",nan,not_run\n"));
  const auto text = run_program({"export", result.string(), "--format", "json"}).out;
  const json rows = json::parse(text)["rows"];
  EXPECT_EQ(std::count_if(rows.begin(), rows.end(),
                          [](const json& row) {
                            return row["status"] == "not_run" && row["validation_loss"].is_null();
                          }),
            64);
}

TEST_F(ResultCommands, RecordedCurvesEndWhereTheFinalLossesAre) {
  const auto options = tiny + " --optimizer adamw-lh";
  const auto curves = read_result(made(options + " --record epoch", "curves.zarr"));
  const auto ends = read_result(made(options, "ends.zarr"));
  EXPECT_EQ(curves.epochs, (std::vector<std::int64_t>{1, 2, 3}));
  ASSERT_EQ(curves.validation_loss.size(), 3 * ends.validation_loss.size());
  for (std::size_t run = 0; run < ends.run_count(); ++run)
    EXPECT_EQ(curves.validation_loss[3 * run + 2], ends.validation_loss[run]);
}

TEST_F(ResultCommands, ShowDrawsAMapWithItsBestCellAndNoEscapeCodes) {
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
  double error = 0;  // Of the mean of two: half their difference.
  std::size_t best_cell = 0, diverged = 0;
  for (std::size_t cell = 0; cell < 30; ++cell) {
    const double* const losses = &result.validation_loss[2 * cell];
    const double mean = (losses[0] + losses[1]) / 2;
    if (mean < best) {
      best = mean;
      error = std::abs(losses[0] - losses[1]) / 2;
      best_cell = cell;
    }
  }
  const int decimals = 1 - static_cast<int>(std::floor(std::log10(error)));
  for (const auto status : result.status)
    if (status == RunStatus::diverged) ++diverged;
  EXPECT_THAT(
      outcome.out,
      HasSubstr(fmt::format("best validation loss {:.{}f} +- {:.{}f} at lr {:.4g} wd "
                            "{:.4g}, mean of 2 seeds\n",
                            best, decimals, error, decimals, result.learning_rates[best_cell / 5],
                            result.weight_decays[best_cell % 5])));
  EXPECT_THAT(outcome.out, HasSubstr(fmt::format("{} of 60 runs diverged\n", diverged)));
}

TEST_F(ResultCommands, ShowDrawsAMapForEachOptimizerAndResult) {
  const auto a = made(tiny + " --optimizer sgd,adamw-pt", "a.zarr");
  const auto b = made(tiny + " --optimizer sgd --shard 2/2", "b.zarr");
  const auto outcome = run_program({"show", a.string(), b.string()});
  EXPECT_EQ(outcome.exit_code, 0);
  std::size_t maps = 0;
  for (const auto& line : split(outcome.out, '\n'))
    if (line.find(" of 60 runs d") != std::string::npos) ++maps;
  EXPECT_EQ(maps, 3U);
}

TEST_F(ResultCommands, ShowDrawsTheSeedsThatHaveRun) {
  // Two units: all 64 cells of the first seed, then all 64 of the second.
  const auto half =
      made(tiny + " --lr 1e-3:1:7,1e30 --wd 0,1e-3:1:7 --optimizer sgd --shard 1/2", "half.zarr");
  const Result result = read_result(half);
  double best = std::numeric_limits<double>::infinity();
  std::size_t diverged = 0;
  for (std::size_t cell = 0; cell < 64; ++cell) {
    EXPECT_NE(result.status[2 * cell], RunStatus::not_run) << cell;
    EXPECT_EQ(result.status[2 * cell + 1], RunStatus::not_run) << cell;
    best = std::min(best, result.validation_loss[2 * cell]);
    if (result.status[2 * cell] == RunStatus::diverged) ++diverged;
  }
  const auto outcome = run_program({"show", half.string()});
  EXPECT_THAT(outcome.out, HasSubstr(fmt::format("best validation loss {:.4g} at lr ", best)));
  EXPECT_THAT(outcome.out, HasSubstr(", mean of 1 of 2 seeds\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr(fmt::format("64 of 128 runs done, {} of them diverged\n", diverged)));
  EXPECT_THAT(outcome.out, Not(HasSubstr("nothing has run")));
}

/// Replaces the names of the optimizers of a result.
void rename_optimizers(const std::filesystem::path& result, const std::vector<std::string>& names) {
  std::ofstream(result / "optimizer" / "c.0", std::ios::binary)
      << zarr::with_checksum(zarr::encode_strings(names));
}

TEST_F(ResultCommands, QuotesAndEscapesNamesThatComeFromAResult) {
  const auto result = made(problem + " --lr 0.1 --wd 0 --optimizer sgd,sgdw", "r.zarr");
  // A line break, a quotation mark, an escape code, a right-to-left override and invalid UTF-8.
  rename_optimizers(result, {"a,\"b\"\n", "\x1b[31m\xe2\x80\xae\xff"});
  const auto csv = run_program({"export", result.string()});
  EXPECT_EQ(csv.exit_code, 0) << csv.err;
  EXPECT_THAT(csv.out, HasSubstr("status\n\"a,\"\"b\"\"\n\",0.1,0,0,"));
  EXPECT_THAT(csv.out, HasSubstr("\n\x1b[31m\xe2\x80\xae\xff,0.1,0,0,"))
      << "a file gets what is there";
  const auto text = run_program({"export", result.string(), "--format", "json"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr(R"("\u001b[31m\u202e\ufffd")"));
  EXPECT_EQ(json::parse(text.out)["rows"][0]["optimizer"], "a,\"b\"\n");
  const auto shown = run_program({"show", result.string()}, {{"LC_ALL", "C.UTF-8"}});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("  a,\"b\"\\x0a\n"));
  EXPECT_THAT(shown.out, HasSubstr("  \\x1b[31m\\xe2\\x80\\xae\\xff\n"));
}

TEST_F(ResultCommands, ExportsJsonWithNullForCoordinatesThatAreNotFinite) {
  const auto result = made(problem + " --lr 0.1 --wd 0 --optimizer sgd", "r.zarr");
  for (const auto& [axis, value] :
       {std::pair{"learning_rate", std::nan("")}, std::pair{"weight_decay", HUGE_VAL}}) {
    std::ofstream(result / axis / "c.0", std::ios::binary)
        << zarr::with_checksum({reinterpret_cast<const char*>(&value), sizeof(value)});
    const auto text = run_program({"export", result.string(), "--format", "json"});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    const json row = json::parse(text.out)["rows"][0];
    EXPECT_TRUE(row[axis].is_null()) << text.out;
  }
}

TEST_F(ResultCommands, TakesAResultBehindTheEndOfTheOptions) {
  const auto result = made(problem + " --lr 0.1 --wd 0 --optimizer sgd", "-r.zarr");
  for (const std::string command : {"show", "export"}) {
    const auto outcome = run_program({command, "--", result.string()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, run_program({command, result.string()}).out);
    Program program({command, "--", "-r.zarr"}, {}, [&] { std::filesystem::current_path(folder); });
    EXPECT_EQ(program.wait().exit_code, 0);
  }
}

}  // namespace
}  // namespace lrscape::test
