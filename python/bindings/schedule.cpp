#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>

#include "arrays.hpp"
#include "calls.hpp"
#include "lrscape/axis.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::python {
namespace {

/// A schedule given by its values; the text of its label has no file.
ScheduleSpec listed(const std::string& name, const Numbers1& values) {
  ScheduleSpec spec = parse_schedule("custom:" + name);
  spec.lists = {to_vector(values)};
  return spec;
}

/// The library opens no files for schedules.
void refuse_file(const ScheduleSpec& schedule) {
  if (!schedule.file.empty() && schedule.lists[0].empty())
    throw InputError("schedule '" + schedule.to_string() +
                     "' names a file; read it, such as with numpy.loadtxt, and give the values");
}

std::vector<ScheduleSpec> parsed(const std::string& text) {
  std::vector<ScheduleSpec> schedules = parse_schedules(text);
  for (const ScheduleSpec& schedule : schedules) refuse_file(schedule);
  return schedules;
}

}  // namespace

void add_schedules(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<ScheduleSpec>(module, "Schedule")
      .def_static("listed", &listed, "name"_a, "values"_a)
      .def("__str__", &ScheduleSpec::to_string)
      .def(
          "evaluate",
          [](const ScheduleSpec& schedule, std::int64_t steps, std::int64_t steps_per_epoch) {
            std::vector<double> eta;
            {
              const Unlocked unlocked;
              eta = evaluate(schedule, steps, steps_per_epoch);
            }
            return to_numpy(std::move(eta));
          },
          "steps"_a, "steps_per_epoch"_a);
  module.def("parse_schedules", &parsed, "text"_a);
  module.def(
      "parse_axis",
      [](const std::string& text, const std::string& what, bool logarithmic) {
        return parse_axis(text, what, logarithmic ? Spacing::logarithmic : Spacing::linear);
      },
      "text"_a, "what"_a, "logarithmic"_a);
  module.def(
      "parse_whole_axis",
      [](const std::string& text, const std::string& what, bool logarithmic) {
        return parse_whole_axis(text, what, logarithmic ? Spacing::logarithmic : Spacing::linear);
      },
      "text"_a, "what"_a, "logarithmic"_a);
}

}  // namespace lrscape::python
