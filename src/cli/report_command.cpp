#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/sweep_options.hpp"
#include "lrscape/report.hpp"

namespace lrscape::cli {
namespace {

struct ReportCommandOptions {
  std::vector<std::string> results;
  std::string out;
  std::string title;
  std::string config;
};

void make_report(const ReportCommandOptions& options, const std::string& command_line) {
  const bool to_stdout = options.out == "-";
  if (!to_stdout) check_report_path(options.out);
  const std::vector<std::filesystem::path> results(options.results.begin(), options.results.end());
  const ReportPage page = report_page(results, {options.title, command_line});
  if (to_stdout)
    std::fwrite(page.html.data(), 1, page.html.size(), stdout);
  else
    write_report(options.out, page);
  for (const std::string& part : page.left_out)
    say(fmt::format("lrscape: to stay small, the report leaves out {}", part));
}

}  // namespace

Command report_command(const std::string& command_line) {
  Command command("report", "Write results as one interactive HTML page");
  command.description =
      "The page opens in a browser without a network. It draws every map with the values and "
      "standard errors of the cell under the pointer; mean, minimum, maximum and standard error, "
      "and the values of further axes, can be chosen. A cell shows its seeds and its loss curve, "
      "if the sweep used --record epoch. A line over the map shows the slice at a weight decay or "
      "at a product of learning rate and weight decay, with its width. The page compares every "
      "pair of "
      "results with cells in common, and draws the bounds of lrscape bound --out. All numbers are "
      "those of show, slice and compare. An existing report is replaced.";
  command.examples = {
      {"lrscape report pt.zarr lh.zarr --out report.html", "Two results on one page."},
      {"lrscape report bounds.zarr --out bounds.html", "Bounds for schedules."}};
  command.usage = "--out FILE";
  const auto options = std::make_shared<ReportCommandOptions>();
  Option& results = command.add_list("results", "RESULT", options->results,
                                     "folders written by lrscape sweep or lrscape bound");
  results.required = true;
  results.completion = Completion::folders;
  Option& out =
      command.add_value("--out", "FILE", options->out, "the page to write; - is standard output");
  out.required = true;
  out.completion = Completion::files;
  command.add_value("--title", "TEXT", options->title, "title of the page [the results' names]");
  add_config_option(command, options->config);
  command.run = [options, command_line] { make_report(*options, command_line); };
  return command;
}

}  // namespace lrscape::cli
