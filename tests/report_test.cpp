#include "lrscape/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "lrscape/store.hpp"
#include "report/encoding.hpp"
#include "report/map_arrays.hpp"
#include "reported.hpp"
#include "stored_sweep.hpp"

namespace lrscape::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::ThrowsMessage;

class ReportPages : public Store {
 protected:
  ReportPage page(const ReportOptions& options = {}) const {
    const std::vector<std::filesystem::path> results = {where()};
    return report_page(results, options);
  }
  /// The first map of the page.
  nlohmann::json map() const { return described(page().html)["results"][0]["maps"][0]; }
};

TEST(ReportArrays, ComeWithTheLowestBytesFirst) {
  const std::string bytes = "abcdef";
  EXPECT_EQ(shuffled(std::as_bytes(std::span(bytes)), 2), "acebdf");
  EXPECT_EQ(shuffled(std::as_bytes(std::span(bytes)), 3), "adbecf");
}

TEST(ReportArrays, OfNothingAreNotEmpty) {
  // An empty DEFLATE block still has a header, and base64 comes in groups of four.
  EXPECT_GT(packed(std::string_view()).size(), 0U);
  EXPECT_EQ(packed(std::string_view("x")).size() % 4, 0U);
}

TEST_F(ReportPages, HoldEveryMapWithItsAxes) {
  const Sweep sweep = sweep_of({});
  make(sweep);
  const auto description = described(page().html);
  const auto& result = description["results"][0];
  EXPECT_EQ(result["maps"].size(), 2U);
  EXPECT_EQ(result["learning_rates"], nlohmann::json(sweep.learning_rates));
  EXPECT_EQ(result["weight_decays"], nlohmann::json(sweep.weight_decays));
  EXPECT_EQ(result["seeds"], nlohmann::json({7, 8}));
  EXPECT_EQ(result["attributes"]["command_line"], "words");
  EXPECT_EQ(result["attributes"]["configuration"]["kind"], "sweep");
}

TEST_F(ReportPages, AreTheSameForAResultInMemory) {
  make(sweep_of({}));
  const ReportPage read = page();
  EXPECT_EQ(report_page({{where().string(), read_result(where())}}).html, read.html);
}

TEST_F(ReportPages, HoldLossCurvesOnlyOfSweepsThatRecordedThem) {
  make(sweep_of({}));
  EXPECT_TRUE(map()["curves"].is_null());
  std::filesystem::remove_all(where());
  Shape shape;
  shape.record_epochs = true;
  make(sweep_of(shape));
  EXPECT_EQ(map()["curves"]["epochs"], nlohmann::json({1, 2, 3}));
}

TEST_F(ReportPages, ShowAnUnfinishedResultForWhatItHas) {
  const Sweep sweep = sweep_of({});
  create(sweep, {2, 2, 1});
  {
    StoreSink store = open(sweep);
    take(store, sweep, all_units(store, sweep).front());
  }
  // The first unit has 2 x 2 cells with one of two seeds each; there are 6 x 5 cells.
  const auto sentences = map()["answers"]["sentences"].get<std::vector<std::string>>();
  EXPECT_THAT(sentences, Contains(HasSubstr("4 of 60 runs done")));
  EXPECT_THAT(sentences, Contains(HasSubstr("mean of 1 of 2 seeds")));
}

TEST_F(ReportPages, ShowAResultWithoutASingleRun) {
  open(sweep_of({}));
  const auto found = map();
  EXPECT_TRUE(found["answers"]["best"].is_null());
  EXPECT_EQ(found["answers"]["runs"]["done"], 0);
  EXPECT_TRUE(described(page().html)["scales"]["all"]["mean"]["low"].is_null());
}

TEST(ReportBudget, LeavesOutSeedsButNotTheirExtremes) {
  const LossMap map({1}, {1}, {0, 1, 2}, {3, 1, 2});
  Page all, some;
  EXPECT_TRUE(cells_json(map, Precision::fp32, 3 * sizeof(float), all).contains("losses"));
  EXPECT_TRUE(all.left_out().empty());
  const Json json = cells_json(map, Precision::fp32, 3 * sizeof(float) - 1, some);
  EXPECT_FALSE(json.contains("losses"));
  EXPECT_TRUE(json.contains("least") && json.contains("most"));
  EXPECT_EQ(some.left_out().size(), 1U);
}

TEST(ReportBudget, LeavesOutEpochsButNotTheFirstAndTheLast) {
  Result result;
  result.optimizers = {"sgd"};
  result.learning_rates = result.weight_decays = {1};
  result.seeds = {0, 1};
  for (std::int64_t epoch = 1; epoch <= 10; ++epoch) result.epochs.push_back(epoch);
  result.validation_loss.assign(20, 1);
  result.status.assign(2, RunStatus::ok);
  constexpr std::size_t bytes_of_mean = 2 * sizeof(float), bytes_of_seeds = 2 * sizeof(float);
  const auto curves = [&](std::size_t most_bytes) {
    Page page;
    Json json = curves_json(result, 0, most_bytes, page);
    json["left_out"] = page.left_out().size();
    return json;
  };
  const Json all = curves(10 * (bytes_of_mean + bytes_of_seeds));
  EXPECT_TRUE(all.contains("losses"));
  EXPECT_EQ(all["left_out"], 0);
  const Json means = curves(10 * bytes_of_mean);
  EXPECT_FALSE(means.contains("losses"));
  EXPECT_EQ(means["epochs"].size(), 10U);
  EXPECT_EQ(means["left_out"], 1);
  // Every fourth epoch, the first and the last.
  const Json some = curves(4 * bytes_of_mean);
  EXPECT_EQ(some["epochs"], Json({1, 4, 8, 10}));
  EXPECT_EQ(some["left_out"], 2);
}

TEST_F(ReportPages, NeedAResult) {
  EXPECT_THAT([] { report_page(std::vector<NamedResult>()); },
              ThrowsMessage<InputError>(HasSubstr("at least one result")));
}

TEST_F(ReportPages, LeaveNoWayOutForAHostileTitle) {
  make(sweep_of({}));
  const std::string plain = page({"title", "words"}).html;
  const std::string hostile = "</script></title><script>alert(1)</script><!-- data --> & \xff";
  const std::string html = page({hostile, hostile}).html;
  const auto count = [](const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(html.find("<script>alert"), html.npos);
  for (const std::string part : {"<script", "</script", "</title", "<!-- "})
    EXPECT_EQ(count(html, part), count(plain, part)) << part;
  // Invalid bytes become U+FFFD; the rest is kept.
  EXPECT_EQ(described(html)["title"], hostile.substr(0, hostile.size() - 1) + "\uFFFD");
}

TEST_F(ReportPages, RefuseAResultThatIsGivenTwice) {
  make(sweep_of({}));
  const std::filesystem::path again = folder / "again";
  std::filesystem::create_directory_symlink(where(), again);
  const std::vector<std::filesystem::path> twice = {where(), again};
  EXPECT_THAT([&] { report_page(twice); },
              ThrowsMessage<InputError>(HasSubstr("again is given twice")));
}

TEST_F(ReportPages, FillAnEmptyFileAndFollowALink) {
  make(sweep_of({}));
  const auto file = folder / "report.html", link = folder / "link.html";
  put(file, "");
  std::filesystem::create_symlink("report.html", link);
  write_report(link, page({"first", ""}));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(described(bytes_of(file))["title"], "first");
}

TEST_F(ReportPages, StayOutOfResults) {
  make(sweep_of({}));
  for (const auto& file : {where() / "report.html", where() / "validation_loss" / "report.html"}) {
    EXPECT_THAT([&] { write_report(file, page()); },
                ThrowsMessage<InputError>(HasSubstr("lies inside a result")));
    EXPECT_FALSE(std::filesystem::exists(file));
  }
}

TEST_F(ReportPages, ReplaceOnlyAnEarlierReport) {
  make(sweep_of({}));
  const auto file = folder / "report.html";
  write_report(file, page({"first", ""}));
  write_report(file, page({"second", ""}));
  EXPECT_EQ(described(bytes_of(file))["title"], "second");
  put(file, "my notes");
  EXPECT_THAT([&] { write_report(file, page()); },
              ThrowsMessage<InputError>(HasSubstr("is not a report")));
  EXPECT_EQ(bytes_of(file), "my notes");
}

}  // namespace
}  // namespace lrscape::test
