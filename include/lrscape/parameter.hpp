#pragma once

#include <limits>
#include <string_view>

namespace lrscape {

/// A tunable number of an optimizer or a schedule: its name, meaning, default and range.
struct Parameter {
  enum class Kind { number, integer, flag, choice };

  static constexpr double unbounded = std::numeric_limits<double>::infinity();

  std::string_view name;
  std::string_view summary;
  double default_value;
  double minimum;  ///< Inclusive.
  double maximum;
  bool maximum_allowed = true;  ///< Whether `maximum` is inclusive. Infinity is never allowed.
  Kind kind = Kind::number;
  std::string_view choices = {};  ///< Names joined by |; value k, from 0, selects the k-th.
};

}  // namespace lrscape
