#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "choice/parameter_check.hpp"
#include "cli/command.hpp"
#include "lrscape/parameter.hpp"

namespace lrscape::cli {

// Completions and help texts for the options that take optimizers and schedules.

/// Completions of a comma-separated list of optimizers.
std::vector<Candidate> optimizer_candidates(std::string_view typed);

/// Completions of a schedule: its name or, after a colon, its parameters.
std::vector<Candidate> schedule_candidates(std::string_view typed);

/// Meaning and allowed values, such as "decay of the first moment, >= 0 and < 1".
std::string described(const Parameter& parameter);

/// A hyper-parameter of one or more optimizers in a list.
struct SharedParameter {
  Parameter parameter;
  std::string help;  ///< Meaning and default, by optimizer where they differ.
};

/// The hyper-parameters of all optimizers in the list, each name once.
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
      auto text = described(parameter);
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
