#pragma once

#include <limits>
#include <string_view>

namespace lrscape {

/// A number by which an optimizer or a schedule is tuned: its name, meaning, default and range.
struct Parameter {
  enum class Kind { number, integer, flag, choice };

  static constexpr double unbounded = std::numeric_limits<double>::infinity();

  std::string_view name;
  std::string_view summary;
  double default_value;
  double minimum;  ///< Allowed itself.
  double maximum;
  bool maximum_allowed = true;  ///< Whether the maximum itself is allowed. Infinity never is.
  Kind kind = Kind::number;
  std::string_view choices = {};  ///< For a choice: names joined by |, value k is the k-th of them.
};

}  // namespace lrscape
