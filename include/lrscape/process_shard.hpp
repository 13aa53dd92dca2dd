#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lrscape/unit.hpp"

namespace lrscape {

/// The shard of this process, and the environment variables that tell it.
struct ProcessShard {
  Shard shard;
  std::string source = {};
};

/// Reads the value of an environment variable; nothing if it is not set.
using ReadVariable = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> environment_variable(const char* name);

/// The place of this process among those that a scheduler started: the task of a Slurm array, and
/// within it the rank of srun, Open MPI or another MPI. Throws InputError if no scheduler has
/// numbered the process, or if its variables contradict each other.
ProcessShard shard_of_process(const ReadVariable& variable = environment_variable);

}  // namespace lrscape
