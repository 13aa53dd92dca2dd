#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "lrscape/schedule_spec.hpp"

namespace lrscape::test {

struct ScheduleCase {
  std::string name;
  std::vector<double> eta;
};

/// Common schedules, and extreme ones on which less careful methods fail.
inline std::vector<ScheduleCase> schedule_cases(std::size_t steps) {
  std::vector<ScheduleCase> all;
  for (const std::string text :
       {"constant", "linear", "cosine", "sqrt", "wsd", "wsd:cooldown=1,shape=sqrt",
        "linear:final=1e-300", "exponential:r=1e-200", "exponential:r=1e200", "power:p=3"})
    all.push_back({text, evaluate(parse_schedule(text), static_cast<std::int64_t>(steps), 1)});
  std::mt19937_64 generator(7);
  std::uniform_real_distribution<double> decades(-100, 100);
  ScheduleCase wild = {"200 orders of magnitude", std::vector<double>(steps)};
  for (double& step : wild.eta) step = std::pow(10, decades(generator));
  all.push_back(wild);
  std::exponential_distribution<double> even;
  ScheduleCase huge = {"one huge step", std::vector<double>(steps)};
  for (double& step : huge.eta) step = even(generator);
  ScheduleCase tiny = huge;
  tiny.name = "one tiny step";
  huge.eta[steps / 2] = 1e150;
  tiny.eta[steps / 2] = 1e-150;
  all.push_back(huge);
  all.push_back(tiny);
  return all;
}

}  // namespace lrscape::test
