#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace lrscape::cli {

/// The heading, and a line for each type of the list with its name and summary.
template <class List>
std::string described(std::string_view heading) {
  std::string text(heading);
  List::for_each([&]<class T>() { text += fmt::format("\n  {}: {}", T::name, T::summary); });
  return text;
}

}  // namespace lrscape::cli
