#include "arrays.hpp"

#include <cstdint>

#include "calls.hpp"

namespace lrscape::python {
namespace {

/// Calls `use` with a null pointer to the type of the array's elements.
template <class Array, class Use>
void with_type(const Array& array, Use use) {
  const auto is = [&]<class T>(const T* type) {
    if (array.dtype() != nb::dtype<T>()) return false;
    use(type);
    return true;
  };
  const auto any = [&]<class... T>(const T*... types) { return (is(types) || ...); };
  if (!any(static_cast<double*>(nullptr), static_cast<float*>(nullptr),
           static_cast<std::int64_t*>(nullptr), static_cast<std::int32_t*>(nullptr),
           static_cast<std::int16_t*>(nullptr), static_cast<std::int8_t*>(nullptr),
           static_cast<std::uint64_t*>(nullptr), static_cast<std::uint32_t*>(nullptr),
           static_cast<std::uint16_t*>(nullptr), static_cast<std::uint8_t*>(nullptr),
           static_cast<bool*>(nullptr)))
    throw nb::type_error("expected an array of real numbers");
}

}  // namespace

std::vector<double> to_vector(const Numbers1& array) {
  std::vector<double> values(array.shape(0));
  with_type(array, [&]<class T>(const T* /*type*/) {
    const Unlocked unlocked;
    const T* element = static_cast<const T*>(array.data());
    for (double& value : values) {
      value = static_cast<double>(*element);
      element += array.stride(0);
    }
  });
  return values;
}

Matrix to_matrix(const Numbers2& array) {
  Matrix matrix(array.shape(0), array.shape(1));
  with_type(array, [&]<class T>(const T* /*type*/) {
    const Unlocked unlocked;
    const T* const first = static_cast<const T*>(array.data());
    // Blocks keep columns of a Fortran-ordered array in the cache.
    constexpr std::size_t block = 16;
    for (std::size_t top = 0; top < matrix.rows; top += block)
      for (std::size_t column = 0; column < matrix.columns; ++column)
        for (std::size_t row = top; row < std::min(top + block, matrix.rows); ++row)
          matrix(row, column) =
              static_cast<double>(first[static_cast<std::int64_t>(row) * array.stride(0) +
                                        static_cast<std::int64_t>(column) * array.stride(1)]);
  });
  return matrix;
}

}  // namespace lrscape::python
