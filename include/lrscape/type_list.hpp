#pragma once

#include <array>
#include <string_view>

namespace lrscape {

/// A list of types, each with a static `name`. Optimizers and schedules are registered in such
/// lists.
template <class... Types>
struct TypeList {
  static constexpr int size = static_cast<int>(sizeof...(Types));
  static constexpr std::array<std::string_view, sizeof...(Types)> names = {Types::name...};

  /// Calls `visit.template operator()<Type>()` for each type, in order.
  template <class Visitor>
  static constexpr void for_each(Visitor&& visit) {
    (visit.template operator()<Types>(), ...);
  }

  /// Calls `visit.template operator()<Type>()` for the type named `name`. Returns whether it
  /// exists.
  template <class Visitor>
  static constexpr bool with_name(std::string_view name, Visitor&& visit) {
    return ((Types::name == name && (visit.template operator()<Types>(), true)) || ...);
  }
};

}  // namespace lrscape
