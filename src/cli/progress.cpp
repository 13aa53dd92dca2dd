#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <limits>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cli/terminal.hpp"

namespace lrscape::cli {
namespace {

constexpr double live_interval = 0.1;
constexpr double first_log = 5.0;
constexpr double log_interval = 30.0;
constexpr double rate_window = 10.0;
constexpr double sample_spacing = 0.1;

std::string format_rate(double rate, const std::string& noun) {
  const std::string number = rate >= 99.5 ? grouped(std::llround(rate)) : short_number(rate, 2);
  return number + " " + noun + "/s";
}

std::string two_units(std::int64_t count, std::int64_t per_large, const char* large,
                      const char* small) {
  const std::int64_t rest = count % per_large;
  return fmt::format("{} {}", count / per_large, large) +
         (rest == 0 ? std::string() : fmt::format(" {} {}", rest, small));
}

}  // namespace

std::string format_duration(double seconds) {
  // Beyond 2^53 s a double is not exact to a second, and llround must not overflow.
  const std::int64_t whole = std::llround(std::clamp(seconds, 0.0, 9e15));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return two_units(whole, 60, "min", "s");
  constexpr std::int64_t minutes_per_day = 24 * 60;
  const std::int64_t minutes = (whole + 30) / 60;
  if (minutes < minutes_per_day) return two_units(minutes, 60, "h", "min");
  return two_units((whole + 1800) / 3600, 24, "d", "h");
}

Progress::Progress(std::ostream& stream, bool live, int columns, std::int64_t total, Clock clock,
                   bool unicode, std::string noun)
    : stream_(stream),
      live_(live),
      columns_(columns),
      total_(total),
      clock_(std::move(clock)),
      unicode_(unicode),
      noun_(std::move(noun)),
      start_{clock_(), 0},
      latest_(start_),
      window_{start_},
      next_write_(live ? start_.time : start_.time + first_log) {}

Progress::~Progress() {
  try {
    wipe();
  } catch (...) {
    // A stream that throws while the stack unwinds must not end the program.
  }
}

void Progress::set_initial(std::int64_t done) {
  start_ = {clock_(), done};
  latest_ = start_;
  window_ = {start_};
}

void Progress::update(std::int64_t done) {
  const double now = clock_();
  if (done != latest_.done) {
    latest_ = {now, done};
    if (now - window_.back().time >= sample_spacing) window_.push_back(latest_);
    while (window_.size() > 1 && window_[1].time <= now - rate_window) window_.pop_front();
  }
  if (finished_ || now < next_write_) return;
  if (live_) {
    write_live(now);
    next_write_ = now + live_interval;
  } else {
    stream_ << status(now, std::numeric_limits<int>::max()) << std::endl;
    next_write_ = now + log_interval;
    logged_ = true;
  }
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  wipe();
  const double seconds = clock_() - start_.time;
  if (!logged_ || seconds <= 0.0) return;
  const double speed = static_cast<double>(latest_.done - start_.done) / seconds;
  stream_ << fmt::format("{}  {}  in {}", counts(), format_rate(speed, noun_),
                         format_duration(seconds))
          << std::endl;
}

double Progress::rate(double now) const {
  const Sample& first = window_.front();
  // Runs finish in bursts. Between two bursts the rate stays constant; it falls only once the wait
  // is longer than the time span of the window.
  const double seconds = std::max(latest_.time - first.time, now - latest_.time);
  return seconds > 0.0 ? static_cast<double>(latest_.done - first.done) / seconds : 0.0;
}

std::string Progress::counts() const {
  // Rounded down, so that 100 % means that all are done.
  const std::int64_t percent = total_ > 0 ? std::min(latest_.done, total_) * 100 / total_ : 100;
  return fmt::format("{} / {} {}  {} %", grouped(latest_.done), grouped(total_), noun_, percent);
}

std::string Progress::status(double now, int room) const {
  const std::string done = counts();
  std::vector<std::string> texts = {done, done.substr(done.rfind("  ") + 2), ""};
  if (const double speed = rate(now); speed > 0.0 && latest_.done < total_) {
    const auto rest = static_cast<double>(total_ - latest_.done);
    const double seconds = rest / speed - (now - latest_.time);
    const std::string left = fmt::format("  {} left", format_duration(seconds));
    texts.insert(texts.begin(), {done + "  " + format_rate(speed, noun_) + left, done + left});
  }
  return *std::find_if(texts.begin(), texts.end(), [&](const std::string& text) {
    return text.empty() || display_width(text) <= room;
  });
}

std::string Progress::bar(int width) const {
  const double share =
      total_ > 0 ? static_cast<double>(latest_.done) / static_cast<double>(total_) : 1.0;
  const int halves = static_cast<int>(std::clamp(share, 0.0, 1.0) * width * 2);
  std::string text;
  for (int column = 0; column < width; ++column) {
    const int filled = halves - 2 * column;
    if (unicode_) {
      text += filled >= 2 ? "━" : filled == 1 ? "╾" : "─";
    } else {
      text += filled >= 2 ? '#' : '.';
    }
  }
  return text;
}

void Progress::write_live(double now) {
  // The last column stays free: many terminals wrap a line that fills it.
  const int room = columns_ - 1;
  std::string line = status(now, room);
  constexpr int gap = 2, shortest_bar = 8, longest_bar = 30;
  const int free = room - display_width(line) - gap;
  if (free >= shortest_bar) {
    line = bar(std::min(free, longest_bar)) + std::string(gap, ' ') + line;
  }
  const int width = display_width(line);
  // Spaces overwrite the rest of the previous line; unlike escape codes, they work on any terminal.
  const int rest = std::max(shown_columns_ - width, 0);
  stream_ << '\r' << line << std::string(static_cast<std::size_t>(rest), ' ') << std::flush;
  shown_columns_ = width;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void emplace_on_stderr(std::optional<Progress>& progress, std::int64_t total,
                       const std::string& noun) {
  const TerminalStyle style = terminal_style(STDERR_FILENO);
  progress.emplace(std::cerr, isatty(STDERR_FILENO) == 1, style.columns, total, seconds_now,
                   style.unicode, noun);
}

void Progress::wipe() {
  if (shown_columns_ == 0) return;
  stream_ << '\r' << std::string(static_cast<std::size_t>(shown_columns_), ' ') << '\r'
          << std::flush;
  shown_columns_ = 0;
}

}  // namespace lrscape::cli
