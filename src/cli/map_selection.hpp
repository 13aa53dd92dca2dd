#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "report/chosen_map.hpp"

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

/// Whether the options choose a part of the results.
bool chooses(const MapOptions& options);

/// The results as arguments, with this help.
void add_results(Command& command, MapOptions& options,
                 const std::string& help = "folders written by lrscape sweep");
/// The options that choose among the maps, except --wd.
void add_map_options(Command& command, MapOptions& options);
void add_decay_window(Command& command, MapOptions& options);

/// Reads the results and chooses. Throws InputError if the options choose nothing, or are not
/// understood.
std::vector<ChosenMap> choose_maps(const MapOptions& options);

}  // namespace lrscape::cli
