#pragma once

#include "bindings.hpp"
#include "lrscape/dataset.hpp"

namespace lrscape::python {

/// A tuple (arrays, attributes): `attributes` is JSON text, and each array is a tuple (name,
/// dimensions, values, attributes as JSON text, is_coordinate).
nb::tuple to_python(Dataset dataset);

}  // namespace lrscape::python
