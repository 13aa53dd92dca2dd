#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/heatmap.hpp"
#include "infinity.hpp"

/// Maps for tests to draw, and functions that parse the drawn lines.
namespace lrscape::cli {

inline constexpr double not_run = std::numeric_limits<double>::quiet_NaN();

/// A loss takes the colour at log2(loss) / 8 of the palette.
inline constexpr ColorScale powers_of_two{1, 256};
inline constexpr TerminalStyle narrow_ascii{20, ColorMode::none, false};
inline constexpr TerminalStyle wide_ascii{80, ColorMode::none, false};
inline constexpr TerminalStyle wide_unicode{80, ColorMode::none, true};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

inline std::string without_colors(std::string text) {
  for (std::size_t code = text.find('\x1b'); code != std::string::npos; code = text.find('\x1b')) {
    text.erase(code, text.find('m', code) + 1 - code);
  }
  return text;
}

inline std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (const char byte : text) {
    // A byte 10xxxxxx continues a UTF-8 character.
    if ((static_cast<unsigned char>(byte) & 0xC0U) != 0x80U) characters.emplace_back();
    characters.back() += byte;
  }
  return characters;
}

/// A row of the map without repeated characters: one character for each cell if no two neighbours
/// look alike.
inline std::string cells_of(const std::string& row) {
  std::vector<std::string> characters = characters_of(row);
  characters.erase(std::unique(characters.begin(), characters.end()), characters.end());
  std::string cells;
  for (const std::string& character : characters) cells += character;
  return cells;
}

struct MapRow {
  std::string label, cells;
};

/// The rows of the map from top to bottom, without escape codes: the label and the cells right of
/// the axis.
inline std::vector<MapRow> rows_of(const std::string& text) {
  std::vector<MapRow> rows;
  std::smatch match;
  for (const std::string& line : lines_of(without_colors(text))) {
    if (std::regex_match(line, match, std::regex("^ *([^ ]*?)-?(?: ?│| ?┤|\\|)(.*)$"))) {
      rows.push_back({match[1], match[2]});
    }
  }
  return rows;
}

/// Texts with their row or column in the map, counted from its upper left corner.
using Places = std::vector<std::pair<std::string, std::size_t>>;

inline std::vector<double> range(std::size_t count, double first, double step) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(first + step * static_cast<double>(i));
  return values;
}

inline std::vector<double> powers_of_ten(std::size_t count, double first, double step) {
  std::vector<double> values = range(count, first, step);
  for (double& value : values) value = std::pow(10.0, value);
  return values;
}

/// All losses are 16, except for the best one, which is 1 at cell (i, j).
inline Heatmap map_with_best_at(std::vector<double> learning_rate, std::vector<double> weight_decay,
                                std::size_t i, std::size_t j) {
  std::vector<double> loss(learning_rate.size() * weight_decay.size(), 16);
  loss[i * weight_decay.size() + j] = 1;
  return {"", std::move(learning_rate), std::move(weight_decay), std::move(loss)};
}

/// Bottom row: best, worst, not run. Top row: 1/2 of the palette, diverged, 1/4 of it.
inline Heatmap small_map() {
  return {"small", {0.1, 1, 10}, {0, 0.5}, {1, 16, 256, infinity, not_run, 4}};
}

inline std::vector<TerminalStyle> every_style(int columns) {
  std::vector<TerminalStyle> styles;
  for (const ColorMode color : {ColorMode::none, ColorMode::palette256, ColorMode::truecolor}) {
    for (const bool unicode : {false, true}) styles.push_back({columns, color, unicode});
  }
  return styles;
}

}  // namespace lrscape::cli
