#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "io/read_matrix.hpp"
#include "lrscape/problem.hpp"

namespace lrscape::cli {

/// The options that choose the problem of a sweep, as given.
struct DataOptions {
  SyntheticProblem synthetic;
  std::string features, targets, data, target;
  std::string validation_features, validation_targets, validation_data;
  double validation_fraction = 0.3;
  std::uint64_t split_seed = 0;
  io::Header header = io::Header::automatic;
  bool one_hot = false;
  bool drop_missing = false;
  bool standardize = false;
  bool intercept = false;
  /// Options for the synthetic problem, for held-out rows, and for data from files.
  std::vector<const Option*> synthetic_options, split_options, file_options;
};

void add_data_options(Command& command, DataOptions& options);

/// A problem, and what there is to say about it.
struct ChosenProblem {
  Problem problem;
  std::string source;  ///< Where it comes from and each decision about its files, in short.
  std::vector<io::Note> notes;
};

/// Draws the synthetic problem or reads the files. Throws InputError for options that exclude each
/// other and for files that cannot be read or do not fit together.
ChosenProblem choose_problem(const DataOptions& options);

}  // namespace lrscape::cli
