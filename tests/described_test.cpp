#include "cli/described.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "lrscape/optimizer/list.hpp"
#include "lrscape/type_list.hpp"

namespace lrscape::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
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
  EXPECT_EQ(all[0].help, "decay of the first moment [0.9]");
}

TEST(SharedHyperparameters, SayMeaningAndDefaultOfEachOptimizerWhereTheyDiffer) {
  const auto all = shared_hyperparameters<TypeList<optimizer::AdamWPT, optimizer::AdamWLH, Lion>>();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].help,
            "adamw-pt, adamw-lh: decay of the second moment [0.999]; lion: decay of the momentum "
            "[0.99]");
}

TEST(DescribedSchedules, NameEveryParameterWithWhatIsAllowedAndItsDefault) {
  const auto text = described<Schedules>("schedules:");
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("\n    cooldown: the part of the steps in the cooldown; a number >= 0 and "
                      "<= 1 [0.2]"),
            HasSubstr("\n    shape: how the cooldown falls; linear|sqrt|cosine [linear]"),
            HasSubstr("\n    p: the exponent; a number >= 0 and < inf [1]"),
            HasSubstr("\n    p: the exponent; a number >= 0 and < inf [0.5]"),
            HasSubstr("\n    r: "), HasSubstr("\n    milestones: "), HasSubstr("\n    factors: "),
            HasSubstr("\n    column: ")));
  EXPECT_THAT(text,
              AllOf(HasSubstr("\n    warmup: steps of linear warmup in front; a whole number"),
                    HasSubstr("\n    final: "), Not(HasSubstr("\n    file: "))));
  EXPECT_EQ(described<Optimizers>("").find("\n    "), std::string::npos)
      << "those of optimizers are options";
}

}  // namespace
}  // namespace lrscape::cli
