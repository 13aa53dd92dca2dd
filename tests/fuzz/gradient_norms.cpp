#include "lrscape/gradient_norms.hpp"

#include <algorithm>
#include <cmath>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrscape;
  const auto text = fuzz::text_of(data, size);
  if (!fuzz::is_quick_argument(text)) return 0;
  fuzz::accepts([&] {
    const GradientNorms norms = parse_gradient_norms(text);
    fuzz::expect(parse_gradient_norms(norms.to_string()).to_string() == norms.to_string(),
                 "to_string() gives text that parses to the same norms", text);
    const auto values = evaluate(norms, 50);
    fuzz::expect(values.size() == 50, "there is a norm for every step", text);
    fuzz::expect(std::ranges::all_of(values, [](double v) { return std::isfinite(v) && v >= 0; }),
                 "norms are finite and not negative", text);
  });
  return 0;
}
