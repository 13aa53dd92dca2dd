#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "lrscape/parameter.hpp"

namespace lrscape {

/// An optimizer by name, with a value for each of its hyper-parameters, in their order.
struct OptimizerSpec {
  std::string name;
  std::vector<double> values;
};

/// Parameters given by name, those left out at their defaults.
using NamedValues = std::map<std::string, double, std::less<>>;

/// The parameters of an optimizer. Throws InputError for a name that is not in the list.
std::span<const Parameter> optimizer_parameters(std::string_view optimizer);

/// Checks names and ranges. Throws InputError that names what is allowed and the nearest match.
OptimizerSpec choose_optimizer(std::string_view optimizer, const NamedValues& hyperparameters);

/// Throws InputError unless the optimizer exists and its values, one for each parameter, are allowed.
void check_optimizer(const OptimizerSpec& optimizer);

}  // namespace lrscape
