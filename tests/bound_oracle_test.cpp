#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/bound/terms.hpp"
#include "simd/implementation.hpp"

namespace lrscape {
namespace {

using nlohmann::json;
using Values = std::vector<double>;

/// Bounds that tests/oracle/make_bounds.py computed with mpmath: every schedule, up to 10^5 steps.
const json& cases() {
  static const json all = [] {
    std::ifstream file(LRSCAPE_ORACLE_FOLDER "/bounds.json");
    return json::parse(file)["cases"];
  }();
  return all;
}

BoundSweep sweep_of(const json& one) {
  BoundSweep sweep;
  if (one["schedule"] == "custom") {
    ScheduleSpec custom = {"custom", {0}};
    custom.lists = {one["eta"].get<Values>()};
    custom.file = "oracle";
    sweep.schedules = {custom};
  } else {
    sweep.schedules = {parse_schedule(one["schedule"].get<std::string>())};
  }
  sweep.steps = {one["steps"]};
  sweep.distance = one["distance"];
  const json& norms = one["norms"];
  if (norms.contains("values")) sweep.norms.values = norms["values"].get<Values>();
  if (norms.contains("constant")) sweep.norms.b = norms["constant"];
  if (norms.contains("law")) {
    const json& law = norms["law"];
    sweep.norms = {law["G1"], law["A1"], law["G2"], law["A2"], law["B"]};
  }
  for (const auto& row : one["horizons"]) sweep.horizons.push_back(row["t"]);
  return sweep;
}

// The documented accuracy is 1e-13. The steps themselves are a few roundings from exact.
void expect_close(double given, double expected, const std::string& what) {
  EXPECT_NEAR(given, expected, 1e-13 * std::fabs(expected)) << what;
}

void expect_row(const bound::ScaledSums& sums, const json& one, const json& row,
                const std::string& what) {
  const double distance = one["distance"];
  if (row["omega_opt"].is_null()) {
    EXPECT_EQ(bound::optimal_omega(sums, distance), HUGE_VAL) << what;
    EXPECT_EQ(bound::omega(sums, distance, one["gamma"]), HUGE_VAL) << what;
    return;
  }
  expect_close(bound::optimal_omega(sums, distance), row["omega_opt"], what + ", omega_opt");
  expect_close(bound::optimal_gamma(sums, distance), row["gamma_opt"], what + ", gamma_opt");
  expect_close(bound::omega(sums, distance, one["gamma"]), row["omega"], what + ", omega");
}

std::string row_text(const json& one, const json& row) {
  return one["schedule"].get<std::string>() + ", T = " + one["steps"].dump() +
         ", t = " + row["t"].dump();
}

TEST(BoundOracle, AgreesWithEveryWalkOnEveryInstructionSet) {
  for (const auto& one : cases())
    for (const auto* code : cpu::implementations()) {
      const auto table =
          evaluate(sweep_of(one), {.device = "cpu", .threads = 2, .simd = std::string(code->name)});
      for (std::size_t h = 0; h < one["horizons"].size(); ++h) {
        const json& row = one["horizons"][h];
        expect_row(table.at(0, 0, h), one, row, row_text(one, row));
      }
    }
}

TEST(BoundOracle, AgreesWithTheMultipoleMethodOnEveryInstructionSet) {
  for (const auto& one : cases())
    for (const auto* code : cpu::implementations()) {
      auto sweep = sweep_of(one);
      sweep.method = bound::Method::multipole;
      const auto table =
          evaluate(sweep, {.device = "cpu", .threads = 2, .simd = std::string(code->name)});
      for (std::size_t h = 0; h < one["horizons"].size(); ++h) {
        const json& row = one["horizons"][h];
        expect_row(table.at(0, 0, h), one, row, row_text(one, row) + ", multipole");
      }
    }
}

TEST(BoundOracle, AgreesWithTheThreeTerms) {
  for (const auto& one : cases()) {
    const auto sweep = sweep_of(one);
    const auto eta = evaluate(sweep.schedules[0], sweep.steps[0], 1);
    const auto norms = evaluate(sweep.norms, sweep.steps[0]);
    for (const auto& row : one["horizons"]) {
      const std::string what = row_text(one, row);
      const auto terms = bound::terms(eta, norms, row["t"], one["distance"], one["gamma"]);
      if (row["omega_opt"].is_null()) {
        EXPECT_EQ(terms.distance + terms.average + terms.last, HUGE_VAL) << what;
        continue;
      }
      expect_close(terms.distance, row["terms"][0], what + ", distance");
      expect_close(terms.average, row["terms"][1], what + ", average");
      expect_close(terms.last, row["terms"][2], what + ", last");
    }
  }
}

}  // namespace
}  // namespace lrscape
