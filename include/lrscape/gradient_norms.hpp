#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape {

/// Gradient norms G_t by step: the values of a list, or else the law G1 exp(A1 t) + G2 t^A2 + B.
struct GradientNorms {
  double g1 = 0, a1 = 0, g2 = 0, a2 = 0, b = 1;
  std::vector<double> values = {};  ///< Entry t - 1 for step t; empty for the law.
  std::string file = {};            ///< The file that holds the list.
  std::size_t column = 0;           ///< Column of the file, from 1; 0 for the only one.

  std::string to_string() const;
};

/// Parses a number, "law:G1=..,A1=..,G2=..,A2=..,B=.." with 0 for missing parameters, or the name of a
/// file with one norm a step, "FILE" or "FILE,column=K". Does not open the file: the caller sets `values`.
/// Throws InputError.
GradientNorms parse_gradient_norms(std::string_view text);

/// G_1 .. G_T, entry t - 1 for step t. Throws InputError unless there are as many and all are finite and
/// >= 0, and for a file whose values are not set.
std::vector<double> evaluate(const GradientNorms& norms, std::int64_t steps);

}  // namespace lrscape
