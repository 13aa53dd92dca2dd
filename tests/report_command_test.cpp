#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "command_line.hpp"
#include "reported.hpp"

namespace lrscape::test {
namespace {

using testing::HasSubstr;

class ReportCommand : public ProgramInFolder {
 protected:
  void sweep(const std::string& out, const std::string& options) const {
    expect_done(words("sweep --quiet --out " + out) + last_of_each(problem + " " + options));
  }
  /// Writes a report of the results and returns its description.
  nlohmann::json report(const std::string& results) const {
    const Outcome outcome = run(words("report " + results + " --out report.html"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "");
    return described(bytes_of(folder / "report.html"));
  }
};

const std::string two_optimizers = grid + " --optimizer adamw-pt,sgd";

TEST_F(ReportCommand, SaysOfEachMapWhatShowSays) {
  sweep("map.zarr", two_optimizers);
  const auto maps = report("map.zarr")["results"][0]["maps"];
  const auto shown = nlohmann::json::parse(run(words("show map.zarr --json")).out)["results"];
  ASSERT_EQ(maps.size(), 2U);
  for (std::size_t k = 0; k < maps.size(); ++k) {
    auto answers = maps[k]["answers"];
    EXPECT_GT(answers["sentences"].size(), 0U);
    answers.erase("sentences");
    EXPECT_EQ(answers, shown[k]);
  }
}

TEST_F(ReportCommand, ComparesResultsWithCommonCells) {
  sweep("a.zarr", grid + " --optimizer adamw-pt");
  sweep("b.zarr", grid + " --optimizer adamw-pt --schedule cosine");
  sweep("c.zarr", "--lr 5 --wd 7 --seeds 2 --optimizer adamw-pt");
  const auto comparisons = report("a.zarr b.zarr c.zarr")["comparisons"];
  ASSERT_EQ(comparisons.size(), 1U);
  EXPECT_EQ(comparisons[0]["first"], "a.zarr  adamw-pt");
  EXPECT_EQ(comparisons[0]["second"], "b.zarr  adamw-pt");
  EXPECT_EQ(comparisons[0]["warning"], "");
}

TEST_F(ReportCommand, KeepsTheCommandsThatMadeThePage) {
  sweep("map.zarr", grid + " --optimizer adamw-pt");
  const auto description = report("map.zarr");
  EXPECT_EQ(description["command_line"], "lrscape report map.zarr --out report.html");
  EXPECT_THAT(description["results"][0]["attributes"]["command_line"].get<std::string>(),
              HasSubstr("--lr 1e-3:1:5,1e30"));
}

TEST_F(ReportCommand, ShowsMapsInWhichEveryCellDiverged) {
  sweep("map.zarr", "--lr 1e30,2e30 --wd 0,1 --seeds 2 --optimizer sgd");
  const auto description = report("map.zarr");
  EXPECT_TRUE(description["scales"]["all"]["mean"]["low"].is_null());
  const auto& answers = description["results"][0]["maps"][0]["answers"];
  EXPECT_TRUE(answers["best"].is_null());
  EXPECT_EQ(answers["runs"]["diverged"], 8);
}

TEST_F(ReportCommand, ShowsASingleCellWithASingleSeedWithoutErrors) {
  sweep("map.zarr", "--lr 0.1 --wd 0.1 --seeds 1 --optimizer adamw-pt");
  const auto description = report("map.zarr");
  EXPECT_TRUE(description["scales"]["all"]["error"]["low"].is_null());
  const auto& best = description["results"][0]["maps"][0]["answers"]["best"];
  EXPECT_TRUE(best["standard_error"].is_null());
  EXPECT_EQ(description["scales"]["all"]["mean"]["low"], best["loss"]);
  for (const std::string range : {"least", "most"})
    for (const std::string end : {"low", "high"})
      EXPECT_EQ(description["scales"]["all"][range][end], best["loss"]) << range << " " << end;
}

TEST_F(ReportCommand, ShowsBoundsBestFirst) {
  expect_done(words("bound --schedule constant --schedule linear --steps 100 --csv --out b.zarr"));
  const auto best = report("b.zarr")["results"][0]["best"];
  ASSERT_EQ(best.size(), 2U);
  EXPECT_EQ(best[0]["schedule"], "linear");
  // 1 / sqrt(T (1 + H_{T-1})) for a constant schedule, and Omega = 2 sqrt(a b) with a = 1 / (2 T),
  // b = (1 + H_{T-1}) / 2.
  double harmonic = 0;
  for (int k = 1; k < 100; ++k) harmonic += 1.0 / k;
  EXPECT_NEAR(best[1]["gamma_opt"].get<double>(), 1 / std::sqrt(100 * (1 + harmonic)), 1e-14);
  EXPECT_NEAR(best[1]["omega_opt"].get<double>(), std::sqrt((1 + harmonic) / 100), 1e-14);
}

// A constant schedule has Omega = 1 / (2 gamma T) + gamma (1 + H_{T-1}) / 2: at T = 10 it is 0.691
// for gamma = 0.1 and 0.633 for 0.2, at T = 100 it is 0.359 and 0.643.
TEST_F(ReportCommand, ShowsTheBestGammaOfEachNumberOfSteps) {
  expect_done(words("bound --schedule constant --steps 10,100 --gamma 0.1,0.2 --csv --out b.zarr"));
  const auto best = report("b.zarr")["results"][0]["best"];
  ASSERT_EQ(best.size(), 2U);
  EXPECT_EQ(best[0]["steps"], 100);
  EXPECT_EQ(best[0]["gamma"], 0.1);
  EXPECT_EQ(best[1]["steps"], 10);
  EXPECT_EQ(best[1]["gamma"], 0.2);
}

TEST_F(ReportCommand, RefusesWithoutWritingAnything) {
  sweep("map.zarr", grid + " --optimizer adamw-pt");
  std::filesystem::create_directory(folder / "folder");
  expect_refused(words("report map.zarr"), {"--out"});
  expect_refused(words("report --out a.html"), {"RESULT"});
  expect_refused(words("report none.zarr --out a.html"), {"none.zarr"});
  expect_refused(words("report map.zarr --out folder"), {"folder", "not a file"});
  expect_refused(words("report map.zarr --out map.zarr/zarr.json"), {"zarr.json", "not a report"});
  expect_refused(words("report map.zarr --out nowhere/a.html"), {"nowhere"});
}

TEST_F(ReportCommand, LeavesNothingBehindOnAFullDisk) {
  sweep("map.zarr", grid + " --optimizer adamw-pt");
  const rlim_t fewer_bytes_than_a_page = 10'000;
  expect_refused(words("report map.zarr --out a.html"), {"/a.html cannot be written"}, 1,
                 [&] { set_limit(RLIMIT_FSIZE, fewer_bytes_than_a_page); });
}

TEST_F(ReportCommand, SaysWhatThePageLeavesOut) {
  expect_done(words("bound --schedule constant --steps 5000 --anytime --csv --out b.zarr"));
  const Outcome outcome = run(words("report b.zarr --out report.html"));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr(" of 5,000 horizons of b.zarr"));
  const auto horizons = described(bytes_of(folder / "report.html"))["results"][0]["horizons"];
  EXPECT_EQ(horizons.front(), 1);
  EXPECT_EQ(horizons.back(), 5000);
}

}  // namespace
}  // namespace lrscape::test
