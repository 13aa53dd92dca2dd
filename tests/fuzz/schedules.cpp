#include "fuzz.hpp"
#include "lrscape/schedule_spec.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrscape;
  const auto text = fuzz::text_of(data, size);
  if (!fuzz::is_quick_argument(text)) return 0;
  fuzz::accepts([&] { parse_schedule(text); });
  fuzz::accepts([&] {
    const auto schedules = parse_schedules(text);
    fuzz::expect(!schedules.empty(), "there is a schedule", text);
    for (const ScheduleSpec& schedule : schedules) {
      const std::string whole = schedule.to_string();
      fuzz::expect(parse_schedule(whole).to_string() == whole,
                   "to_string() gives text that parses to the same schedule", whole);
      if (schedules.size() > 100) break;  // The rest differs in numbers alone.
      fuzz::accepts([&] {
        fuzz::expect(evaluate(schedule, 50, 10).size() == 50, "there is a value for every step",
                     whole);
      });
    }
  });
  return 0;
}
