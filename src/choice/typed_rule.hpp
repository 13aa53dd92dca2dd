#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lrscape {

/// An optimizer or a schedule as typed: its name, and the texts of the values of each parameter.
/// "wsd:cooldown=0.1,0.2,shape=linear" has two values of cooldown and one of shape.
struct TypedRule {
  std::string name;
  std::vector<std::pair<std::string, std::vector<std::string>>> parameters = {};
};

/// Whether a text may be the value of a parameter although it does not begin as a number.
using IsWord =
    std::function<bool(std::string_view rule, std::string_view key, std::string_view text)>;

/// Takes apart rules separated by commas. A part that is neither a value of the preceding parameter
/// nor a new parameter begins a new rule. `kind` is "schedule" or "optimizer". Throws InputError
/// for a parameter given twice.
std::vector<TypedRule> take_apart(std::string_view text, std::string_view kind,
                                  const IsWord& is_word);

/// Whether the text begins as a number or a range does.
bool begins_number(std::string_view text);

}  // namespace lrscape
