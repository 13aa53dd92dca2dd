#include "lrscape/process_shard.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

/// The variables of a scheduler that number the processes it starts from 0.
struct Ranks {
  const char* rank;
  const char* size;
};

/// srun sets both variables of Slurm for the processes of a step, but not for a batch script, which
/// runs once. In a Slurm job, mpirun starts one daemon per node by srun, and the daemon starts the
/// processes, which inherit its SLURM_PROCID: the variables of MPI therefore come first.
constexpr Ranks all_ranks[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                               {"PMI_RANK", "PMI_SIZE"},
                               {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}};

std::int64_t number(const ReadVariable& variable, const char* name) {
  const auto text = variable(name);
  if (!text) throw InputError(fmt::format("{} is not set", name));
  return parse_whole_number<std::int64_t>(*text, name);
}

Shard checked(std::int64_t index, std::int64_t count, std::string_view source) {
  if (index < 0 || index >= count)
    throw InputError(fmt::format("{} names process {} of {}", source, index + 1, count));
  return {static_cast<std::size_t>(index), static_cast<std::size_t>(count)};
}

/// The place among the tasks of a job array, whose numbers may start anywhere and have a step.
Shard of_array(const ReadVariable& variable) {
  const std::int64_t first = number(variable, "SLURM_ARRAY_TASK_MIN");
  const std::int64_t step =
      variable("SLURM_ARRAY_TASK_STEP") ? number(variable, "SLURM_ARRAY_TASK_STEP") : 1;
  const std::int64_t id = number(variable, "SLURM_ARRAY_TASK_ID");
  const std::int64_t count = number(variable, "SLURM_ARRAY_TASK_COUNT");
  if (step < 1 || (id - first) % step != 0)
    throw InputError(fmt::format("task {} is not one of an array that starts at {} with step {}",
                                 id, first, step));
  const std::int64_t index = (id - first) / step;
  if (index >= count)
    throw InputError(
        fmt::format("task {} is beyond an array of {} tasks that starts at {}; number the tasks "
                    "without gaps, as in 1-{}",
                    id, count, first, count));
  return checked(index, count, "SLURM_ARRAY_TASK_ID");
}

}  // namespace

ProcessShard shard_of_process(const ReadVariable& variable) {
  ProcessShard chosen;
  if (variable("SLURM_ARRAY_TASK_ID")) chosen = {of_array(variable), "SLURM_ARRAY_TASK_ID"};
  for (const auto& [rank, size] : all_ranks) {
    if (!variable(rank) || !variable(size)) continue;
    const Shard inner = checked(number(variable, rank), number(variable, size), rank);
    chosen.shard = {chosen.shard.index * inner.count + inner.index,
                    chosen.shard.count * inner.count};
    chosen.source += (chosen.source.empty() ? "" : " and ") + std::string(rank);
    break;
  }
  if (chosen.source.empty())
    throw InputError(
        "no scheduler has numbered this process; expected SLURM_ARRAY_TASK_ID, or SLURM_PROCID "
        "with SLURM_STEP_NUM_TASKS, OMPI_COMM_WORLD_RANK with OMPI_COMM_WORLD_SIZE, or PMI_RANK "
        "with PMI_SIZE");
  return chosen;
}

std::optional<std::string> environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace lrscape
