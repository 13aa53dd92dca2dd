#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lrscape/store.hpp"
#include "store/group.hpp"

namespace lrscape {

/// The arrays of a sweep's result that units fill, for a cut of the sweep.
std::vector<zarr::Member> result_arrays(const Sweep& sweep, const Cut& cut);

/// The coordinates of a sweep's result.
std::vector<zarr::Member> coordinates(const Sweep& sweep);

/// The cut by which a result on disk was created, from the shape of its chunks; nothing if no result is there or none
/// of its descriptions tells it.
std::optional<Cut> stored_cut(const std::filesystem::path& path);

/// A unit's chunk of one of the arrays, as bytes without a checksum. A chunk at the rim of the grid is as large as any
/// other; its places beyond the grid hold the fill value.
std::string encode_chunk(const zarr::Array& array, const Sweep& sweep, const Unit& unit,
                         const RunResults& results);

}  // namespace lrscape
