#include "cli/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "lrscape/optimizer/list.hpp"
#include "lrscape/type_list.hpp"

namespace lrscape::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::Not;

struct Lion {
  static constexpr std::string_view name = "lion";
  static constexpr std::array hyperparameters = {
      Parameter{"beta1", "decay of the first moment", 0.9, 0, 1, false},
      Parameter{"beta2", "decay of the momentum", 0.99, 0, 1, false}};
};

TEST(SharedHyperparameters, SayTheirMeaningOnceWhereItIsTheSame) {
  const auto all = shared_hyperparameters<TypeList<optimizer::AdamWPT, optimizer::AdamWLH, Lion>>();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].parameter.name, "beta1");
  EXPECT_EQ(all[0].help, "decay of the first moment (>= 0 and < 1) [0.9]");
}

TEST(SharedHyperparameters, SayMeaningAndDefaultOfEachOptimizerWhereTheyDiffer) {
  const auto all = shared_hyperparameters<TypeList<optimizer::AdamWPT, optimizer::AdamWLH, Lion>>();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].help,
            "adamw-pt, adamw-lh: decay of the second moment (>= 0 and < 1) [0.999]; lion: decay of "
            "the momentum (>= 0 and < 1) [0.99]");
}

TEST(DescribedParameter, HasItsLimitsButForThoseOfTheNumbersFormat) {
  constexpr double infinity = Parameter::unbounded;
  EXPECT_EQ(described({"p", "exponent", 1, 0, infinity}), "exponent (>= 0)");
  EXPECT_EQ(described({"r", "value", 1, 0x1p-1022, infinity}), "value (> 0)");
  EXPECT_EQ(described({"d", "part", 1, -infinity, 1}), "part (<= 1)");
  EXPECT_EQ(described({"w", "steps", 0, 0, 0x1p53, true, Parameter::Kind::integer}),
            "steps (a whole number >= 0)");
  EXPECT_EQ(described({"s", "shape", 0, 0, 2, true, Parameter::Kind::choice, "a|b|c"}),
            "shape (a|b|c)");
  EXPECT_EQ(described({"n", "use it", 0, 0, 1, true, Parameter::Kind::flag}), "use it");
}

std::vector<std::string> words(const std::vector<Candidate>& candidates) {
  std::vector<std::string> all;
  for (const Candidate& one : candidates) all.push_back(one.word);
  return all;
}

TEST(OptimizerCandidates, GoOnWithAListAndLeaveOutWhatItHas) {
  EXPECT_THAT(words(optimizer_candidates("")), Contains("adamw-pt"));
  const auto more = words(optimizer_candidates("sgd,adamw-pt,ad"));
  EXPECT_THAT(more, Contains("sgd,adamw-pt,adamw-lh"));
  EXPECT_THAT(more, Not(Contains("sgd,adamw-pt,sgd")));
}

TEST(ScheduleCandidates, AreNamesThenParameters) {
  EXPECT_THAT(words(schedule_candidates("w")), Contains("wsd"));
  EXPECT_THAT(words(schedule_candidates("wsd:")),
              ElementsAre("wsd:cooldown=", "wsd:cooldown-steps=", "wsd:shape=", "wsd:warmup=",
                          "wsd:final="));
  EXPECT_THAT(words(schedule_candidates("wsd:cooldown=0.5,sh")),
              Contains("wsd:cooldown=0.5,shape="));
  EXPECT_THAT(words(schedule_candidates("custom:")), Not(Contains("custom:file=")));
  EXPECT_THAT(schedule_candidates("nothing:"), ElementsAre());
}

}  // namespace
}  // namespace lrscape::cli
