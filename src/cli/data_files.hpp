#pragma once

#include "cli/data_options.hpp"

namespace lrscape::cli {

/// Reads the files that the options name, and prepares their data. Throws InputError for files that
/// cannot be read or do not fit together.
ChosenProblem problem_from_files(const DataOptions& options);

}  // namespace lrscape::cli
