#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/parameter.hpp"

namespace lrscape {

/// An optimizer's name and its hyper-parameter values, in the order of optimizer_parameters(name).
struct OptimizerSpec {
  std::string name;
  std::vector<double> values;
};

/// Parameter values by name. Parameters that are left out get their defaults.
using NamedValues = std::map<std::string, double, std::less<>>;

/// The hyper-parameters of an optimizer. Throws InputError for an unknown name.
std::span<const Parameter> optimizer_parameters(std::string_view optimizer);

/// Builds a spec and checks its names and values. Throws InputError, which lists the allowed names
/// or range and suggests the nearest name.
OptimizerSpec choose_optimizer(std::string_view optimizer, const NamedValues& hyperparameters);

/// Replaces the value of a hyper-parameter. Throws InputError if the optimizer has none of this
/// name.
void set_parameter(OptimizerSpec& optimizer, std::string_view name, double value);

/// Throws InputError for an unknown optimizer, a wrong number of values, a value out of range, or
/// values that conflict with each other.
void check_optimizer(const OptimizerSpec& optimizer);

}  // namespace lrscape
