#include "cli/terminal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace lrscape::cli {
namespace {

using testing::ElementsAre;

// -------------------------------------------------------------------------- abilities of a stream

/// Opens a pipe and a pseudo-terminal, and unsets the environment variables that matter. Restores
/// the variables at the end.
class TerminalStyleOf : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"COLUMNS", "NO_COLOR", "CLICOLOR_FORCE", "TERM", "COLORTERM", "LC_ALL",
                             "LC_CTYPE", "LANG"}) {
      const char* value = std::getenv(name);
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      unsetenv(name);
    }
    ASSERT_EQ(pipe(pipe_), 0);
    ASSERT_EQ(openpty(&controller_, &terminal_, nullptr, nullptr, nullptr), 0);
    set_window(57);
  }

  void TearDown() override {
    for (const int fd : {pipe_[0], pipe_[1], controller_, terminal_}) close(fd);
    for (const auto& [name, value] : before_) {
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }
  }

  void set_window(unsigned short columns) {
    const winsize window{24, columns, 0, 0};
    ASSERT_EQ(ioctl(controller_, TIOCSWINSZ, &window), 0);
  }
  static void set(const char* name, const char* value) { setenv(name, value, 1); }
  TerminalStyle of_pipe() const { return terminal_style(pipe_[1]); }
  TerminalStyle of_terminal() const { return terminal_style(terminal_); }

 private:
  std::map<std::string, std::optional<std::string>> before_;
  int pipe_[2] = {-1, -1}, controller_ = -1, terminal_ = -1;
};

TEST_F(TerminalStyleOf, APipeIsEightyColumnsOfPlainAscii) {
  EXPECT_EQ(of_pipe().columns, 80);
  EXPECT_EQ(of_pipe().color, ColorMode::none);
  EXPECT_FALSE(of_pipe().unicode);
}

TEST_F(TerminalStyleOf, ATerminalHasTheColumnsOfItsWindow) {
  set("COLUMNS", "132");
  EXPECT_EQ(of_terminal().columns, 57);
  set_window(211);
  EXPECT_EQ(of_terminal().columns, 211);
}

TEST_F(TerminalStyleOf, ColumnsComeFromTheEnvironmentWithoutAWindow) {
  set("COLUMNS", "132");
  EXPECT_EQ(of_pipe().columns, 132);
  set_window(0);
  EXPECT_EQ(of_terminal().columns, 132);
}

TEST_F(TerminalStyleOf, ColumnsThatAreNoPositiveNumberAreIgnored) {
  for (const char* columns : {"", "0", "-5", "wide", "12x", "1e2", "99999999999999999999"}) {
    set("COLUMNS", columns);
    EXPECT_EQ(of_pipe().columns, 80) << columns;
  }
}

TEST_F(TerminalStyleOf, ATerminalHas256ColoursUnlessItPromisesMore) {
  set("TERM", "xterm");
  EXPECT_EQ(of_terminal().color, ColorMode::palette256);
  const std::pair<const char*, ColorMode> cases[] = {{"truecolor", ColorMode::truecolor},
                                                     {"24bit", ColorMode::truecolor},
                                                     {"yes", ColorMode::palette256},
                                                     {"", ColorMode::palette256}};
  for (const auto& [depth, color] : cases) {
    set("COLORTERM", depth);
    EXPECT_EQ(of_terminal().color, color) << depth;
    EXPECT_EQ(of_pipe().color, ColorMode::none) << depth;
  }
}

TEST_F(TerminalStyleOf, ADumbTerminalHasNoColour) {
  set("COLORTERM", "truecolor");
  set("TERM", "dumb");
  EXPECT_EQ(of_terminal().color, ColorMode::none);
}

TEST_F(TerminalStyleOf, CliColorForceTurnsColourOn) {
  set("TERM", "dumb");
  for (const char* force : {"", "0"}) {
    set("CLICOLOR_FORCE", force);
    EXPECT_EQ(of_pipe().color, ColorMode::none) << force;
    EXPECT_EQ(of_terminal().color, ColorMode::none) << force;
  }
  set("CLICOLOR_FORCE", "1");
  EXPECT_EQ(of_pipe().color, ColorMode::palette256);
  EXPECT_EQ(of_terminal().color, ColorMode::palette256);
  set("COLORTERM", "24bit");
  EXPECT_EQ(of_pipe().color, ColorMode::truecolor);
}

TEST_F(TerminalStyleOf, NoColorTurnsColourOffWhateverElseIsSet) {
  set("CLICOLOR_FORCE", "1");
  set("COLORTERM", "truecolor");
  set("NO_COLOR", "");
  EXPECT_EQ(of_terminal().color, ColorMode::truecolor);
  set("NO_COLOR", "0");  // any text counts
  EXPECT_EQ(of_terminal().color, ColorMode::none);
  EXPECT_EQ(of_pipe().color, ColorMode::none);
}

TEST_F(TerminalStyleOf, TheFirstLocaleThatIsSetDecidesOnUnicode) {
  set("LANG", "en_US.UTF-8");
  EXPECT_TRUE(of_pipe().unicode);
  set("LC_CTYPE", "C");
  EXPECT_FALSE(of_pipe().unicode);
  set("LC_ALL", "");
  EXPECT_FALSE(of_pipe().unicode);
  set("LC_ALL", "de_DE.utf8");
  EXPECT_TRUE(of_pipe().unicode);
  set("LC_ALL", "POSIX");
  EXPECT_FALSE(of_pipe().unicode);
}

// ------------------------------------------------------------------------------------------- text

TEST(Painter, WritesOnlyTheCodesThatChangeSomething) {
  Painter painter(ColorMode::truecolor);
  painter.put("a", {0xFF8000, -1, true});
  painter.put("b", {0xFF8000, -1, true});
  painter.put("c", {0xFF8000, 0x000001, false});
  painter.end_line();
  painter.put("d");
  painter.end_line();
  EXPECT_EQ(painter.text(), "\x1b[38;2;255;128;0;1mab\x1b[48;2;0;0;1;22mc\x1b[39;49m\nd\n");
}

TEST(Painter, WritesIndicesOfThePaletteOfXterm) {
  Painter painter(ColorMode::palette256);
  painter.put("a", {0, 255, false});
  painter.end_line();
  EXPECT_EQ(painter.text(), "\x1b[38;5;0;48;5;255ma\x1b[39;49m\n");
}

TEST(Painter, WritesNoCodeWithoutColourAndNoTrailingSpaces) {
  Painter painter(ColorMode::none);
  painter.put("a ", {1, 2, true});
  painter.put("  ");
  painter.end_line();
  EXPECT_EQ(painter.text(), "a\n");
}

TEST(DisplayWidth, CountsCodePoints) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("aé━𝄞b"), 5);  // of 1, 2, 3, 4 and 1 bytes
}

TEST(ForTerminal, EscapesEverythingOutsideAsciiWithoutUnicode) {
  EXPECT_EQ(for_terminal("é\x1b[0m", true), "é\\x1b[0m");
  EXPECT_EQ(for_terminal("é\x1b[0m", false), "\\xc3\\xa9\\x1b[0m");
}

TEST(Wrap, BreaksAtSpacesAndInsideAWordOnlyIfItIsLonger) {
  EXPECT_THAT(wrap("", 5), ElementsAre(""));
  EXPECT_THAT(wrap("ab cd", 5), ElementsAre("ab cd"));
  EXPECT_THAT(wrap("ab cd ef", 5), ElementsAre("ab cd", "ef"));
  EXPECT_THAT(wrap("ab cd ef", 4), ElementsAre("ab", "cd", "ef"));
  EXPECT_THAT(wrap("abcdefgh ij", 3), ElementsAre("abc", "def", "gh", "ij"));
  EXPECT_THAT(wrap("éé éé", 3), ElementsAre("éé", "éé"));
  EXPECT_THAT(wrap("━━━━", 3), ElementsAre("━━━", "━"));
}

TEST(ShortNumber, TakesTheShorterNotation) {
  const std::pair<double, const char*> cases[] = {
      {0.0, "0"},         {-0.0, "0"},        {1.0, "1"},         {0.01, "0.01"},
      {0.001, "1e-3"},    {100.0, "100"},     {1000.0, "1e3"},    {120000.0, "1.2e5"},
      {12345.0, "12300"}, {-0.0005, "-5e-4"}, {0.0123, "0.0123"}, {1.5e-7, "1.5e-7"},
      {3.14159, "3.14"},  {9.996, "10"},      {2e300, "2e300"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(short_number(value, 3), text);
  EXPECT_EQ(short_number(3.14159, 1), "3");
  EXPECT_EQ(short_number(3.14159, 5), "3.1416");
  EXPECT_EQ(short_number(-std::numeric_limits<double>::infinity(), 3), "-inf");
}

TEST(Grouped, SetsOffThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(12544), "12,544");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

}  // namespace
}  // namespace lrscape::cli
