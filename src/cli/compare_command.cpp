#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "cli/axis_ticks.hpp"
#include "cli/commands.hpp"
#include "cli/map_selection.hpp"
#include "cli/messages.hpp"
#include "cli/sweep_options.hpp"
#include "cli/terminal.hpp"
#include "lrscape/error.hpp"
#include "report/answers.hpp"
#include "report/compared_maps.hpp"

namespace lrscape::cli {
namespace {

struct CompareOptions {
  MapOptions maps;
  bool json = false;
  std::string config;
};

/// Throws InputError if no pair of maps shares a cell.
std::vector<ComparedMaps> pairs_of(const std::vector<ChosenMap>& maps, const MapOptions& options) {
  std::vector<const ChosenMap*> first, second;
  for (const ChosenMap& one : maps) (one.path == options.paths[0] ? first : second).push_back(&one);
  std::vector<ComparedMaps> pairs = compared_maps(first, second);
  if (pairs.empty())
    throw InputError(
        fmt::format("{} and {} share no cell: {}{}", options.paths[0], options.paths[1],
                    why_not_compared(first, second),
                    !first.empty() && !second.empty() && first.size() + second.size() > 2
                        ? "; choose one map of each with --optimizer and --at"
                        : ""));
  return pairs;
}

/// The verdicts over the learning rate (to the right) and the weight decay (upward). Where the
/// terminal is narrow, a character stands for the most frequent verdict of several cells.
std::string draw(const Comparison& comparison, int columns) {
  std::vector<double> rates, decays;
  for (const ComparedCell& cell : comparison.cells) {
    rates.push_back(cell.learning_rate);
    decays.push_back(cell.weight_decay);
  }
  for (auto* const axis : {&rates, &decays}) {
    std::ranges::sort(*axis);
    axis->erase(std::unique(axis->begin(), axis->end()), axis->end());
  }
  if (rates.size() < 2 || decays.size() < 2) return "";
  constexpr std::size_t most_rows = 24;
  const auto width = static_cast<std::size_t>(std::max(columns, 20)) - 2;
  const AxisLayout x(rates.size(), width, 2), y(decays.size(), most_rows, 1);
  const auto index = [](const std::vector<double>& axis, double value) {
    return static_cast<std::size_t>(std::ranges::lower_bound(axis, value) - axis.begin());
  };
  std::vector<std::vector<std::map<char, std::size_t>>> votes(
      y.merged(), std::vector<std::map<char, std::size_t>>(x.merged()));
  for (const ComparedCell& cell : comparison.cells)
    ++votes[index(decays, cell.weight_decay) / y.merge][index(rates, cell.learning_rate) / x.merge]
           [verdict(cell)];
  std::string text;
  for (std::size_t row = y.merged(); row-- > 0;) {
    text += "  ";
    for (const auto& vote : votes[row]) {
      const auto most =
          std::ranges::max_element(vote, {}, [](const auto& entry) { return entry.second; });
      text.append(x.magnify, most == vote.end() ? ' ' : most->first);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
  }
  if (x.merge * y.merge > 1)
    text += fmt::format("  each character shows the most frequent result of {} x {} cells\n",
                        x.merge, y.merge);
  for (const std::string& line :
       wrap(fmt::format("to the right: lr from {} to {}; upward: wd from {} to {}",
                        for_people(rates.front()), for_people(rates.back()),
                        for_people(decays.front()), for_people(decays.back())),
            static_cast<int>(width)))
    text += "  " + line + "\n";
  return text;
}

void compare_results(const CompareOptions& options) {
  std::error_code unknown;
  if (std::filesystem::equivalent(options.maps.paths[0], options.maps.paths[1], unknown))
    throw InputError(
        fmt::format("{} is given twice, so there is nothing to compare", options.maps.paths[0]));
  const std::vector<ChosenMap> maps = choose_maps(options.maps);
  const std::vector<ComparedMaps> pairs = pairs_of(maps, options.maps);
  if (const std::string warning = data_warning(pairs.front()); !warning.empty())
    say_warning(warning);
  if (options.json) {
    fmt::print("{{\"comparisons\": [");
    for (std::size_t k = 0; k < pairs.size(); ++k)
      fmt::print("{}{}", k > 0 ? ",\n  " : "\n  ", comparison_json(pairs[k]));
    fmt::print("\n]}}\n");
    return;
  }
  const TerminalStyle style = terminal_style(STDOUT_FILENO);
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    if (k > 0) fmt::print("\n");
    fmt::print("{}", draw(pairs[k].comparison, style.columns));
    for (const std::string& sentence : comparison_answers(pairs[k], style.unicode))
      for (const std::string& line : wrap(sentence, style.columns)) fmt::print("{}\n", line);
  }
}

}  // namespace

Command compare_command(const std::string& /*command_line*/) {
  Command command("compare", "Compare two results cell by cell and seed by seed");
  command.description =
      "Compares the cells and seeds that both results have. For each seed, both saw the rows in "
      "the "
      "same order, so lrscape computes the difference seed by seed. Both must have trained on the "
      "same data. In the map, 1 or 2 marks a cell in which that result is better by more than two "
      "standard errors, or in which only the other result diverged. A dot marks neither. A blank "
      "cell has not run in both results, or diverged in both. Maps with the same optimizer and "
      "settings are paired. If each result has only one map, compare pairs those two.";
  command.examples = {{"lrscape compare constant.zarr cosine.zarr", "Two schedules."},
                      {"lrscape compare cosine.zarr wsd.zarr --optimizer adamw-pt --json",
                       "One optimizer of each, for a script."}};
  const auto options = std::make_shared<CompareOptions>();
  for (const auto& [name, value] : {std::pair("first", "FIRST"), std::pair("second", "SECOND")}) {
    Option& argument = command.add_option(
        name, value, "a folder written by lrscape sweep",
        [options](std::string_view path) { options->maps.paths.emplace_back(path); });
    argument.required = true;
    argument.completion = Completion::folders;
  }
  add_map_options(command, options->maps);
  add_decay_window(command, options->maps);
  command.add_flag("--json", options->json, "print JSON");
  add_config_option(command, options->config);
  command.run = [options] { compare_results(*options); };
  return command;
}

}  // namespace lrscape::cli
