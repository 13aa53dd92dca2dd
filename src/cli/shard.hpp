#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lrscape/unit.hpp"

namespace lrscape::cli {

/// A shard, and the environment variables that it comes from.
struct ChosenShard {
  Shard shard;
  std::string source = {};
};

/// Reads the value of an environment variable; nothing if it is not set.
using ReadVariable = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> environment_variable(const char* name);

/// Reads "i/n" or, for "auto", the place of this process among those that a scheduler started: the
/// task of a Slurm array, and within it the rank of srun, Open MPI or another MPI. Empty text is
/// the whole sweep. Throws InputError.
ChosenShard parse_shard(std::string_view text, const ReadVariable& variable = environment_variable);

}  // namespace lrscape::cli
