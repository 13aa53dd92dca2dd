#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape::cli {

enum class ColorMode { none, palette256, truecolor };

/// Capabilities of an output stream. `columns` is the maximum number of characters in a line.
struct TerminalStyle {
  int columns = 80;
  ColorMode color = ColorMode::none;
  bool unicode = false;
};

/// Determines the style from the terminal behind `fd` and from the environment.
/// Columns: the window, else COLUMNS, else 80.
/// Colour: a non-empty NO_COLOR turns it off (no-color.org); else a CLICOLOR_FORCE that is neither
/// empty nor "0" turns it on (bixense.com/clicolors); else it is on for a terminal unless
/// TERM=dumb. COLORTERM=truecolor or 24bit gives 24-bit colours, anything else the 256 of xterm.
/// Unicode: on if the first non-empty variable of LC_ALL, LC_CTYPE and LANG names UTF-8.
TerminalStyle terminal_style(int fd);

/// Colours of a piece of text: 0xRRGGBB or an index of the xterm palette, depending on the
/// ColorMode of the Painter. -1 is the terminal's default colour.
struct Paint {
  int foreground = -1;
  int background = -1;
  bool bold = false;
};

/// Builds lines of coloured text with as few escape codes as possible, and with none at all under
/// ColorMode::none.
class Painter {
 public:
  explicit Painter(ColorMode color) : color_(color) {}

  void put(std::string_view text, Paint paint = {});
  /// Restores the default colours, removes trailing spaces in default colours, and ends the line.
  void end_line();
  const std::string& text() const { return text_; }

 private:
  void change_to(Paint paint);

  ColorMode color_;
  Paint current_;
  std::string text_;
};

/// Columns of UTF-8 text, one per code point. Wide and combining characters are not supported.
int display_width(std::string_view text);

/// The text as printable() escapes it, so that a file name in a title cannot control the terminal.
/// Without `unicode`, every character outside ASCII is escaped as well.
std::string for_terminal(std::string_view text, bool unicode);

/// Breaks text at spaces into lines of at most `columns` columns. Breaks inside longer words.
std::vector<std::string> wrap(std::string_view text, int columns);

}  // namespace lrscape::cli
