#include "cli/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lrscape::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(FormatDuration, HasTwoUnitsAtMostRoundedToTheSmaller) {
  constexpr double minute = 60, hour = 3600, day = 86400;
  const std::pair<double, const char*> cases[] = {
      {0, "0 s"},
      {7, "7 s"},
      {6.6, "7 s"},
      {59.4, "59 s"},
      {59.6, "1 min"},
      {2 * minute + 5, "2 min 5 s"},
      {2 * minute + 5.4, "2 min 5 s"},
      {3 * minute, "3 min"},
      {59 * minute + 59, "59 min 59 s"},
      {59 * minute + 59.6, "1 h"},
      {3 * hour + 12 * minute, "3 h 12 min"},
      {3 * hour + 12 * minute + 29, "3 h 12 min"},
      {3 * hour + 12 * minute + 31, "3 h 13 min"},
      {23 * hour + 59 * minute, "23 h 59 min"},
      {day - 1, "1 d"},
      {2 * day + 4 * hour, "2 d 4 h"},
      {2 * day + 4 * hour + 29 * minute, "2 d 4 h"},
      {2 * day + 4 * hour + 29 * minute + 59, "2 d 4 h"},
      {2 * day + 4 * hour + 31 * minute, "2 d 5 h"},
      {400 * day, "400 d"},
      {-3, "0 s"}};
  for (const auto& [seconds, text] : cases) EXPECT_EQ(format_duration(seconds), text) << seconds;
  EXPECT_THAT(format_duration(std::numeric_limits<double>::infinity()), HasSubstr(" d"));
}

/// A sweep's progress display, its output, and a clock that moves only when it is set.
struct Sweep {
  double time = 0;
  std::ostringstream stream;
  Progress progress;

  Sweep(bool live, std::int64_t total, int columns = 80, bool unicode = false)
      : progress(
            stream, live, columns, total, [this] { return time; }, unicode) {}

  void update_at(double now, std::int64_t done) {
    time = now;
    progress.update(done);
  }
  std::string text() const { return stream.str(); }
  /// line() is the line that a terminal shows after all output so far, reach() the number of
  /// columns that were written.
  std::string line() const { return shown().first; }
  std::size_t reach() const { return shown().second; }

 private:
  std::pair<std::string, std::size_t> shown() const {
    std::vector<std::string> characters;
    std::size_t column = 0;
    for (const char byte : text()) {
      if (byte == '\r') {
        column = 0;
      } else if ((static_cast<unsigned char>(byte) & 0xC0U) == 0x80U) {  // continues a character
        characters.at(column - 1) += byte;
      } else {
        characters.resize(std::max(characters.size(), column + 1));
        characters[column++] = byte;
      }
    }
    std::string line;
    for (const std::string& character : characters) line += character;
    return {line.substr(0, line.find_last_not_of(' ') + 1), characters.size()};
  }
};

TEST(LiveProgress, ShowsABarTheCountsTheRateAndTheTimeLeft) {
  Sweep sweep(true, 1000);
  sweep.update_at(0, 0);
  EXPECT_EQ(sweep.line(), "..............................  0 / 1,000 runs  0 %");
  sweep.update_at(10, 250);  // 25 runs a second, 750 to go
  EXPECT_EQ(sweep.line(),
            "#######.......................  250 / 1,000 runs  25 %  25 runs/s  30 s left");
}

TEST(LiveProgress, DrawsTheBarInHalfCharactersOfUnicode) {
  Sweep sweep(true, 1000, 80, true);
  sweep.update_at(10, 250);  // 15 of 60 halves
  EXPECT_THAT(sweep.line(), testing::StartsWith("━━━━━━━╾──────────────────────  250 / 1,000"));
}

TEST(LiveProgress, RewritesItsLineInPlaceAndLeavesNothingOfALongerOne) {
  Sweep sweep(true, 1000);
  sweep.update_at(10, 250);
  sweep.update_at(20, 1000);  // a finished line shows neither rate nor time left
  EXPECT_EQ(sweep.line(), "##############################  1,000 / 1,000 runs  100 %");
  EXPECT_THAT(sweep.text(), Not(HasSubstr("\n")));
}

TEST(LiveProgress, WritesAtMostTenTimesASecond) {
  Sweep sweep(true, 2048);
  for (int i = 0; i < 2048; ++i) sweep.update_at(i / 1024.0, i);
  const std::string text = sweep.text();
  const auto writes = std::count(text.begin(), text.end(), '\r');
  EXPECT_LE(writes, 20);
  EXPECT_GE(writes, 10);
}

TEST(LiveProgress, StaysAliveWithoutNews) {
  Sweep sweep(true, 100);
  sweep.update_at(10, 50);
  EXPECT_THAT(sweep.line(), EndsWith("  5 runs/s  10 s left"));
  sweep.update_at(13, 50);
  EXPECT_THAT(sweep.line(), EndsWith("  5 runs/s  7 s left"));
}

TEST(LiveProgress, IsWipedByFinish) {
  Sweep sweep(true, 100);
  sweep.update_at(10, 50);
  ASSERT_THAT(sweep.line(), HasSubstr("50 / 100 runs"));
  sweep.progress.finish();
  EXPECT_EQ(sweep.line(), "");
  EXPECT_THAT(sweep.text(), EndsWith("\r"));
  const std::string text = sweep.text();
  sweep.update_at(20, 100);
  sweep.progress.finish();
  EXPECT_EQ(sweep.text(), text);
}

TEST(LiveProgress, NamesWhatThereIsSoMuchOf) {
  std::ostringstream stream;
  double now = 0;
  Progress progress(
      stream, true, 80, 4000, [&] { return now; }, false, "bounds");
  now = 10;
  progress.update(2000);
  EXPECT_THAT(stream.str(), EndsWith("2,000 / 4,000 bounds  50 %  200 bounds/s  10 s left"));
}

TEST(LiveProgress, IsWipedWhenAnExceptionPassesBy) {
  std::ostringstream stream;
  try {
    Progress progress(stream, true, 40, 100, [] { return 0.0; });
    progress.update(1);
    ASSERT_THAT(stream.str(), EndsWith("1 / 100 runs  1 %"));
    throw std::runtime_error("out of memory");
  } catch (const std::runtime_error&) {
  }
  EXPECT_THAT(stream.str(), testing::MatchesRegex(".*1 %\r +\r"));
}

TEST(LiveProgress, HasTheRateOfTheLastSeconds) {
  // 100 s at 1 run/s, then 20 s at 100 runs/s.
  Sweep sweep(true, 4100);
  for (int second = 0; second <= 120; ++second) {
    sweep.update_at(second, second <= 100 ? second : 100 + 100 * (second - 100));
  }
  EXPECT_THAT(sweep.line(), EndsWith("2,100 / 4,100 runs  51 %  100 runs/s  20 s left"));
}

TEST(LiveProgress, KeepsTheRateBetweenBurstsAndLowersItInAStall) {
  Sweep sweep(true, 100);
  sweep.update_at(4, 40);
  sweep.update_at(6, 40);  // a burst is due every 4 s
  EXPECT_THAT(sweep.line(), EndsWith("  10 runs/s  4 s left"));
  sweep.update_at(14, 40);  // 40 runs in 10 s: 60 more take 15 s, of which 10 have gone by
  EXPECT_THAT(sweep.line(), EndsWith("  4 runs/s  5 s left"));
  sweep.update_at(44, 40);
  EXPECT_THAT(sweep.line(), EndsWith("  1 runs/s  20 s left"));
}

TEST(LiveProgress, CountsInitialRunsAsDoneButNotTowardsTheRate) {
  Sweep sweep(true, 1000);
  sweep.time = 5;
  sweep.progress.set_initial(500);
  sweep.update_at(5, 500);
  EXPECT_EQ(sweep.line(), "###############...............  500 / 1,000 runs  50 %");
  sweep.update_at(15, 600);
  EXPECT_THAT(sweep.line(), EndsWith("600 / 1,000 runs  60 %  10 runs/s  40 s left"));
}

TEST(LiveProgress, SaysHundredPercentOnlyIfAllIsDone) {
  Sweep sweep(true, 100'000);
  sweep.update_at(10, 99'999);
  EXPECT_THAT(sweep.line(), HasSubstr("99,999 / 100,000 runs  99 %"));
  sweep.update_at(11, 100'000);
  EXPECT_THAT(sweep.line(), EndsWith("100,000 / 100,000 runs  100 %"));
}

TEST(LiveProgress, OfNothingIsDone) {
  Sweep sweep(true, 0);
  sweep.update_at(1, 0);
  EXPECT_EQ(sweep.line(), "##############################  0 / 0 runs  100 %");
}

TEST(LiveProgress, KeepsThePercentageInANarrowWindow) {
  // Of 19 characters the text takes 4, the gap 2 and the bar 13. A quarter of 13 rounds down to 3.
  Sweep sweep(true, 1000, 20);
  sweep.update_at(10, 250);
  EXPECT_EQ(sweep.line(), "###..........  25 %");
}

TEST(LiveProgress, StaysShorterThanEveryWidthOfTheWindow) {
  for (int columns = 1; columns <= 200; ++columns) {
    for (const bool unicode : {false, true}) {
      Sweep sweep(true, 123'456'789, columns, unicode);
      sweep.update_at(0, 0);
      sweep.update_at(10, 12'345'678);
      sweep.update_at(5000, 12'345'679);
      sweep.update_at(6000, 123'456'789);
      EXPECT_LT(sweep.reach(), static_cast<std::size_t>(columns));
      EXPECT_EQ(sweep.line().empty(), columns <= 5) << columns;  // "100 %" needs one more column
      sweep.progress.finish();
      EXPECT_EQ(sweep.line(), "");
    }
  }
}

TEST(LoggedProgress, SaysNothingInTheFirstFiveSeconds) {
  Sweep sweep(false, 100);
  for (const double time : {0.0, 1.0, 4.9}) sweep.update_at(time, 20);
  sweep.progress.finish();
  EXPECT_THAT(sweep.text(), IsEmpty());
}

TEST(LoggedProgress, WritesALineEveryThirtySecondsAndALastOne) {
  Sweep sweep(false, 100, 20);
  sweep.update_at(4.9, 49);
  sweep.update_at(5, 50);
  const std::string first = "50 / 100 runs  50 %  10 runs/s  5 s left\n";
  EXPECT_EQ(sweep.text(), first);
  sweep.update_at(34.9, 60);
  EXPECT_EQ(sweep.text(), first);
  sweep.update_at(35, 61);
  EXPECT_THAT(sweep.text(), testing::MatchesRegex(first + "61 / 100 runs  61 %  .* left\n"));
  const std::string second = sweep.text();
  sweep.update_at(50, 100);
  EXPECT_EQ(sweep.text(), second);
  sweep.progress.finish();
  EXPECT_EQ(sweep.text(), second + "100 / 100 runs  100 %  2 runs/s  in 50 s\n");
  sweep.progress.finish();
  EXPECT_THAT(sweep.text(), EndsWith(" left\n100 / 100 runs  100 %  2 runs/s  in 50 s\n"));
}

TEST(LoggedProgress, LeavesInitialRunsOutOfTheLastRate) {
  Sweep sweep(false, 1000);
  sweep.progress.set_initial(500);
  sweep.update_at(10, 600);
  sweep.update_at(25, 1000);
  sweep.progress.finish();
  EXPECT_EQ(sweep.text(),
            "600 / 1,000 runs  60 %  10 runs/s  40 s left\n"
            "1,000 / 1,000 runs  100 %  20 runs/s  in 25 s\n");
}

}  // namespace
}  // namespace lrscape::cli
