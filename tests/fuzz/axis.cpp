#include "lrscape/axis.hpp"

#include <algorithm>
#include <cmath>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrscape;
  const auto text = fuzz::text_of(data, size);
  if (!fuzz::is_quick_argument(text)) return 0;
  for (const auto spacing : {Spacing::linear, Spacing::logarithmic})
    fuzz::accepts([&] {
      const auto values = parse_axis(text, "--axis", spacing);
      fuzz::expect(!values.empty(), "an axis has values", text);
      fuzz::expect(std::ranges::all_of(values, [](double v) { return std::isfinite(v); }),
                   "values are finite", text);
      fuzz::expect(std::ranges::adjacent_find(values, std::ranges::greater_equal()) == values.end(),
                   "values ascend", text);
    });
  return 0;
}
