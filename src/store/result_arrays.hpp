#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lrscape/store.hpp"
#include "store/group.hpp"

namespace lrscape {

/// The arrays of a sweep's result that units fill, with the cut as chunk shape. The last one is the
/// status of the runs.
std::vector<zarr::Member> result_arrays(const Sweep& sweep, const Cut& cut);

/// Whether a unit whose runs have these statuses has a chunk of the array. If no run diverged,
/// diverged_at_epoch needs none, because readers take a missing chunk for the fill value, -1.
bool has_chunk(const zarr::Array& array, std::span<const RunStatus> statuses);

/// The coordinates of a sweep's result.
std::vector<zarr::Member> coordinates(const Sweep& sweep,
                                      const std::vector<std::string>& feature_names);

/// The array "split", if the rows come from one table.
std::optional<zarr::Member> split_of_rows(const Problem& problem);

/// The cut with which a result on disk was created, from its chunk shape. Returns nothing if there
/// is no result, or if none of its zarr.json files contains a valid cut.
std::optional<Cut> stored_cut(const std::filesystem::path& path, const Sweep& sweep);

/// A unit's chunk of one array, as bytes without a checksum. A chunk at the edge of the grid has
/// full size, and its places beyond the grid hold the fill value.
std::string encode_chunk(const zarr::Array& array, const Sweep& sweep, const Unit& unit,
                         const RunResults& results);

}  // namespace lrscape
