#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "lrscape/analysis.hpp"
#include "lrscape/result.hpp"

namespace lrscape {

/// The map of one configuration of a result, or a part of it.
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

/// `map` is the map of this configuration, or a part of it if `is_cut`.
ChosenMap chosen_map(const Result& result, std::size_t configuration, const std::string& path,
                     LossMap map, bool is_cut);

/// Whether both maps have the same optimizer and the same values of the further axes.
bool same_settings(const ChosenMap& first, const ChosenMap& second);

/// Whether both maps were trained on the same data, as far as the results know.
bool same_data(const ChosenMap& first, const ChosenMap& second);

}  // namespace lrscape
