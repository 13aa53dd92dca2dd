#include "report/comparison_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "report/compared_maps.hpp"

namespace lrscape {
namespace {

constexpr std::size_t most_comparison_bytes = 2'000'000;

std::vector<const ChosenMap*> pointers(const ReportedSweep& sweep) {
  std::vector<const ChosenMap*> all;
  for (const ChosenMap& one : sweep.maps) all.push_back(&one);
  return all;
}

/// The values of the cells, ascending, each once.
template <class Value>
std::vector<double> axis_of(const std::vector<ComparedCell>& cells, Value value) {
  std::vector<double> axis;
  for (const ComparedCell& cell : cells) axis.push_back(cell.*value);
  std::ranges::sort(axis);
  axis.erase(std::unique(axis.begin(), axis.end()), axis.end());
  return axis;
}

std::size_t index_in(const std::vector<double>& axis, double value) {
  return static_cast<std::size_t>(std::ranges::lower_bound(axis, value) - axis.begin());
}

/// The verdict of a cell in `verdicts`; 0 has not run in both, or diverged in both.
std::uint8_t number_of(Better better) {
  return better == Better::first ? 2 : better == Better::second ? 3 : 1;
}

Json json_of(const ComparedMaps& pair, Page& page) {
  const std::vector<ComparedCell>& cells = pair.comparison.cells;
  const auto rates = axis_of(cells, &ComparedCell::learning_rate);
  const auto decays = axis_of(cells, &ComparedCell::weight_decay);
  std::vector<double> differences(rates.size() * decays.size(),
                                  std::numeric_limits<double>::quiet_NaN());
  std::vector<double> errors = differences;
  std::vector<std::uint8_t> verdicts(differences.size(), 0);
  for (const ComparedCell& cell : cells) {
    const std::size_t at =
        index_in(rates, cell.learning_rate) * decays.size() + index_in(decays, cell.weight_decay);
    differences[at] = cell.difference.value;
    errors[at] = cell.difference.standard_error;
    verdicts[at] = number_of(cell.better);
  }
  return {{"first", pair.first->title()},
          {"second", pair.second->title()},
          {"warning", data_warning(pair)},
          {"answers", comparison_answers(pair, true)},
          {"learning_rates", rates},
          {"weight_decays", decays},
          {"difference", page.array(differences)},
          {"error", page.array(errors)},
          {"verdict", page.array(verdicts)}};
}

}  // namespace

Comparisons comparison_section(const std::vector<ReportedSweep>& sweeps, Page& page) {
  Comparisons all = {Json::array(), Json::array()};
  std::size_t bytes = 0;
  for (std::size_t a = 0; a < sweeps.size(); ++a)
    for (std::size_t b = a + 1; b < sweeps.size(); ++b) {
      const auto first = pointers(sweeps[a]), second = pointers(sweeps[b]);
      const std::vector<ComparedMaps> pairs = compared_maps(first, second);
      if (pairs.empty())
        all.reasons.push_back(fmt::format("{} and {}: {}", first.front()->path,
                                          second.front()->path, why_not_compared(first, second)));
      for (const ComparedMaps& pair : pairs) {
        constexpr std::size_t bytes_of_cell = 2 * sizeof(double) + 1;
        bytes += pair.comparison.cells.size() * bytes_of_cell;
        if (bytes > most_comparison_bytes && !all.shown.empty()) {
          page.leave_out("comparisons of further maps");
          return all;
        }
        all.shown.push_back(json_of(pair, page));
      }
    }
  return all;
}

}  // namespace lrscape
