#include "cli/rules.hpp"

#include <algorithm>
#include <limits>

#include "lrscape/optimizer/list.hpp"
#include "lrscape/schedule/list.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {
std::string described(const Parameter& parameter) {
  if (parameter.kind == Parameter::Kind::flag) return std::string(parameter.summary);
  if (parameter.kind == Parameter::Kind::choice)
    return fmt::format("{} ({})", parameter.summary, parameter.choices);
  // Omit limits that merely reflect a number format.
  constexpr double large = 0x1p31;
  std::vector<std::string> limits;
  if (parameter.minimum == std::numeric_limits<double>::min())
    limits.emplace_back("> 0");
  else if (parameter.minimum > -large)
    limits.push_back(fmt::format(">= {}", to_text(parameter.minimum)));
  if (parameter.maximum < large)
    limits.push_back(
        fmt::format("{} {}", parameter.maximum_allowed ? "<=" : "<", to_text(parameter.maximum)));
  return fmt::format("{} ({}{})", parameter.summary,
                     parameter.kind == Parameter::Kind::integer ? "a whole number " : "",
                     fmt::join(limits, " and "));
}

std::vector<Candidate> optimizer_candidates(std::string_view typed) {
  std::vector<Candidate> all;
  Optimizers::for_each([&]<class O>() {
    all.push_back({std::string(O::name), std::string(O::summary)});
  });
  return joined_candidates(all, typed);
}

std::vector<Candidate> schedule_candidates(std::string_view typed) {
  std::vector<Candidate> all;
  const auto colon = typed.find(':');
  if (colon == std::string_view::npos) {
    Schedules::for_each([&]<class S>() {
      all.push_back({std::string(S::name), std::string(S::summary)});
    });
    return all;
  }
  const std::string before(typed.substr(0, typed.find_last_of(":,") + 1));
  const auto name = typed.substr(0, colon);
  if (std::ranges::count(Schedules::names, name) == 0) return all;
  for (const Parameter& parameter : named_schedule_parameters(name))
    all.push_back({fmt::format("{}{}=", before, parameter.name), std::string(parameter.summary)});
  return all;
}

}  // namespace lrscape::cli
