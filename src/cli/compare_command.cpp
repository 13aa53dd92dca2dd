#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>

#include "base/text.hpp"
#include "cli/answers.hpp"
#include "cli/axis_ticks.hpp"
#include "cli/commands.hpp"
#include "cli/map_selection.hpp"
#include "cli/messages.hpp"
#include "cli/sweep_options.hpp"
#include "cli/terminal.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

struct CompareOptions {
  MapOptions maps;
  bool json = false;
  std::string config;
};

struct Pair {
  const ChosenMap* first;
  const ChosenMap* second;
  Comparison comparison;
};

/// Why no pair of maps has a run in common.
std::string why_nothing_is_shared(const std::vector<const ChosenMap*>& first,
                                  const std::vector<const ChosenMap*>& second) {
  for (const bool is_first : {true, false})
    if ((is_first ? first : second).empty())
      return fmt::format("the {} has no map of this optimizer and these settings",
                         is_first ? "first" : "second");
  if (first.size() > 1 || second.size() > 1)
    return "no map of one has the optimizer and settings of a map of the other; choose one map of "
           "each with --optimizer and --at";
  const auto shares = [](const auto& a, const auto& b) {
    return std::ranges::any_of(a, [&](auto value) { return std::ranges::count(b, value) > 0; });
  };
  const LossMap& a = first[0]->map;
  const LossMap& b = second[0]->map;
  if (!shares(a.learning_rates(), b.learning_rates()))
    return "they have no learning rate in common";
  if (!shares(a.weight_decays(), b.weight_decays())) return "they have no weight decay in common";
  if (!shares(a.seeds(), b.seeds())) return "they have no seed in common";
  return "no cell has run in both";
}

/// The maps of both results with the same optimizer and settings or, if both have a single map,
/// these two.
std::vector<Pair> pairs_of(const std::vector<ChosenMap>& maps, const MapOptions& options) {
  std::vector<const ChosenMap*> first, second;
  for (const ChosenMap& one : maps) (one.path == options.paths[0] ? first : second).push_back(&one);
  std::vector<Pair> pairs;
  const auto add = [&](const ChosenMap* a, const ChosenMap* b) {
    Comparison comparison = compare(a->map, b->map);
    if (comparison.seeds > 0 && comparison.cells.size() + comparison.diverged_in_both > 0)
      pairs.push_back({a, b, std::move(comparison)});
  };
  if (first.size() == 1 && second.size() == 1) {
    add(first[0], second[0]);
  } else {
    for (const ChosenMap* const a : first)
      for (const ChosenMap* const b : second)
        if (a->optimizer == b->optimizer && a->at == b->at) add(a, b);
  }
  if (pairs.empty())
    throw InputError(fmt::format("{} and {} share no cell: {}", options.paths[0], options.paths[1],
                                 why_nothing_is_shared(first, second)));
  return pairs;
}

std::size_t undecided(const Comparison& comparison) {
  return comparison.cells.size() - comparison.first_better - comparison.second_better;
}

/// One character for a cell: 1 or 2 for the better map, a dot for no clear difference.
char verdict(const ComparedCell& cell) {
  return cell.better == Better::first ? '1' : cell.better == Better::second ? '2' : '.';
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
       wrap(fmt::format("lr {} to {} to the right, wd {} to {} upward", for_people(rates.front()),
                        for_people(rates.back()), for_people(decays.front()),
                        for_people(decays.back())),
            static_cast<int>(width)))
    text += "  " + line + "\n";
  return text;
}

std::vector<std::string> sentences(const Pair& pair, bool unicode) {
  const Comparison& comparison = pair.comparison;
  const auto number = [](std::size_t count) { return grouped(static_cast<std::int64_t>(count)); };
  std::vector<std::string> lines = {
      fmt::format("1: {}", printable(pair.first->title())),
      fmt::format("2: {}", printable(pair.second->title())),
      fmt::format("both have runs in {}, with up to {} in common",
                  counted(std::ssize(comparison.cells) +
                              static_cast<std::ptrdiff_t>(comparison.diverged_in_both),
                          "cell"),
                  counted(static_cast<std::int64_t>(comparison.seeds), "seed")),
      fmt::format("result 1 is better in {} cells, result 2 in {}, neither in {} (by more than two "
                  "standard errors)",
                  number(comparison.first_better), number(comparison.second_better),
                  number(undecided(comparison)))};
  if (comparison.diverged_in_both > 0)
    lines.push_back(
        fmt::format("{} diverged in both",
                    counted(static_cast<std::int64_t>(comparison.diverged_in_both), "cell")));
  if (comparison.seeds < 2) lines.push_back("a single common seed gives no standard error");
  const auto first = best_cell(pair.first->map), second = best_cell(pair.second->map);
  const auto best = [&](const ChosenMap& chosen, const Cell& cell) {
    return fmt::format("{} at lr {} wd {}", for_people(cell.loss, unicode),
                       for_people(chosen.map.learning_rates()[cell.learning_rate]),
                       for_people(chosen.map.weight_decays()[cell.weight_decay]));
  };
  if (first && second)
    lines.push_back(
        fmt::format("best: 1 {}; 2 {}", best(*pair.first, *first), best(*pair.second, *second)));
  if (comparison.difference_of_best)
    lines.push_back(fmt::format("best of 1 minus best of 2, seed by seed: {}",
                                for_people(*comparison.difference_of_best, unicode)));
  return lines;
}

std::string comparison_json(const Pair& pair) {
  const Comparison& comparison = pair.comparison;
  std::string cells;
  for (const ComparedCell& cell : comparison.cells)
    cells += fmt::format(
        "{}{{\"learning_rate\": {}, \"weight_decay\": {}, \"difference\": {}, "
        "\"standard_error\": {}, \"better\": {}}}",
        cells.empty() ? "" : ", ", json_number(cell.learning_rate), json_number(cell.weight_decay),
        json_number(cell.difference.value), json_number(cell.difference.standard_error),
        verdict(cell) == '.' ? "null" : std::string(1, verdict(cell)));
  const auto& best = comparison.difference_of_best;
  return fmt::format(
      "{{\"first\": {{{}}}, \"second\": {{{}}}, \"seeds\": {}, \"first_better\": {}, "
      "\"second_better\": {}, \"no_clear_difference\": {}, \"diverged_in_both\": {}, "
      "\"difference_of_best\": {}, \"cells\": [{}]}}",
      identity_json(*pair.first), identity_json(*pair.second), comparison.seeds,
      comparison.first_better, comparison.second_better, undecided(comparison),
      comparison.diverged_in_both,
      best ? fmt::format("{{\"value\": {}, \"standard_error\": {}}}", json_number(best->value),
                         json_number(best->standard_error))
           : "null",
      cells);
}

void compare_results(const CompareOptions& options) {
  if (options.maps.paths.size() != 2)
    throw InputError(fmt::format("compare takes two results, not {}", options.maps.paths.size()));
  std::error_code unknown;
  if (std::filesystem::equivalent(options.maps.paths[0], options.maps.paths[1], unknown))
    throw InputError(
        fmt::format("{} is given twice, so there is nothing to compare", options.maps.paths[0]));
  const std::vector<ChosenMap> maps = choose_maps(options.maps);
  const std::vector<Pair> pairs = pairs_of(maps, options.maps);
  if (pairs.front().first->data != pairs.front().second->data)
    say_warning(
        fmt::format("{} and {} were trained on different data, so their losses may not be "
                    "comparable, and their seeds have no row orders in common",
                    options.maps.paths[0], options.maps.paths[1]));
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
    for (const std::string& sentence : sentences(pairs[k], style.unicode))
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
      "same data. The map shows 1 or 2 for the result that is better by more than two standard "
      "errors, or that alone did not diverge, and a dot for neither; a blank has not run in both, "
      "or diverged in both. Maps with the same optimizer and settings are paired. If each result "
      "has only one map, compare pairs those two.";
  command.examples = {{"lrscape compare constant.zarr cosine.zarr", "Two schedules."},
                      {"lrscape compare cosine.zarr wsd.zarr --optimizer adamw-pt --json",
                       "One optimizer of each, for a script."}};
  const auto options = std::make_shared<CompareOptions>();
  add_map_options(command, options->maps);
  add_decay_window(command, options->maps);
  command.add_flag("--json", options->json, "print JSON");
  add_config_option(command, options->config);
  command.run = [options] { compare_results(*options); };
  return command;
}

}  // namespace lrscape::cli
