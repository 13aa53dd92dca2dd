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

/// Values of hyper-parameters by name.
using HyperparameterValues = std::map<std::string, std::vector<double>, std::less<>>;

/// Parses optimizers, each text one or several separated by commas: "name" or
/// "name:key=VALUES,key=VALUES", with numbers and linear ranges lo:hi:count as values. An optimizer
/// with several values becomes one optimizer for each combination; the last parameter varies
/// fastest. Every optimizer also gets the first value of each entry of `shared` that it has a
/// hyper-parameter for. Throws InputError for unknown names, for values out of range or given twice
/// or without effect, and for an entry of `shared` that no optimizer has.
std::vector<OptimizerSpec> parse_optimizers(std::span<const std::string> texts,
                                            const HyperparameterValues& shared = {});

/// Replaces the value of a hyper-parameter. Throws InputError if the optimizer has none of this
/// name.
void set_parameter(OptimizerSpec& optimizer, std::string_view name, double value);

/// Throws InputError for an unknown optimizer, a wrong number of values, a value out of range, or
/// values that conflict with each other.
void check_optimizer(const OptimizerSpec& optimizer);

}  // namespace lrscape
