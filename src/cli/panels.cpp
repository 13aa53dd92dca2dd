#include "cli/panels.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace lrscape::cli {
namespace {

constexpr int narrowest_panel = 56;
constexpr int gap = 3;

/// The width of a line on the terminal, without its escape codes.
int visible_width(std::string_view line) {
  std::string visible;
  for (std::size_t k = 0; k < line.size(); ++k) {
    if (line[k] == '\x1b')
      k = line.find('m', k);  // Painter writes colours only.
    else
      visible += line[k];
  }
  return display_width(visible);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) lines.emplace_back(line);
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace

std::string side_by_side(
    std::size_t count, const TerminalStyle& style,
    const std::function<std::string(std::size_t k, const TerminalStyle& style)>& draw) {
  const int fitting = std::max(1, (style.columns + gap) / (narrowest_panel + gap));
  const std::size_t columns = std::min(count, static_cast<std::size_t>(fitting));
  TerminalStyle panel = style;
  if (columns > 1) panel.columns = (style.columns + gap) / static_cast<int>(columns) - gap;
  std::string text;
  for (std::size_t first = 0; first < count; first += columns) {
    if (first > 0) text += "\n";
    std::vector<std::vector<std::string>> panels;
    std::size_t height = 0;
    for (std::size_t k = first; k < std::min(first + columns, count); ++k) {
      panels.push_back(lines_of(draw(k, panel)));
      height = std::max(height, panels.back().size());
    }
    for (std::size_t row = 0; row < height; ++row) {
      std::string line;
      int width = 0;
      for (std::size_t k = 0; k < panels.size(); ++k) {
        if (row >= panels[k].size()) continue;
        const int start = static_cast<int>(k) * (panel.columns + gap);
        if (!panels[k][row].empty()) line.append(static_cast<std::size_t>(start - width), ' ');
        if (!panels[k][row].empty()) width = start + visible_width(panels[k][row]);
        line += panels[k][row];
      }
      text += line + "\n";
    }
  }
  return text;
}

}  // namespace lrscape::cli
