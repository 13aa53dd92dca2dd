#include "report/compared_maps.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/answers.hpp"

namespace lrscape {
namespace {

std::size_t undecided(const Comparison& comparison) {
  return comparison.cells.size() - comparison.first_better - comparison.second_better;
}

}  // namespace

std::vector<ComparedMaps> compared_maps(const std::vector<const ChosenMap*>& first,
                                        const std::vector<const ChosenMap*>& second) {
  const bool single = first.size() == 1 && second.size() == 1;
  std::vector<ComparedMaps> pairs;
  for (const ChosenMap* const a : first)
    for (const ChosenMap* const b : second) {
      if (!single && !same_settings(*a, *b)) continue;
      Comparison comparison = compare(a->map, b->map);
      if (comparison.seeds > 0 && comparison.cells.size() + comparison.diverged_in_both > 0)
        pairs.push_back({a, b, std::move(comparison)});
    }
  return pairs;
}

std::string why_not_compared(const std::vector<const ChosenMap*>& first,
                             const std::vector<const ChosenMap*>& second) {
  for (const bool is_first : {true, false})
    if ((is_first ? first : second).empty())
      return fmt::format("the {} has no map of this optimizer and these settings",
                         is_first ? "first" : "second");
  if (first.size() > 1 || second.size() > 1)
    return "no map of one has the optimizer and settings of a map of the other, and cells and "
           "seeds in common with it";
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

std::string data_warning(const ComparedMaps& pair) {
  if (same_data(*pair.first, *pair.second)) return "";
  return fmt::format(
      "{} and {} were trained on different data, so their losses may not be comparable",
      pair.first->path, pair.second->path);
}

char verdict(const ComparedCell& cell) {
  return cell.better == Better::first ? '1' : cell.better == Better::second ? '2' : '.';
}

std::vector<std::string> comparison_answers(const ComparedMaps& pair, bool unicode) {
  const Comparison& comparison = pair.comparison;
  const auto number = [](std::size_t count) { return grouped(static_cast<std::int64_t>(count)); };
  std::vector<std::string> lines = {
      fmt::format("1: {}", printable(pair.first->title())),
      fmt::format("2: {}", printable(pair.second->title())),
      fmt::format("{}, with up to {} each",
                  counted(std::ssize(comparison.cells) +
                              static_cast<std::ptrdiff_t>(comparison.diverged_in_both),
                          "common cell"),
                  counted(static_cast<std::int64_t>(comparison.seeds), "common seed")),
      fmt::format(
          "result 1 is better in {} cell{}, result 2 in {}, neither in {} (by more than two "
          "standard errors)",
          number(comparison.first_better), comparison.first_better == 1 ? "" : "s",
          number(comparison.second_better), number(undecided(comparison)))};
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
    lines.push_back(fmt::format("best cell of result 1: {}; of result 2: {}",
                                best(*pair.first, *first), best(*pair.second, *second)));
  if (comparison.difference_of_best)
    lines.push_back(fmt::format("best of result 1 minus best of result 2, seed by seed: {}",
                                for_people(*comparison.difference_of_best, unicode)));
  return lines;
}

std::string comparison_json(const ComparedMaps& pair) {
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
      "{{\"first\": {{{}}}, \"second\": {{{}}}, \"same_data\": {}, \"seeds\": {}, "
      "\"first_better\": {}, "
      "\"second_better\": {}, \"no_clear_difference\": {}, \"diverged_in_both\": {}, "
      "\"difference_of_best\": {}, \"cells\": [{}]}}",
      identity_json(*pair.first), identity_json(*pair.second), same_data(*pair.first, *pair.second),
      comparison.seeds, comparison.first_better, comparison.second_better, undecided(comparison),
      comparison.diverged_in_both,
      best ? fmt::format("{{\"value\": {}, \"standard_error\": {}}}", json_number(best->value),
                         json_number(best->standard_error))
           : "null",
      cells);
}

}  // namespace lrscape
