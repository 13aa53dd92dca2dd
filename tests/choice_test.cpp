#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "infinity.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/optimizer_spec.hpp"

namespace lrscape {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::ThrowsMessage;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class... Parts>
void expect_refusal(const std::string& optimizer, const NamedValues& values,
                    const Parts&... parts) {
  EXPECT_THAT([&] { choose_optimizer(optimizer, values); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(parts)..., Not(HasSubstr("\n")))));
}

TEST(ChooseOptimizer, TakesTheDefaultsOfPyTorch) {
  for (const std::string name : {"adamw-pt", "adamw-lh", "adam-l2", "adam-prox"}) {
    const auto choice = choose_optimizer(name, {});
    EXPECT_EQ(choice.name, name);
    EXPECT_THAT(choice.values, ElementsAre(0.9, 0.999, 1e-8)) << name;
  }
  for (const std::string name : {"sgd", "sgdw"}) {
    const auto choice = choose_optimizer(name, {});
    EXPECT_EQ(choice.name, name);
    EXPECT_THAT(choice.values, ElementsAre(0, 0, 0)) << name;
  }
}

TEST(ChooseOptimizer, PutsValuesInTheOrderOfTheParameters) {
  EXPECT_THAT(choose_optimizer("adamw-pt", {{"epsilon", 1e-6}, {"beta1", 0.5}}).values,
              ElementsAre(0.5, 0.999, 1e-6));
  EXPECT_THAT(choose_optimizer("sgd", {{"nesterov", 1}, {"momentum", 0.9}}).values,
              ElementsAre(0.9, 0, 1));
  EXPECT_THAT(choose_optimizer("sgdw", {{"dampening", 0.25}, {"momentum", 0.5}}).values,
              ElementsAre(0.5, 0.25, 0));
}

TEST(ChooseOptimizer, AllowsTheEndsOfTheRangesThatBelongToThem) {
  EXPECT_THAT(choose_optimizer("adam-l2", {{"beta1", 0}, {"beta2", 0}, {"epsilon", 0}}).values,
              ElementsAre(0, 0, 0));
  const double below_one = std::nextafter(1.0, 0.0);
  EXPECT_THAT(choose_optimizer("adam-prox", {{"beta1", below_one},
                                             {"beta2", below_one},
                                             {"epsilon", std::numeric_limits<double>::max()}})
                  .values,
              ElementsAre(below_one, below_one, std::numeric_limits<double>::max()));
  EXPECT_THAT(choose_optimizer("sgd", {{"dampening", 1}, {"momentum", below_one}}).values,
              ElementsAre(below_one, 1, 0));
  EXPECT_THAT(choose_optimizer("sgd", {{"dampening", -std::numeric_limits<double>::max()}}).values,
              ElementsAre(0, -std::numeric_limits<double>::max(), 0));
}

TEST(ChooseOptimizer, RefusesABetaOfOne) {
  expect_refusal("adamw-lh", {{"beta1", 1}}, "beta1 of adamw-lh", ">= 0 and < 1", "not 1");
  expect_refusal("adamw-lh", {{"beta2", 1}}, "beta2 of adamw-lh", ">= 0 and < 1", "not 1");
  expect_refusal("sgd", {{"momentum", 1}}, "momentum of sgd", ">= 0 and < 1", "not 1");
}

TEST(ChooseOptimizer, RefusesWhatLiesOutside) {
  expect_refusal("adamw-pt", {{"beta1", -0.1}}, "beta1 of adamw-pt", ">= 0", "not -0.1");
  expect_refusal("adamw-pt", {{"epsilon", -1e-8}}, "epsilon of adamw-pt", "not -1e-08");
  expect_refusal("sgd", {{"dampening", 1.5}}, "dampening of sgd", "<= 1", "not 1.5");
  expect_refusal("sgd", {{"nesterov", 2}}, "nesterov of sgd", "not 2");
  expect_refusal("sgd", {{"momentum", 0.9}, {"nesterov", 0.5}}, "nesterov of sgd", "whole number",
                 "not 0.5");
}

TEST(ChooseOptimizer, RefusesInfinity) {
  expect_refusal("adamw-pt", {{"epsilon", infinity}}, "epsilon of adamw-pt", "a finite number >= 0",
                 "not inf");
  expect_refusal("sgd", {{"dampening", -infinity}}, "dampening of sgd", "a finite number <= 1",
                 "not -inf");
}

// Values that no parameter may take. The loop also covers optimizers that are added later.
TEST(ChooseOptimizer, RefusesWhatIsBeyondTheRangeOfAnyParameter) {
  Optimizers::for_each([]<class O>() {
    const std::string optimizer(O::name);
    for (const Parameter& parameter : O::hyperparameters) {
      const std::string name(parameter.name);
      const std::string owner = fmt::format("{} of {}", name, optimizer);
      for (const double value :
           {not_a_number, infinity, -infinity, std::nextafter(parameter.minimum, -infinity),
            parameter.maximum_allowed ? std::nextafter(parameter.maximum, infinity)
                                      : parameter.maximum})
        expect_refusal(optimizer, {{name, value}}, owner + " must be");
    }
  });
}

TEST(ChooseOptimizer, HasDefaultsWithinTheirRanges) {
  Optimizers::for_each([]<class O>() {
    const auto parameters = optimizer_parameters(O::name);
    const auto choice = choose_optimizer(O::name, {});
    ASSERT_EQ(choice.values.size(), parameters.size());
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      EXPECT_EQ(parameters[k].name, O::hyperparameters[k].name);
      EXPECT_EQ(choice.values[k], parameters[k].default_value) << O::name;
      EXPECT_THAT(parameters[k].summary, Not(IsEmpty())) << O::name;
    }
  });
}

// As torch.optim.SGD does: "Nesterov momentum requires a momentum and zero dampening".
TEST(ChooseOptimizer, RefusesNesterovWithoutMomentumOrWithDampening) {
  for (const std::string optimizer : {"sgd", "sgdw"}) {
    const std::string reason = optimizer + ": nesterov needs a momentum above 0 and no dampening";
    expect_refusal(optimizer, {{"nesterov", 1}}, reason);
    expect_refusal(optimizer, {{"nesterov", 1}, {"momentum", 0.9}, {"dampening", 0.1}}, reason);
    EXPECT_NO_THROW(choose_optimizer(optimizer, {{"nesterov", 1}, {"momentum", 0.9}}));
    EXPECT_NO_THROW(choose_optimizer(optimizer, {{"momentum", 0.9}, {"dampening", 0.1}}));
    EXPECT_NO_THROW(choose_optimizer(optimizer, {{"nesterov", 0}, {"dampening", 0.1}}));
  }
}

TEST(ChooseOptimizer, NamesTheNearestHyperparameterAndAllOfThem) {
  expect_refusal("adamw-pt", {{"beta3", 0.9}}, "adamw-pt has no hyper-parameter 'beta3'",
                 "did you mean beta1?", "beta1, beta2, epsilon");
  expect_refusal("sgd", {{"momentun", 0.9}}, "'momentun'", "did you mean momentum?",
                 "momentum, dampening, nesterov");
  expect_refusal("sgd", {{"beta1", 0.9}}, "'beta1'", "momentum, dampening, nesterov");
  expect_refusal("sgd", {{"Momentum", 0.9}}, "did you mean momentum?");
}

TEST(ChooseOptimizer, NamesTheNearestOptimizerAndAllOfThem) {
  std::string all(Optimizers::names[0]);
  for (std::size_t k = 1; k < Optimizers::names.size(); ++k)
    all += ", " + std::string(Optimizers::names[k]);
  expect_refusal("adamw_lh", {}, "unknown optimizer 'adamw_lh'", "did you mean adamw-lh?", all);
  expect_refusal("SGD", {}, "unknown optimizer 'SGD'", all);
  expect_refusal("", {}, "unknown optimizer ''", all);
  EXPECT_THAT([] { optimizer_parameters("sgdx"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("did you mean sgd?"), HasSubstr(all))));
}

TEST(ChooseOptimizer, NamesOneOrTwoOptimizersThatBeginAsGiven) {
  expect_refusal("adamw", {}, "did you mean adamw-pt or adamw-lh?");
  expect_refusal("adamw-", {}, "did you mean adamw-pt or adamw-lh?");
  EXPECT_THAT([] { choose_optimizer("adam", {}); },
              ThrowsMessage<InputError>(Not(HasSubstr("did you mean"))));
}

TEST(ChooseOptimizer, SuggestsNothingForANameUnlikeAll) {
  EXPECT_THAT([] { choose_optimizer("lbfgs-with-restarts", {}); },
              ThrowsMessage<InputError>(Not(HasSubstr("did you mean"))));
}

}  // namespace
}  // namespace lrscape
