#include "choice/typed_rule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

void append_parameter(TypedRule& typed, std::string_view kind, std::string_view part) {
  const auto equals = part.find('=');
  const auto key = part.substr(0, equals);
  const bool known =
      std::ranges::any_of(typed.parameters, [&](const auto& entry) { return entry.first == key; });
  if (equals == std::string_view::npos || part.starts_with('"'))
    typed.parameters.push_back({std::string(part), {}});  // A file, or an error to report later.
  else if (known)
    throw InputError(fmt::format("{} {}: {} is given twice", kind, typed.name, key));
  else
    typed.parameters.push_back({std::string(key), {std::string(part.substr(equals + 1))}});
}

}  // namespace

bool begins_number(std::string_view text) {
  return text.starts_with("lin:") || text.starts_with("log:") ||
         (!text.empty() && std::string_view("0123456789+-.").find(text[0]) != text.npos);
}

std::vector<TypedRule> take_apart(std::string_view text, std::string_view kind,
                                  const IsWord& is_word) {
  std::vector<TypedRule> all;
  for (const auto part : split_unquoted(text, ',')) {
    const bool follows = !all.empty() && !all.back().parameters.empty() &&
                         !all.back().parameters.back().second.empty();
    const auto equals = part.find('=');
    const auto colon = part.find(':');
    if (follows && equals == std::string_view::npos &&
        (begins_number(part) ||
         is_word(all.back().name, all.back().parameters.back().first, part))) {
      all.back().parameters.back().second.emplace_back(part);
    } else if (!all.empty() && equals != std::string_view::npos && (colon > equals)) {
      append_parameter(all.back(), kind, part);
    } else {
      all.push_back({std::string(part.substr(0, colon))});
      if (colon != std::string_view::npos)
        append_parameter(all.back(), kind, part.substr(colon + 1));
    }
  }
  return all;
}

}  // namespace lrscape
