#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>

#include "base/text.hpp"

namespace lrscape::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

int window_columns(int fd) {
  winsize window{};
  if (ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) return window.ws_col;
  const std::string text = environment("COLUMNS");
  int columns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && columns > 0 ? columns : 80;
}

ColorMode color_mode(int fd) {
  if (!environment("NO_COLOR").empty()) return ColorMode::none;
  const std::string force = environment("CLICOLOR_FORCE");
  const bool forced = !force.empty() && force != "0";
  if (!forced && (isatty(fd) == 0 || environment("TERM") == "dumb")) return ColorMode::none;
  const std::string depth = environment("COLORTERM");
  return depth == "truecolor" || depth == "24bit" ? ColorMode::truecolor : ColorMode::palette256;
}

bool speaks_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = environment(name);
    if (locale.empty()) continue;
    std::transform(locale.begin(), locale.end(), locale.begin(), [](unsigned char character) {
      return static_cast<char>(std::tolower(character));
    });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

bool continues_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Number of bytes in the first `columns` code points of `text`.
std::size_t bytes_of_columns(std::string_view text, int columns) {
  std::size_t end = 0;
  for (int column = 0; column < columns && end < text.size(); ++column) {
    ++end;
    while (end < text.size() && continues_code_point(text[end])) ++end;
  }
  return end;
}

}  // namespace

TerminalStyle terminal_style(int fd) {
  return {.columns = window_columns(fd), .color = color_mode(fd), .unicode = speaks_unicode()};
}

void Painter::put(std::string_view text, Paint paint) {
  change_to(paint);
  text_ += text;
}

void Painter::end_line() {
  change_to({});
  while (!text_.empty() && text_.back() == ' ') text_.pop_back();
  text_ += '\n';
}

void Painter::change_to(Paint paint) {
  if (color_ == ColorMode::none) return;
  std::string codes;
  // SGR: 38/48 set a colour, 39/49 restore the default; 1/22 turn bold on and off
  // (ECMA-48, 8.3.117).
  const auto set = [&](int color, int wanted, char layer) {
    if (color == wanted) return;
    if (wanted < 0) {
      codes += fmt::format(";{}9", layer);
    } else if (color_ == ColorMode::palette256) {
      codes += fmt::format(";{}8;5;{}", layer, wanted);
    } else {
      codes += fmt::format(";{}8;2;{};{};{}", layer, wanted >> 16 & 255, wanted >> 8 & 255,
                           wanted & 255);
    }
  };
  set(current_.foreground, paint.foreground, '3');
  set(current_.background, paint.background, '4');
  if (current_.bold != paint.bold) codes += paint.bold ? ";1" : ";22";
  if (!codes.empty()) text_ += fmt::format("\x1b[{}m", codes.substr(1));
  current_ = paint;
}

int display_width(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(),
                                        [](char byte) { return !continues_code_point(byte); }));
}

std::string for_terminal(std::string_view text, bool unicode) {
  if (unicode) return printable(text);
  std::string result;
  for (const char byte : printable(text))
    result += static_cast<unsigned char>(byte) < 0x80U
                  ? std::string(1, byte)
                  : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  return result;
}

std::vector<std::string> wrap(std::string_view text, int columns) {
  std::vector<std::string> lines;
  while (display_width(text) > columns) {
    const std::size_t limit = bytes_of_columns(text, columns);
    // A space right after the limit ends a full line.
    const std::size_t space = text.substr(0, limit + 1).rfind(' ');
    const bool breaks_at_space = space != std::string_view::npos && space > 0;
    lines.emplace_back(text.substr(0, breaks_at_space ? space : limit));
    text.remove_prefix(breaks_at_space ? space + 1 : limit);
  }
  lines.emplace_back(text);
  return lines;
}

}  // namespace lrscape::cli
