#pragma once

#include <vector>

#include "io/table.hpp"
#include "lrscape/gradient_norms.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {

/// Returns the schedule or the norms with the values read from their file, or unchanged if they
/// name no file. Appends what there is to say about the file to `notes`. Throws InputError if the
/// file cannot be read or has a value below 0.
ScheduleSpec with_values(ScheduleSpec schedule, std::vector<io::Note>& notes);
GradientNorms with_values(GradientNorms norms, std::vector<io::Note>& notes);

/// Writes the notes to stderr, each once: doubtful ones as warnings, the others unless `quiet`.
void say_notes(const std::vector<io::Note>& notes, bool quiet);

}  // namespace lrscape::cli
