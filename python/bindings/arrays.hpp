#pragma once

#include <nanobind/ndarray.h>

#include <vector>

#include "bindings.hpp"
#include "lrscape/matrix.hpp"

namespace lrscape::python {

/// An array of numpy, of any real type, order and strides.
using Numbers1 = nb::ndarray<nb::ro, nb::ndim<1>, nb::device::cpu>;
using Numbers2 = nb::ndarray<nb::ro, nb::ndim<2>, nb::device::cpu>;

/// Copies the elements, converted to double. Runs without the interpreter's lock.
std::vector<double> to_vector(const Numbers1& array);
Matrix to_matrix(const Numbers2& array);

/// A new array of numpy that owns the values.
template <class T>
nb::ndarray<nb::numpy, T> to_numpy(std::vector<T> values, const std::vector<std::size_t>& shape) {
  auto* const owned = new std::vector<T>(std::move(values));
  const nb::capsule owner(
      owned, [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
  return {owned->data(), shape.size(), shape.data(), owner};
}

template <class T>
nb::ndarray<nb::numpy, T> to_numpy(std::vector<T> values) {
  const std::size_t size = values.size();
  return to_numpy(std::move(values), {size});
}

}  // namespace lrscape::python
