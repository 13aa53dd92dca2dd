#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace lrscape {

/// The metadata of a result.
struct OpenedGroup {
  nlohmann::ordered_json description;    ///< the group's own zarr.json
  nlohmann::ordered_json configuration;  ///< verified by its hash

  /// "sweep" or "bound". Results of early versions name no kind, and are sweeps.
  std::string kind() const;
};

/// Throws InputError if `path` is not a result of lrscape, or if its metadata are damaged.
OpenedGroup open_group(const std::filesystem::path& path);

}  // namespace lrscape
