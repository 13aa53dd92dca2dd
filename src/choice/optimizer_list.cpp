#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "choice/parameter_check.hpp"
#include "choice/typed_rule.hpp"
#include "lrscape/axis.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer_spec.hpp"

namespace lrscape {
namespace {

const Parameter& parameter_of(std::string_view optimizer, std::string_view name) {
  const auto parameters = optimizer_parameters(optimizer);
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  if (found == parameters.end())
    unknown_parameter(optimizer, "hyper-parameter", name, names_of(parameters));
  return *found;
}

bool is_truth_value(std::string_view /*optimizer*/, std::string_view /*key*/,
                    std::string_view text) {
  return text == "true" || text == "false";
}

/// The values of a hyper-parameter of one optimizer.
std::vector<double> values_of(const TypedRule& typed, const std::string& key,
                              const std::vector<std::string>& texts) {
  const Parameter& parameter = parameter_of(typed.name, key);
  const std::string what = fmt::format("{} of {}", key, typed.name);
  if (texts.empty()) throw InputError(fmt::format("{}: '{}' has no value", typed.name, key));
  if (parameter.kind != Parameter::Kind::flag)
    return parse_axis(fmt::format("{}", fmt::join(texts, ",")), what, Spacing::linear);
  std::vector<double> values;
  for (const std::string& text : texts) {
    if (!is_truth_value(typed.name, key, text))
      throw InputError(
          fmt::format("{} must be one of false, true, not '{}'", what, printable(text)));
    values.push_back(text == "true" ? 1 : 0);
  }
  return values;
}

/// One optimizer for each combination of the values that were typed behind its name. The last
/// parameter varies fastest.
std::vector<OptimizerSpec> expand(const TypedRule& typed, const NamedValues& common) {
  std::vector<NamedValues> all = {common};
  for (const auto& [key, texts] : typed.parameters) {
    const auto values = values_of(typed, key, texts);
    if (common.contains(key))
      throw InputError(fmt::format(
          "{} of {} is given twice: for this optimizer and for all of them", key, typed.name));
    std::vector<NamedValues> longer;
    for (const NamedValues& one : all)
      for (const double value : values) longer.emplace_back(one)[key] = value;
    all = std::move(longer);
  }
  std::vector<OptimizerSpec> specs;
  for (const NamedValues& values : all) specs.push_back(choose_optimizer(typed.name, values));
  return specs;
}

/// Throws InputError for a dampening without a momentum, which has no effect.
void check_dampening(const OptimizerSpec& spec, const HyperparameterValues& shared) {
  const auto largest = [&](std::string_view name) {
    const auto given = shared.find(name);
    if (given != shared.end()) return std::ranges::max(given->second);
    const auto parameters = optimizer_parameters(spec.name);
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    return found == parameters.end()
               ? 0
               : spec.values[static_cast<std::size_t>(found - parameters.begin())];
  };
  if (largest("dampening") != 0 && largest("momentum") == 0)
    throw InputError(
        fmt::format("{}: dampening has no effect without a momentum above 0", spec.name));
}

}  // namespace

std::vector<OptimizerSpec> parse_optimizers(std::span<const std::string> texts,
                                            const HyperparameterValues& shared) {
  std::vector<OptimizerSpec> specs;
  std::set<std::string, std::less<>> used;
  for (const auto& [name, values] : shared)
    if (values.empty()) throw InputError(fmt::format("no {} given", name));
  for (const std::string& text : texts)
    for (const TypedRule& typed : take_apart(text, "optimizer", is_truth_value)) {
      NamedValues common;
      for (const Parameter& parameter : optimizer_parameters(typed.name)) {
        const auto given = shared.find(parameter.name);
        if (given == shared.end()) continue;
        common[given->first] = given->second.front();
        used.insert(given->first);
      }
      for (OptimizerSpec& spec : expand(typed, common)) specs.push_back(std::move(spec));
    }
  for (const OptimizerSpec& spec : specs) check_dampening(spec, shared);
  for (const auto& [name, values] : shared)
    if (!used.contains(name))
      throw InputError(
          fmt::format("{} is given, but {} has no {}", name, fmt::join(texts, ", "), name));
  return specs;
}

}  // namespace lrscape
