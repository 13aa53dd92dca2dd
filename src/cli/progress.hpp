#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace lrscape::cli {

/// "7 s", "2 min 5 s", "3 h 12 min", "2 d 4 h": at most two units, rounded to the smaller one.
std::string format_duration(double seconds);

/// Reports the progress of a long computation on a stream. Live, for a terminal: one line,
/// rewritten in place at most ten times a second and wiped by finish(). Otherwise, for a log:
/// nothing in the first five seconds, then a line every 30 seconds, and a last line from finish()
/// if any line was written. Not thread-safe.
class Progress {
 public:
  /// Seconds since an arbitrary moment; never decreases.
  using Clock = std::function<double()>;

  /// Live lines are shorter than `columns`. `unicode` allows a bar of line-drawing characters.
  /// `noun` is the plural of the items that `total` counts.
  Progress(std::ostream& stream, bool live, int columns, std::int64_t total, Clock clock,
           bool unicode = false, std::string noun = "runs");
  /// Wipes a live line that an exception left behind.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Sets the number of runs that an interrupted sweep has done earlier. These runs count as done,
  /// but not towards the rate.
  void set_initial(std::int64_t done);
  /// Reports that `done` of `total` runs are finished, including the initial ones. Cheap enough to
  /// call often. Call it now and then even if `done` has not changed, to keep the line up to date.
  void update(std::int64_t done);
  /// Wipes a live line, so that another line can be written. The next update() writes it again.
  void wipe();
  void finish();

 private:
  struct Sample {
    double time;
    std::int64_t done;
  };

  /// Runs per second over the last few seconds, 0 if not known yet.
  double rate(double now) const;
  /// The most detailed status that fits into `room` columns.
  std::string status(double now, int room) const;
  std::string counts() const;
  std::string bar(int width) const;
  void write_live(double now);

  std::ostream& stream_;
  bool live_;
  int columns_;
  std::int64_t total_;
  Clock clock_;
  bool unicode_;
  std::string noun_;

  Sample start_;
  Sample latest_;
  std::deque<Sample> window_;  ///< oldest first; the first is the start of the rate's window
  double next_write_;
  int shown_columns_ = 0;  ///< width of the live line now on the terminal
  bool logged_ = false;
  bool finished_ = false;
};

/// Seconds of a monotonic clock.
double seconds_now();

/// Creates a Progress on stderr, live if stderr is a terminal.
void emplace_on_stderr(std::optional<Progress>& progress, std::int64_t total,
                       const std::string& noun);

}  // namespace lrscape::cli
