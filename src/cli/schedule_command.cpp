#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/rules.hpp"
#include "cli/sweep_options.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {
namespace {

struct ScheduleOptions {
  std::string schedule;
  std::optional<std::int64_t> steps;
  std::optional<std::int64_t> steps_per_epoch;
  std::optional<double> learning_rate;
  std::string config;
};

void print_schedule(const ScheduleOptions& options) {
  std::vector<io::Note> notes;
  std::vector<ScheduleSpec> schedules = parse_schedules(options.schedule);
  if (schedules.size() != 1)
    throw InputError(fmt::format("{} stands for {} schedules, but only one can be printed",
                                 printable(options.schedule), schedules.size()));
  const std::int64_t steps = options.steps.value_or(0);
  if (steps < 1) throw InputError(fmt::format("--steps must be at least 1, not {}", steps));
  const ScheduleSpec schedule = with_values(std::move(schedules.front()), notes);
  say_notes(notes, false);
  std::string text = options.learning_rate ? "learning_rate\n" : "eta\n";
  for (const double eta : evaluate(schedule, steps, options.steps_per_epoch.value_or(0)))
    text += to_text(options.learning_rate ? *options.learning_rate * eta : eta) + "\n";
  fmt::print("{}", text);
}

}  // namespace

Command schedule_command(const std::string& /*command_line*/) {
  Command command("schedule", "Print the multipliers of a learning-rate schedule");
  command.usage = "--steps T";
  command.description =
      "Prints eta_1 to eta_T, or the learning rates lr eta_t with --lr, one per line, below a "
      "title "
      "line. custom:FILE reads the file back as a schedule.";
  command.examples = {
      {"lrscape schedule wsd:cooldown=0.2,warmup=100 --steps 4000 > eta.csv", "The multipliers."},
      {"lrscape schedule cosine --steps 1000 --lr 1e-3", "The learning rates of 1,000 steps."}};
  const auto options = std::make_shared<ScheduleOptions>();
  Option& schedule = command.add_value("schedule", "SCHEDULE", options->schedule,
                                       "NAME or NAME:PARAMETER=VALUE,... (lrscape help schedules)");
  schedule.required = true;
  schedule.candidates = schedule_candidates;
  command.add_value("--steps", "T", options->steps, "number of steps").required = true;
  command.add_value("--lr", "NUMBER", options->learning_rate, "the base learning rate");
  command.add_value("--steps-per-epoch", "N", options->steps_per_epoch,
                    "steps per epoch, for the schedule sqrt-epoch");
  add_config_option(command, options->config);
  command.run = [options] { print_schedule(*options); };
  return command;
}

}  // namespace lrscape::cli
