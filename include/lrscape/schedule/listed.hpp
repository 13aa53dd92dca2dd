#pragma once

#include <algorithm>
#include <string>

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

/// Changes by a factor at each milestone: eta_t is the product of the factors whose milestone is
/// below t.
struct Piecewise {
  static constexpr std::string_view name = "piecewise";
  static constexpr std::string_view summary = "the product of the factors whose milestones are < t";
  static constexpr std::array<Parameter, 0> parameters = {};
  static constexpr std::array lists = {
      Parameter{
          "milestones",
          "last step before each change, in increasing order and counted after the warmup, such "
          "as 100/200",
          0, 1, 0x1p53, true, Parameter::Kind::integer},
      Parameter{"factors", "factor of each change, such as 0.5/0.1", 0, 0, Parameter::unbounded}};

  static double eta(Given given, Clock clock) {
    const auto [milestone, count] = given.list[0];
    double product = 1;
    for (std::int64_t k = 0; k < count && milestone[k] < static_cast<double>(clock.step); ++k)
      product *= given.list[1].values[k];
    return product;
  }

  static std::string conflict(Given given, std::int64_t steps, std::int64_t /*used*/) {
    const auto [milestone, count] = given.list[0];
    if (count != given.list[1].count)
      return "needs as many factors as milestones, not " + std::to_string(given.list[1].count) +
             " for " + std::to_string(count);
    if (std::adjacent_find(milestone, milestone + count, std::greater_equal()) != milestone + count)
      return "needs milestones in increasing order";
    if (count > 0 && milestone[count - 1] >= static_cast<double>(steps))
      return "has the milestone " +
             std::to_string(static_cast<std::int64_t>(milestone[count - 1])) +
             ", which is not before the last of " + std::to_string(steps) + " steps";
    return {};
  }
};

/// The values of a file, entry t - 1 for step t, where t counts from 1 after the warmup.
struct Custom {
  static constexpr std::string_view name = "custom";
  static constexpr std::string_view summary =
      "custom:FILE or custom:path=FILE, one value per step from a text or NumPy file (lrscape help "
      "problem lists the formats); if the file is longer, its first T values are used; quote a "
      "name with commas: custom:\"a,b.txt\"";
  static constexpr std::array parameters = {
      Parameter{"column", "column of the file, from 1; 0 for its only column", 0, 0, 0x1p31, true,
                Parameter::Kind::integer}};
  static constexpr std::array lists = {
      Parameter{"file", "values by step, a text or .npy file", 0, 0, Parameter::unbounded}};

  static double eta(Given given, Clock clock) { return given.list[0].values[clock.step - 1]; }

  static std::string conflict(Given given, std::int64_t steps, std::int64_t used) {
    const auto [value, count] = given.list[0];
    if (count < steps)
      return "has fewer values (" + std::to_string(count) + ") than steps (" +
             std::to_string(steps) + ")";
    if (std::all_of(value, value + used, [](double eta) { return eta == 0; }))
      return "has only values of 0";
    return {};
  }
};

}  // namespace lrscape::schedule
