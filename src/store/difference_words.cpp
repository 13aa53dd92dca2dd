#include "store/difference_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace lrscape {

std::string plain(const Sorted& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return to_text(value.get<double>());
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string is_there_but_here(std::string_view words, std::string there, std::string here) {
  constexpr std::size_t most = 60, kept = 10;
  if (std::max(there.size(), here.size()) > most) {
    const auto common =
        static_cast<std::size_t>(std::ranges::mismatch(there, here).in1 - there.begin());
    if (common > kept + 3)
      for (std::string* const text : {&there, &here}) text->replace(0, common - kept, "...");
  }
  there = printable(there, most);
  here = printable(here, most);
  if (there == here) return fmt::format("{} different", words);
  return fmt::format("{} {} in the result, but {} in this command", words, there, here);
}

std::string described(std::span<const double> values) {
  if (values.empty()) return "none";
  if (values.size() == 1) return to_text(values[0]);
  const auto [least, most] = std::ranges::minmax(values);
  return fmt::format("{} from {} to {}", values.size(), to_text(least), to_text(most));
}

std::string lists_differ(std::string_view name, std::span<const double> there,
                         std::span<const double> here) {
  const std::string one = described(there);
  const std::string other = described(here);
  if (one != other)
    return fmt::format("{} differ: {} in the result, {} in this command", name, one, other);
  const auto [a, b] = std::ranges::mismatch(there, here);
  if (a == there.end() || b == here.end()) return fmt::format("{} differ", name);
  return fmt::format(
      "{} differ: {} in both, but value {} is {} in the result and {} in this command", name, one,
      a - there.begin() + 1, to_text(*a), to_text(*b));
}

std::optional<std::vector<double>> numbers_in(const Sorted& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<double> values;
  for (const Sorted& value : list) {
    if (!value.is_number()) return std::nullopt;
    values.push_back(value.get<double>());
  }
  return values;
}

}  // namespace lrscape
