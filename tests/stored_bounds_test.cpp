#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "lrscape/error.hpp"

namespace lrscape::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Results of `lrscape bound`, read by the program.
class StoredBoundsTest : public CommandLine {
 protected:
  std::string out(const std::string& command) const {
    const Outcome outcome = Program(words(command), {{"LC_ALL", "C"}}, in_folder()).wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
};

TEST_F(StoredBoundsTest, ExportPrintsWhatBoundPrints) {
  for (const std::string options :
       {"--schedule cosine --schedule wsd:cooldown=0.2,0.5 --steps 30,60",
        "--schedule linear --schedule cosine --steps 20 --anytime",
        "--schedule linear --steps 20,40 --at 10,20 --gamma 1e-2,0.1"}) {
    SCOPED_TRACE(options);
    std::filesystem::remove_all(folder / "b.zarr");
    out("bound " + options + " --quiet --out b.zarr");
    EXPECT_EQ(out("export b.zarr"), out("bound " + options + " --csv"));
    const json stored = json::parse(out("export b.zarr --format json"))["rows"];
    const json printed = json::parse(out("bound " + options + " --json"))["rows"];
    ASSERT_EQ(stored.size(), printed.size());
    for (std::size_t k = 0; k < stored.size(); ++k)
      for (const std::string key : {"steps", "t", "gamma", "omega", "gamma_opt", "omega_opt"})
        EXPECT_EQ(stored[k][key], printed[k][key]);
  }
}

TEST_F(StoredBoundsTest, ShowListsTheBestAndDrawsThemOverTheHorizons) {
  out("bound --schedule constant --schedule linear --steps 50 --quiet --out b.zarr");
  const std::string table = out("show b.zarr");
  EXPECT_THAT(table, HasSubstr("\nlinear "));
  EXPECT_LT(table.find("\nlinear "), table.find("\nconstant "));  // Linear decay is better.
  out("bound --schedule sqrt --steps 50 --anytime --quiet --out a.zarr");
  const std::string curve = out("show a.zarr");
  EXPECT_THAT(curve, HasSubstr("horizon t\n"));
  EXPECT_THAT(curve, HasSubstr("gamma_opt of each t\n"));
  out("bound --schedule wsd:cooldown=0.1:0.9:30 --steps 50 --quiet --out c.zarr");
  EXPECT_THAT(out("show c.zarr"), HasSubstr("the best 20 of 30; lrscape export prints all"));
  expect_refused(words("show b.zarr --lr 1"), {"b.zarr holds bounds"});
  expect_refused(words("show b.zarr a.zarr none.zarr"), {"none.zarr"});  // Nothing is printed.
  expect_refused(words("slice b.zarr"), {"b.zarr is a result of lrscape bound, not of a sweep"});
}

TEST_F(StoredBoundsTest, ShowNamesTheBoundOnTheAxisOfACurve) {
  out("bound --schedule sqrt --steps 50 --anytime --quiet --out a.zarr");
  const std::string curve = out("show a.zarr");
  EXPECT_THAT(curve, HasSubstr("omega\n"));
  EXPECT_THAT(curve, testing::Not(HasSubstr("loss")));
}

TEST_F(StoredBoundsTest, ShowPrintsTheBestAsJsonBesideTheAnswersOfSweeps) {
  out("bound --schedule constant --schedule linear --steps 10,20 --quiet --out b.zarr");
  out("sweep " + tiny + " --optimizer adamw-pt --quiet --out a.zarr");
  std::vector<json> rows = json::parse(out("export b.zarr --format json"))["rows"];
  std::ranges::sort(rows, {}, [](const json& row) { return row["omega"].get<double>(); });
  for (const std::string results : {"a.zarr b.zarr", "b.zarr a.zarr"}) {
    const json both = json::parse(out("show " + results + " --json"));
    ASSERT_EQ(both["bounds"].size(), 1U);
    EXPECT_EQ(both["bounds"][0]["path"], "b.zarr");
    EXPECT_EQ(both["bounds"][0]["best"], json(rows));
    EXPECT_EQ(both["results"], json::parse(out("show a.zarr --json"))["results"]);
    const std::string drawn = out("show " + results);
    EXPECT_THAT(drawn, HasSubstr("best validation loss "));
    EXPECT_THAT(drawn, HasSubstr("\nlinear "));
    expect_refused(words("show --lr 1e-3 " + results), {"b.zarr holds bounds"});
  }
  EXPECT_EQ(json::parse(out("show a.zarr --json"))["bounds"], json::array());
}

TEST_F(StoredBoundsTest, AreRefusedIfTheyAreDamaged) {
  out("bound --schedule linear --steps 20 --anytime --gamma 0.1 --quiet --out b.zarr");
  for (const auto& [name, bytes] : files_of(folder / "b.zarr")) {
    if (name == "zarr.json" || name.starts_with("step_sum") || name.starts_with("gradient_sum") ||
        name.starts_with("schedule_name"))
      continue;
    std::ofstream(folder / "b.zarr" / name, std::ios::binary | std::ios::trunc)
        << bytes.substr(0, bytes.size() / 2);
    EXPECT_THROW(read_bounds(folder / "b.zarr"), InputError) << name;
    std::ofstream(folder / "b.zarr" / name, std::ios::binary | std::ios::trunc) << bytes;
  }
  EXPECT_EQ(read_bounds(folder / "b.zarr").omega.size(), 20U);
  EXPECT_FALSE(is_bound_result(folder / "nothing"));
}

}  // namespace
}  // namespace lrscape::test
