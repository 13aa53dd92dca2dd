#include "cli/values_from_files.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

#include "cli/messages.hpp"
#include "cli/remedies.hpp"
#include "io/read_matrix.hpp"

namespace lrscape::cli {
namespace {

std::vector<double> read(const std::string& file, std::size_t column,
                         std::vector<io::Note>& notes) {
  io::Vector vector = io::read_column(file, column, 0);
  for (io::Note& note : vector.notes) {
    note.remedy = Remedy::none;  // Only a sweep has options for the files of its data.
    notes.push_back(std::move(note));
  }
  return std::move(vector.values);
}

}  // namespace

ScheduleSpec with_values(ScheduleSpec schedule, std::vector<io::Note>& notes) {
  // The only parameter of a custom schedule is the column.
  if (!schedule.file.empty())
    schedule.lists = {read(schedule.file, static_cast<std::size_t>(schedule.values[0]), notes)};
  return schedule;
}

GradientNorms with_values(GradientNorms norms, std::vector<io::Note>& notes) {
  if (!norms.file.empty()) norms.values = read(norms.file, norms.column, notes);
  return norms;
}

void say_notes(const std::vector<io::Note>& notes, bool quiet) {
  std::set<std::string> said;
  for (const io::Note& note : notes) {
    if (quiet && !note.doubtful) continue;
    const std::string text = with_remedy(note.text, note.remedy);
    if (!said.insert(text).second) continue;
    if (note.doubtful)
      say_warning(text);
    else
      say(fmt::format("lrscape: {}", text));
  }
}

}  // namespace lrscape::cli
