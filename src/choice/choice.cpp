#include "lrscape/choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "choice/parameter_check.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"

namespace lrscape {

std::span<const Parameter> optimizer_parameters(std::string_view optimizer) {
  std::span<const Parameter> parameters;
  const bool known = Optimizers::with_name(
      optimizer, [&]<class O>() { parameters = std::span<const Parameter>(O::hyperparameters); });
  if (!known) unknown("optimizer", optimizer, Optimizers::names);
  return parameters;
}

void check_optimizer(const Choice& choice) {
  const auto parameters = optimizer_parameters(choice.name);
  if (choice.values.size() != parameters.size())
    throw InputError(fmt::format("{} has {} hyper-parameters, not {}", choice.name,
                                 parameters.size(), choice.values.size()));
  for (std::size_t k = 0; k < parameters.size(); ++k)
    check_value(parameters[k], choice.values[k], choice.name);
  Optimizers::with_name(choice.name, [&]<class O>() {
    if constexpr (requires { O::conflict(choice.values.data()); })
      if (const auto conflict = O::conflict(choice.values.data()); !conflict.empty())
        throw InputError(fmt::format("{}: {}", choice.name, conflict));
  });
}

Choice choose_optimizer(std::string_view optimizer, const NamedValues& hyperparameters) {
  const auto parameters = optimizer_parameters(optimizer);
  const auto names = names_of(parameters);
  for (const auto& [name, value] : hyperparameters)
    if (std::find(names.begin(), names.end(), name) == names.end())
      unknown(fmt::format("hyper-parameter of {}", optimizer), name, names);
  Choice choice{std::string(optimizer), {}};
  for (const auto& parameter : parameters) {
    const auto given = hyperparameters.find(parameter.name);
    choice.values.push_back(given == hyperparameters.end() ? parameter.default_value
                                                           : given->second);
  }
  check_optimizer(choice);
  return choice;
}

}  // namespace lrscape
