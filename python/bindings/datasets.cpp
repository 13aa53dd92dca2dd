#include "datasets.hpp"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "calls.hpp"
#include "lrscape/device.hpp"

namespace lrscape::python {
namespace {

nb::dlpack::dtype dtype_of(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return nb::dtype<float>();
    case ElementType::float64:
      return nb::dtype<double>();
    case ElementType::int32:
      return nb::dtype<std::int32_t>();
    case ElementType::int64:
      return nb::dtype<std::int64_t>();
    case ElementType::uint8:
    case ElementType::string:  // Texts have no dtype here: they become a list.
      break;
  }
  return nb::dtype<std::uint8_t>();
}

/// The values of an array: an array of numpy that owns the bytes, or a list of texts.
nb::object values_of(DataArray& array) {
  if (array.type == ElementType::string) return nb::cast(array.texts);
  auto* const owned = new std::string(std::move(array.bytes));
  const nb::capsule owner(
      owned, [](void* pointer) noexcept { delete static_cast<std::string*>(pointer); });
  return nb::cast(nb::ndarray<nb::numpy>(owned->data(), array.shape.size(), array.shape.data(),
                                         owner, nullptr, dtype_of(array.type)));
}

}  // namespace

nb::tuple to_python(Dataset dataset) {
  nb::list arrays;
  for (DataArray& array : dataset.arrays)
    arrays.append(nb::make_tuple(array.name, array.dimensions, values_of(array), array.attributes,
                                 array.is_coordinate));
  return nb::make_tuple(arrays, dataset.attributes);
}

void add_datasets(nb::module_& module) {
  using namespace nb::literals;
  module.def(
      "read_dataset",
      [](const std::filesystem::path& path) {
        Dataset dataset;
        {
          const Unlocked unlocked;
          dataset = read_dataset(path);
        }
        return to_python(std::move(dataset));
      },
      "path"_a);
  module.def("devices", [] {
    nb::list all;
    for (const DeviceInfo& device : devices())
      all.append(nb::make_tuple(device.name, device.description, device.limits, device.usable));
    return all;
  });
}

}  // namespace lrscape::python
