#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lrscape/analysis.hpp"
#include "lrscape/result.hpp"
#include "report/chosen_map.hpp"
#include "report/page.hpp"

namespace lrscape {

/// Numbers of all cells of a map, in row-major order of (learning rate, weight decay).
struct CellNumbers {
  std::vector<double> mean, error;  ///< over the seeds that have run, and its standard error
  std::vector<double> least, most;  ///< among them
  std::vector<std::uint32_t> runs;  ///< their number
};

CellNumbers cell_numbers(const LossMap& map);

/// An array of losses in the precision of the result.
Json losses_json(const std::vector<double>& losses, Precision precision, Page& page);

/// The numbers of all cells and, if they fit into `most_bytes`, the losses of all seeds; else the
/// least and the most.
Json cells_json(const LossMap& map, Precision precision, std::size_t most_bytes, Page& page);

/// The slices at every weight decay, and at products of learning rate and weight decay as dense as
/// the diagonals of the map, or fewer to fit into `most_bytes`.
Json slices_json(const ChosenMap& chosen, std::size_t most_bytes, Page& page);

/// Mean and standard error after each recorded epoch, and the losses of all seeds, as far as they
/// fit into `most_bytes`.
Json curves_json(const Result& result, std::size_t configuration, std::size_t most_bytes,
                 Page& page);

}  // namespace lrscape
