#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape::cli {

enum class ColorMode { none, palette256, truecolor };

/// What one output stream can show. `columns` is the number of characters a line may hold.
struct TerminalStyle {
  int columns = 80;
  ColorMode color = ColorMode::none;
  bool unicode = false;
};

/// Asks the terminal behind `fd`, then the environment.
/// Columns: the window, else COLUMNS, else 80.
/// Colour: a non-empty NO_COLOR turns it off (no-color.org); else a CLICOLOR_FORCE that is neither
/// empty nor "0" turns it on (bixense.com/clicolors); else it is on for a terminal unless
/// TERM=dumb. COLORTERM=truecolor or 24bit gives 24-bit colours, anything else the 256 of xterm.
/// Unicode: the first non-empty of LC_ALL, LC_CTYPE and LANG names UTF-8.
TerminalStyle terminal_style(int fd);

/// Colours of a piece of text: 0xRRGGBB or an index of the xterm palette, as the ColorMode of the
/// Painter wants it. -1 is the terminal's own colour.
struct Paint {
  int foreground = -1;
  int background = -1;
  bool bold = false;
};

/// Writes lines of coloured text with as few escape codes as it takes. With ColorMode::none it
/// writes no escape code at all.
class Painter {
 public:
  explicit Painter(ColorMode color) : color_(color) {}

  void put(std::string_view text, Paint paint = {});
  /// Ends the line with the terminal's own colours, and without trailing spaces.
  void end_line();
  const std::string& text() const { return text_; }

 private:
  void change_to(Paint paint);

  ColorMode color_;
  Paint current_;
  std::string text_;
};

/// Columns that UTF-8 text takes, one per code point: no wide or combining characters.
int display_width(std::string_view text);

/// The text with every control character, and with `unicode` false every other byte outside ASCII,
/// replaced by '?': a file name in a title cannot steer the terminal.
std::string printable(std::string_view text, bool unicode);

/// Lines of at most `columns` columns, broken at spaces, and inside a word only if it is longer.
std::vector<std::string> wrap(std::string_view text, int columns);

/// The shorter of 0.001 and 1e-3, with at most `digits` significant digits; 0.01 if both are equal.
std::string short_number(double value, int digits);

/// 12544 as "12,544".
std::string grouped(std::int64_t value);

}  // namespace lrscape::cli
