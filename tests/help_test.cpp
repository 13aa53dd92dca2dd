#include "cli/help.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "cli/topics.hpp"
#include "command_line.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/schedule/list.hpp"
#include "program.hpp"

namespace lrscape::test {
namespace {

using cli::Command;
using testing::HasSubstr;

std::vector<std::pair<std::string, cli::Page>> every_page() {
  const auto commands = cli::make_commands("");
  std::vector<std::pair<std::string, cli::Page>> pages = {{"overview", cli::overview(commands)}};
  for (const Command& command : commands) pages.emplace_back(command.name(), page_of(command));
  for (const cli::Topic& topic : cli::all_topics()) pages.emplace_back(topic.name, topic.page());
  return pages;
}

TEST(Help, FitsTheWidthOfTheTerminal) {
  for (const auto& [name, page] : every_page())
    for (const int columns : {64, 80, 100}) {
      SCOPED_TRACE(name);
      int widest = 0;
      for (const auto& line : split(cli::as_text(page, columns), '\n')) {
        const int width = cli::display_width(line);
        EXPECT_LE(width, columns) << line;
        widest = std::max(widest, width);
      }
      EXPECT_GT(widest, columns / 4) << "a page of short lines";
    }
}

TEST(Help, TakesTheWidthFromTheEnvironmentWhereThereIsNoTerminal) {
  const auto widest = [](const std::string& columns) {
    int width = 0;
    for (const auto& line : split(run_program({"help", "sweep"}, {{"COLUMNS", columns}}).out, '\n'))
      width = std::max(width, cli::display_width(line));
    return width;
  };
  EXPECT_LE(widest("60"), 60);
  EXPECT_GT(widest("90"), 80);
  EXPECT_LE(widest("90"), 90);
}

TEST(Help, ShowsEveryOptionOfACommandWithItsDefault) {
  for (const Command& command : cli::make_commands("")) {
    const auto help = run_program({command.name(), "--help"});
    EXPECT_EQ(help.exit_code, 0) << command.name();
    EXPECT_EQ(help.err, "");
    for (const auto& option : command.options()) {
      const std::string term = option.is_argument() ? option.value : option.name;
      EXPECT_THAT(help.out, HasSubstr("\n  " + term)) << command.name();
    }
    EXPECT_THAT(help.out, HasSubstr("-h, --help"));
    EXPECT_EQ(run_program({"help", command.name()}).out, help.out);
    EXPECT_EQ(run_program({command.name(), "-h"}).out, help.out);
  }
  const auto sweep = run_program({"help", "sweep"}, {{"COLUMNS", "100"}}).out;
  EXPECT_THAT(sweep, HasSubstr("passes over the training rows [50]"));
  EXPECT_THAT(sweep, HasSubstr("floating-point format [fp32]"));
}

TEST(Help, HasExamplesForEveryCommandWithOptions) {
  for (const Command& command : cli::make_commands(""))
    if (!command.hidden && command.find("--config") != nullptr) {
      EXPECT_FALSE(command.examples.empty()) << command.name();
    }
}

TEST(Help, ListsCommandsAndTopicsAndExplainsEach) {
  const auto overview = run_program({"help"});
  EXPECT_EQ(overview.exit_code, 0);
  EXPECT_EQ(overview.err, "");
  EXPECT_EQ(run_program({"--help"}).out, overview.out);
  for (const std::string command : {"sweep", "show", "export", "devices", "bench", "bound"})
    EXPECT_THAT(overview.out, HasSubstr("\n  " + command + " "));
  for (const cli::Topic& topic : cli::all_topics()) {
    EXPECT_THAT(overview.out, HasSubstr("\n  " + topic.name + " "));
    const auto page = run_program({"help", topic.name});
    EXPECT_EQ(page.exit_code, 0) << topic.name;
    EXPECT_EQ(page.err, "");
    EXPECT_GT(page.out.size(), 200U);
  }
}

TEST(Help, NamesEveryOptimizerAndScheduleWithTheirParameters) {
  const auto optimizers = run_program({"help", "optimizers"}).out;
  const auto sweep = run_program({"help", "sweep"}).out;
  Optimizers::for_each([&]<class O>() {
    EXPECT_THAT(optimizers, HasSubstr("\n  " + std::string(O::name) + " "));
    for (const Parameter& parameter : O::hyperparameters) {
      EXPECT_THAT(optimizers, HasSubstr("\n  --" + std::string(parameter.name)));
      EXPECT_THAT(sweep, HasSubstr("\n  --" + std::string(parameter.name)));
    }
  });
  const auto schedules = run_program({"help", "schedules"}).out;
  Schedules::for_each([&]<class S>() {
    EXPECT_THAT(schedules, HasSubstr("\n  " + std::string(S::name) + " "));
    for (const Parameter& parameter : S::parameters)
      EXPECT_THAT(schedules, HasSubstr("\n    " + std::string(parameter.name) + " "));
  });
  for (const std::string common : {"warmup", "final"})
    EXPECT_THAT(schedules, HasSubstr("\n  " + common + " "));
}

TEST(Help, PrintsATopicForHelpAfterItsName) {
  const auto asked = run_program({"schedules", "--help"});
  EXPECT_EQ(asked.exit_code, 0);
  EXPECT_EQ(asked.out, run_program({"help", "schedules"}).out);
}

TEST(Help, RefusesWhatItDoesNotKnowWithTheNearestMatch) {
  expect_refusal(run_program({"help", "optimizer"}), {"'optimizer'", "did you mean optimizers?"});
  expect_refusal(run_program({"help", "sweep", "show"}), {"'show'"});
}

TEST(HelpText, KeepsAnOptionAndItsValueOnOneLineOfAnExample) {
  const cli::Page page = {
      {"Examples",
       {cli::example(
           {"lrscape sweep --optimizer adamw-pt --lr 1e-4:1:32 --out a.zarr", "Text."})}}};
  EXPECT_EQ(cli::as_text(page, 40),
            "\nExamples:\n"
            "  lrscape sweep --optimizer adamw-pt \\\n"
            "    --lr 1e-4:1:32 --out a.zarr\n"
            "      Text.\n");
}

TEST(HelpText, GivesATermThatIsTooWideALineOfItsOwn) {
  const cli::Page page = {
      {"Options",
       {cli::definition("--a", "one"), cli::definition("--a-name-that-is-too-wide WORD", "two"),
        cli::definition("b", "three", 1)}}};
  EXPECT_EQ(cli::as_text(page, 40),
            "\nOptions:\n"
            "  --a  one\n"
            "  --a-name-that-is-too-wide WORD\n"
            "       two\n"
            "    b  three\n");
}

TEST(ManPage, HasEveryCommandOptionAndTopic) {
  const auto page = run_program({"man-page"}).out;
  EXPECT_THAT(page, testing::StartsWith(".TH LRSCAPE 1 "));
  for (const Command& command : cli::make_commands("")) {
    if (command.hidden) continue;
    for (const auto& option : command.options()) {
      if (option.is_argument()) continue;
      std::string name;
      for (const char c : option.name) name += c == '-' ? "\\-" : std::string(1, c);
      EXPECT_THAT(page, HasSubstr("\n.B " + name)) << command.name();
    }
  }
  for (const std::string heading : {"OPTIMIZERS", "SCHEDULES", "EXIT\\-CODES", "LRSCAPE SWEEP"})
    EXPECT_THAT(page, HasSubstr("\n.SH " + heading + "\n"));
}

}  // namespace
}  // namespace lrscape::test
