#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/prepared_sweep.hpp"
#include "lrscape/result.hpp"
#include "lrscape/store.hpp"

namespace lrscape {

/// The type of the elements of an array.
enum class ElementType : std::uint8_t { float32, float64, int32, int64, uint8, string };
/// "float32"
std::string_view name_of(ElementType type);

/// An array with its metadata. It has no dimensions if it is a single value.
struct DataArray {
  std::string name;
  ElementType type;
  std::vector<std::string> dimensions;
  std::vector<std::size_t> shape;       ///< a size for each dimension
  std::string bytes = {};               ///< the numbers in row-major order, unless `type` is string
  std::vector<std::string> texts = {};  ///< the elements if `type` is string
  std::string attributes = {};          ///< JSON object
  bool is_coordinate = false;           ///< tells about a dimension or about the whole result
};

/// A result as arrays, the way that readers of a Zarr group see the result. The result of a sweep
/// is the same in memory and on disk, apart from the attributes that tell how it was made.
struct Dataset {
  std::vector<DataArray> arrays;
  std::string attributes;  ///< JSON object
};

/// The arrays of a sweep's result: those that StoreSink writes. `results` has all runs of the sweep
/// in the order of Result. Runs that have not run have status not_run and loss NaN.
Dataset dataset_of(const PreparedSweep& prepared, const RunResults& results,
                   const Provenance& provenance);

/// The arrays of bounds: those that write_bounds() writes. Throws InputError if a bound is outside
/// the range of a double.
Dataset dataset_of(const BoundSweep& sweep, const BoundTable& table,
                   const std::vector<double>& gammas, const Provenance& provenance);

/// Reads a whole result, of a sweep or of bounds, and verifies it: the hash of its configuration,
/// the description of its arrays and the checksum of every chunk. Throws InputError if `path` is
/// not a result or cannot be read, or if it is damaged.
Dataset read_dataset(const std::filesystem::path& path);

}  // namespace lrscape
