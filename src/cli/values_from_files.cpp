#include "cli/values_from_files.hpp"

#include "io/read_matrix.hpp"

namespace lrscape::cli {

ScheduleSpec with_values(ScheduleSpec schedule) {
  // The only parameter of a custom schedule is the column.
  if (!schedule.file.empty())
    schedule.lists = {
        io::read_column(schedule.file, static_cast<std::size_t>(schedule.values[0]), 0)};
  return schedule;
}

GradientNorms with_values(GradientNorms norms) {
  if (!norms.file.empty()) norms.values = io::read_column(norms.file, norms.column, 0);
  return norms;
}

}  // namespace lrscape::cli
