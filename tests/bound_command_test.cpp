#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "command_line.hpp"

namespace lrscape::test {
namespace {

using nlohmann::json;

class BoundCommand : public ProgramInFolder {
 protected:
  json json_of(Words words) const {
    words.emplace_back("--json");
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
};

using ExtendCommand = BoundCommand;

// B = 1 + H_{T-1} and S = T, so gamma* = 1 / sqrt(3 (1 + 1 + 1/2)).
TEST_F(BoundCommand, HasTheRowsOfItsContract) {
  const json rows = json_of({"bound", "--schedule", "constant", "--steps", "3"})["rows"];
  ASSERT_EQ(rows.size(), 1U);
  const json& row = rows[0];
  EXPECT_EQ(row["schedule"], "constant");
  EXPECT_EQ(row["parameters"], json::object());
  EXPECT_EQ(row["steps"], 3);
  EXPECT_EQ(row["t"], 3);
  EXPECT_DOUBLE_EQ(row["gamma_opt"].get<double>(), 1 / std::sqrt(7.5));
  EXPECT_DOUBLE_EQ(row["omega_opt"].get<double>(), std::sqrt(2.5 / 3));
  EXPECT_EQ(row["gamma"], row["gamma_opt"]);
  EXPECT_EQ(row["omega"], row["omega_opt"]);
}

TEST_F(BoundCommand, ExplainsTheInfiniteBoundOfAScheduleThatEndsAtZero) {
  const auto bound = [&](const std::string& factor) {
    return run(
        {"bound", "--schedule", "piecewise:milestones=3,factors=" + factor, "--steps", "4,5"});
  };
  const Outcome zero = bound("0");
  EXPECT_EQ(zero.exit_code, 0);
  expect_one_line(zero, {"warning: piecewise:milestones=3,factors=0 at t = 4: eta_t is 0",
                         "bound is infinite", "(and 1 more bound)"});
  EXPECT_EQ(bound("0.5").err, "");
}

TEST_F(BoundCommand, MultipliesSchedulesStepsHorizonsAndGammas) {
  const json rows = json_of({"bound", "--schedule", "wsd:cooldown=0.25:0.75:3,shape=linear,sqrt",
                             "--schedule", "cosine,power:p=0.5,1", "--steps", "10,20", "--at",
                             "1,2,10", "--gamma", "0.1:10:3"})["rows"];
  EXPECT_EQ(rows.size(), (3U * 2 + 1 + 2) * 2 * 3 * 3);
  EXPECT_EQ(rows[0]["parameters"], (json{{"cooldown", 0.25}, {"shape", "linear"}}));
  EXPECT_EQ(rows.back()["parameters"], (json{{"p", 1}}));
  EXPECT_EQ(rows.back()["gamma"], 10);
  // At t = 1, S = B = 1 for all of these schedules, so Omega = 1/(2 gamma) + gamma/2.
  EXPECT_DOUBLE_EQ(rows[0]["omega"].get<double>(), 5.05);
}

TEST_F(BoundCommand, GivesEveryHorizonByEitherMethod) {
  for (const std::string method : {"auto", "direct", "fmm"}) {
    const json rows = json_of(
        {"bound", "--schedule", "linear", "--steps", "4", "--anytime", "--method", method})["rows"];
    ASSERT_EQ(rows.size(), 4U);
    // (1, 3/4): S = 7/4, B = 3/4 + 4/3.
    EXPECT_DOUBLE_EQ(rows[1]["omega_opt"].get<double>(), std::sqrt((0.75 + 4.0 / 3) / 1.75));
  }
}

TEST_F(BoundCommand, ReadsStepsAndNormsFromFiles) {
  write("eta.txt", "1\n0.5\n0\n0.25\n");
  write("norms.csv", "step,norm\n1,2\n2,2\n3,2\n4,2\n");
  const json rows = json_of({"bound", "--schedule", "custom:eta.txt", "--grad-norms",
                             "norms.csv,column=2", "--at", "2,3", "--distance", "3"})["rows"];
  EXPECT_EQ(rows[0]["parameters"], (json{{"file", "eta.txt"}}));
  EXPECT_EQ(rows[0]["steps"], 4);
  EXPECT_DOUBLE_EQ(rows[0]["omega_opt"].get<double>(), 3 * std::sqrt(10 / 1.5));
  EXPECT_TRUE(rows[1]["omega"].is_null());
  EXPECT_TRUE(rows[1]["omega_opt"].is_null());
}

TEST_F(BoundCommand, TakesRangesOfWholeNumbersAndNamesThemInEveryRow) {
  const json rows =
      json_of({"bound", "--schedule", "cosine:warmup=0:100:101", "--steps", "1000"})["rows"];
  ASSERT_EQ(rows.size(), 101U);
  for (std::size_t k = 0; k < rows.size(); ++k)
    EXPECT_EQ(rows[k]["parameters"], (json{{"warmup", k}}));
  const json finals =
      json_of({"bound", "--schedule", "cosine,linear:final=0,0.5", "--steps", "10"})["rows"];
  EXPECT_EQ(finals[0]["parameters"], (json{{"final", 0}}));
  EXPECT_EQ(finals[2]["parameters"], (json{{"final", 0.5}}));
}

// The steps (1, 1/2) as in Bound.OfTwoStepsIsWorkedByHand. The third step of the file is not used.
TEST_F(BoundCommand, ReadsTheFirstStepsOfAFileWithCommasInItsName) {
  write("a,b=1:2.txt", "1\n0.5\n7\n\n\n");
  const json rows = json_of(
      {"bound", "--schedule", "custom:\"a,b=1:2.txt\",warmup=0,1,linear", "--steps", "2"})["rows"];
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0]["parameters"]["file"], "a,b=1:2.txt");
  EXPECT_DOUBLE_EQ(rows[0]["omega_opt"].get<double>(), std::sqrt(2.5 / 1.5));
  EXPECT_EQ(rows[2]["schedule"], "linear");
}

TEST_F(BoundCommand, TakesTheBoundApart) {
  const json row = json_of(
      {"bound", "--schedule", "cosine", "--steps", "50", "--gamma", "0.3", "--terms"})["rows"][0];
  const json& terms = row["terms"];
  EXPECT_NEAR(terms["distance"].get<double>() + terms["average"].get<double>() +
                  terms["last"].get<double>(),
              row["omega"].get<double>(), 1e-14);
  const json average = json_of({"bound", "--schedule", "cosine", "--steps", "50", "--gamma", "0.3",
                                "--formula", "average"})["rows"][0];
  EXPECT_NEAR(terms["distance"].get<double>() + terms["average"].get<double>(),
              average["omega"].get<double>(), 1e-14);
}

TEST_F(BoundCommand, SortsItsRowsAndPrintsTheBest) {
  const Words command = words(
      "bound --schedule wsd:cooldown=0.1:0.9:5 --schedule cosine --steps 50 --gamma 1e-3,0.1,1");
  std::vector<double> omegas;
  const json all = json_of(command);
  for (const json& row : all["rows"]) omegas.push_back(row["omega"]);
  ASSERT_EQ(omegas.size(), 18U);
  EXPECT_FALSE(std::ranges::is_sorted(omegas));
  std::ranges::sort(omegas);
  const auto column = [&](const Words& options, const std::string& key) {
    std::vector<double> values;
    const json chosen = json_of(command + options);
    for (const json& row : chosen["rows"]) values.push_back(row[key]);
    return values;
  };
  EXPECT_EQ(column({"--sort", "omega"}, "omega"), omegas);
  EXPECT_EQ(column({"--best", "4"}, "omega"), std::vector(omegas.begin(), omegas.begin() + 4));
  EXPECT_EQ(column({"--best", "100"}, "omega"), omegas);
  EXPECT_TRUE(std::ranges::is_sorted(column({"--sort", "gamma-opt"}, "gamma_opt")));
  const auto sorted = column({"--best", "6", "--sort", "omega-opt"}, "omega_opt");
  EXPECT_EQ(sorted.size(), 6U);
  EXPECT_TRUE(std::ranges::is_sorted(sorted));
  expect_refused(command + Words{"--best", "0"}, {"--best must be at least 1, not 0"});
  expect_refused(command + Words{"--sort", "omega", "--out", "r.zarr"}, {"--sort and --best"});
}

TEST_F(BoundCommand, PrintsCsvWithTheNumbersOfItsJson) {
  const Words command = words(
      "bound --schedule piecewise:milestones=3/5,factors=0.5/0.1 --schedule "
      "wsd:cooldown=0.5 --steps 9 --terms");
  const auto lines = lrscape::test::split(run(command + Words{"--csv"}).out, '\n');
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "schedule,steps,t,gamma,omega,gamma_opt,omega_opt,distance,average,last");
  const json rows = json_of(command)["rows"];
  EXPECT_TRUE(lines[1].starts_with("\"piecewise:milestones=3/5,factors=0.5/0.1\",9,9,"))
      << lines[1];
  for (std::size_t k = 0; k < 2; ++k) {
    const auto fields = lrscape::test::split(lines[k + 1], ',');
    const auto number = [&](std::size_t from_end) {
      return std::stod(fields.at(fields.size() - from_end));
    };
    EXPECT_EQ(number(1), rows[k]["terms"]["last"]);
    EXPECT_EQ(number(4), rows[k]["omega_opt"]);
    EXPECT_EQ(number(6), rows[k]["omega"]);
  }
  expect_refused(command + Words{"--csv", "--json"}, {"exclude each other"});
}

TEST_F(BoundCommand, WritesAResultOnceAndMixesNothingIntoIt) {
  const Words words = {
      "bound",  "--schedule", "wsd:cooldown=0.1,0.2", "--steps", "5,9", "--gamma", "0.1,1", "--out",
      "b.zarr", "--quiet"};
  expect_done(words);
  const auto once = contents(folder);
  expect_done(words);
  EXPECT_TRUE(contents(folder) == once);
  Words other = words;
  other[4] = "5,10";
  expect_refused(other, {"b.zarr", "holds another bound", "steps", "--out"});
}

TEST_F(BoundCommand, RefusesWhatMakesNoSense) {
  write("negative.txt", "1\n-0.5\n");
  write("nan.txt", "1\nnan\n");
  write("zero.txt", "0\n0\n");
  write("empty.txt", "");
  write("ragged.csv", "1,2\n3\n");
  write("blank.txt", "1\n\n1\n");
  const auto refused = [&](const Words& more, const Words& words) {
    Words all = {"bound"};
    all.insert(all.end(), more.begin(), more.end());
    expect_refused(all, words);
  };
  const auto schedule = [&](const std::string& text, const Words& words) {
    refused({"--schedule", text, "--steps", "2"}, words);
  };
  refused({"--steps", "10"}, {"--schedule", "wsd:cooldown=0.2"});
  refused({"--schedule", "linear"}, {"--steps"});
  schedule("cosin", {"unknown schedule 'cosin'", "did you mean cosine", "piecewise"});
  schedule("wsd:cooldwn=0.1", {"'cooldwn'", "did you mean cooldown", "shape", "warmup", "final"});
  schedule("wsd:cooldown=2", {"cooldown of wsd", "<= 1", "2"});
  schedule("wsd:cooldown=0.9:0.1:5", {"cooldown of wsd", "rise"});
  schedule("wsd:shape=square", {"shape of wsd", "'square'", "linear, sqrt, cosine"});
  schedule("linear:warmup=2", {"warmup of 2 steps", "2 steps"});
  schedule("piecewise:milestones=2,factors=0.5", {"milestone 2", "2 steps"});
  schedule("custom:negative.txt", {"negative.txt: line 2, column 1", "-0.5", "numbers >= 0"});
  schedule("custom:blank.txt", {"blank.txt", "line 2, column 1", "missing"});
  schedule("custom:nan.txt", {"nan.txt", "nan"});
  schedule("custom:zero.txt", {"zero.txt", "only values of 0"});
  schedule("custom:empty.txt", {"empty.txt", "empty"});
  schedule("custom:ragged.csv", {"ragged.csv"});
  schedule("custom:no.txt", {"no.txt", "no such file"});
  schedule("custom", {"custom:FILE"});
  const auto with = [&](const std::string& option, const std::string& value, const Words& words) {
    refused({"--schedule", "linear", "--steps", "10", option, value}, words);
  };
  with("--at", "11", {"horizon 11", "1 to 10"});
  with("--at", "0", {"--at", "0"});
  with("--gamma", "0", {"--gamma", "above 0"});
  with("--gamma", "1:0.1:3", {"--gamma", "rise"});
  with("--distance", "-1", {"distance", "-1"});
  with("--grad-norms", "-1", {"gradient norm", "-1"});
  with("--grad-norms", "law:G1=1,A3=2", {"'A3'", "G1, A1, G2, A2, B"});
  with("--grad-norms", "law:A2=2", {"A2 has no effect without its factor G2", "G2 t^A2"});
  with("--grad-norms", "negative.txt", {"negative.txt: line 2, column 1", "-0.5", "numbers >= 0"});
  with("--formula", "shamir-zhang",
       {"this formula requires the schedule sqrt, not linear", "--formula"});
  refused(
      {"--schedule", "sqrt", "--steps", "10", "--formula", "orabona", "--grad-norms", "law:G2=1"},
      {"this formula requires a constant gradient norm, not law:G1=0", "--formula"});
  with("--method", "fm", {"--method", "auto, direct, fmm", "'fm'"});
  with("--formula", "lost", {"--formula", "did you mean last"});
  refused({"--schedule", "linear", "--steps", "0"}, {"--steps", "0"});
  refused({"--schedule", "linear", "--steps", "1.5"}, {"--steps", "1.5"});
  refused({"--schedule", "linear", "--steps", "1e15"}, {"of memory"});
  refused({"--schedule", "linear", "--steps", "5", "--anytime", "--at", "2"},
          {"--anytime", "--at"});
}

TEST_F(ExtendCommand, HasTheStagesOfItsContract) {
  const json all = json_of({"extend", "--stage", "100", "--stages", "10"});
  EXPECT_NEAR(all["gamma"].get<double>(), 0.040234, 5e-7);
  ASSERT_EQ(all["stages"].size(), 10U);
  const json& second = all["stages"][1];
  EXPECT_EQ(second["start"], 101);
  EXPECT_EQ(second["end"], 200);
  EXPECT_NEAR(second["factor"].get<double>(), 0.48999612, 5e-9);
  EXPECT_EQ(second["learning_rate"].get<double>(),
            all["gamma"].get<double>() * second["factor"].get<double>());
  EXPECT_GT(second["omega"], second["omega_linear"]);
  ASSERT_EQ(all["fits"].size(), 2U);
  EXPECT_EQ(all["fits"][0]["form"], "a + b T^c");
  EXPECT_NEAR(second["gamma_opt"].get<double>(), all["gamma"].get<double>(), 1e-15);
  EXPECT_TRUE(all["ended"].is_null());
}

TEST_F(ExtendCommand, RefusesWhatCannotBeExtended) {
  expect_refused({"extend", "--schedule", "linear"}, {"constant and wsd", "linear"});
  expect_refused({"extend", "--by", "hope"}, {"--by", "factor, cooldown", "'hope'"});
  expect_refused({"extend", "--by", "cooldown"}, {"constant", "wsd"});
  expect_refused({"extend", "--stage", "0"}, {"--stage", "at least 1"});
  expect_refused({"extend", "--stages", "-3"}, {"--stages", "at least 1"});
}

// Even linear decay over all 500 steps has a smaller gamma* than this wsd over the first 100.
TEST_F(ExtendCommand, KeepsTheStagesBeforeOneThatCannotBe) {
  for (const bool as_json : {false, true}) {
    Words words = {"extend", "--schedule", "wsd", "--by", "cooldown", "--stages", "9"};
    if (as_json) words.emplace_back("--json");
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit_code, 2);
    expect_one_line(outcome, {"stage 5", "cannot stay optimal", "500 steps", "--stages"});
    if (!as_json) {
      EXPECT_NE(outcome.out.find("       400            1 "), std::string::npos) << outcome.out;
      EXPECT_NE(outcome.out.find("gamma_opt"), std::string::npos);
      continue;
    }
    const json all = json::parse(outcome.out);
    ASSERT_EQ(all["stages"].size(), 4U);
    EXPECT_EQ("lrscape: " + all["ended"].get<std::string>() + "\n", outcome.err);
    EXPECT_TRUE(all["stages"][3]["gamma_opt"].is_number());
  }
}

}  // namespace
}  // namespace lrscape::test
