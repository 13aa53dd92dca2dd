#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "lrscape/analysis.hpp"

namespace lrscape::cli {

/// The options that choose maps, and the part of each, from results of sweeps.
struct MapOptions {
  std::vector<std::string> paths;
  std::string optimizer;
  std::string at;
  std::string learning_rates;
  std::string weight_decays;
  std::vector<std::int64_t> seeds;  ///< all if empty
  std::optional<std::int64_t> epoch;
};

/// All of them but --wd.
void add_map_options(Command& command, MapOptions& options);
void add_decay_window(Command& command, MapOptions& options);

/// The part of one configuration that the options choose.
struct ChosenMap {
  std::string path;
  std::string optimizer;
  /// The further axes of the result, with the labels of this map.
  std::vector<std::pair<std::string, std::string>> at;
  LossMap map;
  bool is_cut;            ///< Whether the map is a part of a larger one.
  std::string data = {};  ///< The checksums of the data, if the result has them.
  std::size_t runs = 0, done = 0, diverged = 0;
  /// The losses of the cell after each epoch, if the part is one cell of a result with epochs.
  std::vector<Estimate> by_epoch = {};

  /// "map.zarr  adamw-pt beta2=0.99"
  std::string title() const;
};

/// Reads the results and chooses. Throws InputError if the options choose nothing, or are not
/// understood.
std::vector<ChosenMap> choose_maps(const MapOptions& options);

}  // namespace lrscape::cli
