#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape {

/// Gradient norms G_t by step: the values of a list or, without a list, the law
/// G1 exp(A1 t) + G2 t^A2 + B.
struct GradientNorms {
  double g1 = 0, a1 = 0, g2 = 0, a2 = 0, b = 1;
  std::vector<double> values = {};  ///< Entry t - 1 for step t; empty for the law.
  std::string file = {};            ///< Name of the file with the list.
  std::size_t column = 0;           ///< Column of the file, from 1; 0 for its only column.

  std::string to_string() const;
};

/// Parses a number, a law or the name of a file with one norm per step. A law is
/// "law:G1=..,A1=..,G2=..,A2=..,B=.."; missing parameters are 0. A file is "FILE" or
/// "FILE,column=K"; it is not opened, so the caller sets `values`. Throws InputError.
GradientNorms parse_gradient_norms(std::string_view text);

/// G_1 .. G_T with T = steps: entry t - 1 for step t. Throws InputError for fewer than T values,
/// for a negative or non-finite value, and for a file whose values are not set.
std::vector<double> evaluate(const GradientNorms& norms, std::int64_t steps);

}  // namespace lrscape
