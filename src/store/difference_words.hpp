#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Words for the differences between two configurations.
namespace lrscape {

/// Objects of this type are equal whatever the order of their keys.
using Sorted = nlohmann::json;

/// A value as users write it.
std::string plain(const Sorted& value);

/// "<words> <there> in the result, but <here> in this command". Of long texts, shows the part that
/// differs.
std::string is_there_but_here(std::string_view words, std::string there, std::string here);

/// The values if there are at most one, else their number and range: "48 from 0.0001 to 3.2".
std::string described(std::span<const double> values);

/// Where two lists of numbers differ.
std::string lists_differ(std::string_view name, std::span<const double> there,
                         std::span<const double> here);

/// The numbers of a list, or nothing if it is not a list of numbers.
std::optional<std::vector<double>> numbers_in(const Sorted& list);

}  // namespace lrscape
