#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "choice/parameter_check.hpp"
#include "lrscape/parameter.hpp"
#include "lrscape/schedule/list.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {

/// A line for each parameter: its name, what is allowed, its meaning and, if it has one, its default.
inline std::string described(std::span<const Parameter> parameters, bool have_defaults) {
  std::string text;
  for (const Parameter& parameter : parameters) {
    text += fmt::format("\n    {}: {}; {}", parameter.name, parameter.summary, allowed(parameter));
    if (have_defaults) text += fmt::format(" [{}]", value_text(parameter, parameter.default_value));
  }
  return text;
}

/// The heading, and a line for each type of the list with its name and summary, and for each of its
/// parameters.
template <class List>
std::string described(std::string_view heading) {
  std::string text(heading);
  List::for_each([&]<class T>() {
    text += fmt::format("\n  {}: {}", T::name, T::summary);
    if constexpr (requires { T::parameters; }) text += described(T::parameters, true);
    // A schedule from a file has its list from there.
    if constexpr (requires { T::lists; } && !std::same_as<T, schedule::Custom>)
      text += described(T::lists, false);
  });
  if constexpr (std::same_as<List, Schedules>)
    text += "\n  in any of them:" + described(common_schedule_parameters(), true);
  return text;
}

/// A hyper-parameter of one or more types of a list.
struct SharedParameter {
  Parameter parameter;
  std::string help;  ///< Meaning and default; for each type where they differ.
};

/// The hyper-parameters of all types of the list, each name once.
template <class List>
std::vector<SharedParameter> shared_hyperparameters() {
  struct Meaning {
    Parameter parameter;
    std::string text;
    std::vector<std::string_view> owners;
  };
  std::vector<std::vector<Meaning>> all;
  List::for_each([&]<class T>() {
    for (const Parameter& parameter : T::hyperparameters) {
      auto text = std::string(parameter.summary);
      if (parameter.kind != Parameter::Kind::flag)
        text += fmt::format(" [{}]", value_text(parameter, parameter.default_value));
      auto same_name = std::ranges::find_if(
          all, [&](const auto& meanings) { return meanings[0].parameter.name == parameter.name; });
      if (same_name == all.end()) same_name = all.insert(all.end(), std::vector<Meaning>());
      auto same = std::ranges::find(*same_name, text, &Meaning::text);
      if (same == same_name->end()) same = same_name->insert(same, {parameter, text, {}});
      same->owners.push_back(T::name);
    }
  });
  std::vector<SharedParameter> shared;
  for (const auto& meanings : all) {
    std::vector<std::string> parts;
    for (const auto& [parameter, text, owners] : meanings)
      parts.push_back(meanings.size() == 1 ? text
                                           : fmt::format("{}: {}", fmt::join(owners, ", "), text));
    shared.push_back({meanings[0].parameter, fmt::format("{}", fmt::join(parts, "; "))});
  }
  return shared;
}

}  // namespace lrscape::cli
