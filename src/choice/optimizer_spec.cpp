#include "lrscape/optimizer_spec.hpp"

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

void check_optimizer(const OptimizerSpec& spec) {
  const auto parameters = optimizer_parameters(spec.name);
  if (spec.values.size() != parameters.size())
    throw InputError(fmt::format("{} has {} hyper-parameters, not {}", spec.name, parameters.size(),
                                 spec.values.size()));
  for (std::size_t k = 0; k < parameters.size(); ++k)
    check_value(parameters[k], spec.values[k], spec.name);
  Optimizers::with_name(spec.name, [&]<class O>() {
    if constexpr (requires { O::conflict(spec.values.data()); })
      if (const auto conflict = O::conflict(spec.values.data()); !conflict.empty())
        throw InputError(fmt::format("{}: {}", spec.name, conflict));
  });
}

void set_parameter(OptimizerSpec& optimizer, std::string_view name, double value) {
  const auto parameters = optimizer_parameters(optimizer.name);
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  if (found == parameters.end())
    unknown_parameter(optimizer.name, "hyper-parameter", name, names_of(parameters));
  optimizer.values.at(static_cast<std::size_t>(found - parameters.begin())) = value;
}

OptimizerSpec choose_optimizer(std::string_view optimizer, const NamedValues& hyperparameters) {
  const auto parameters = optimizer_parameters(optimizer);
  const auto names = names_of(parameters);
  for (const auto& [name, value] : hyperparameters)
    if (std::find(names.begin(), names.end(), name) == names.end())
      unknown_parameter(optimizer, "hyper-parameter", name, names);
  OptimizerSpec spec{std::string(optimizer), {}};
  for (const auto& parameter : parameters) {
    const auto given = hyperparameters.find(parameter.name);
    spec.values.push_back(given == hyperparameters.end() ? parameter.default_value : given->second);
  }
  check_optimizer(spec);
  return spec;
}

}  // namespace lrscape
