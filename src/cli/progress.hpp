#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace lrscape::cli {

/// "7 s", "2 min 5 s", "3 h 12 min", "2 d 4 h": two units at most, rounded to the smaller one.
std::string format_duration(double seconds);

/// Says on a stream how far a long work is. Live, for a terminal: one line, rewritten in place at most
/// ten times a second and wiped by finish(). Otherwise, for a log: nothing in the first five
/// seconds, then a line every 30 seconds, and a last one from finish() if there was any.
/// Not for several threads at once.
class Progress {
 public:
  /// Seconds since any moment, never falling.
  using Clock = std::function<double()>;

  /// Lines are shorter than `columns`. `unicode` allows a bar of line-drawing characters. `noun` names
  /// what there are `total` of.
  Progress(std::ostream& stream, bool live, int columns, std::int64_t total, Clock clock,
           bool unicode = false, std::string noun = "runs");
  /// Wipes a live line that an exception left behind.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Runs that an earlier, interrupted sweep has done. They count as done, not towards the rate.
  void set_initial(std::int64_t done);
  /// `done` runs of `total` are finished, the initial ones included. Cheap enough to call often;
  /// call it now and then without news, too, so that the line stays alive.
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
  /// What there is to say in at most `room` columns.
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
  std::deque<Sample> window_;  ///< oldest first, the start of the rate's window in front
  double next_write_;
  int shown_columns_ = 0;  ///< width of the live line now on the terminal
  bool logged_ = false;
  bool finished_ = false;
};

/// Seconds of a clock that never falls.
double seconds_now();

/// Begins one on stderr, live if that is a terminal.
void emplace_on_stderr(std::optional<Progress>& progress, std::int64_t total,
                       const std::string& noun);

}  // namespace lrscape::cli
