#include "lrscape/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <limits>
#include <memory>
#include <set>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "lrscape/error.hpp"
#include "run/wave.hpp"

namespace lrscape {
namespace {

/// One call of run().
class Runner {
 public:
  Runner(const PreparedSweep& prepared, Backend& backend, Sink& sink, const Watch& watch,
         const KnownRuns* known)
      : prepared_(prepared),
        backend_(backend),
        sink_(sink),
        watch_(watch),
        known_(known),
        units_(units_of(prepared.sweep(), sink.cut())),
        seconds_per_run_(prepared.configurations().size(),
                         std::numeric_limits<double>::infinity()) {}

  Report run(const Shard& shard) {
    const std::vector<std::size_t> own = units_of_shard(units_, shard);
    for (const std::size_t k : own) report_.runs += units_[k].runs();
    std::vector<std::size_t> pending = look(own);
    warn();
    tell();
    while (!pending.empty()) {
      end_if_asked();
      Wave wave = next_wave(pending);
      if (wave.empty()) {
        wait_for_others();
        continue;
      }
      std::vector<RunResults> results;
      try {
        results = wave.by_unit(train(wave));
        await_taken();
      } catch (...) {
        release(wave.units());
        throw;
      }
      start_taking(std::move(wave), std::move(results));
    }
    await_taken();
    sink_.finish();
    return report_;
  }

 private:
  /// Claims units for a wave and removes them from `pending`, with the units that are done.
  Wave next_wave(std::vector<std::size_t>& pending) {
    Wave wave(prepared_.sweep());
    std::vector<std::size_t> left;
    auto next = pending.begin();
    try {
      for (; next != pending.end() && !is_full(wave); ++next)
        if (!claim(units_[*next], wave)) left.push_back(*next);
    } catch (...) {
      release(wave.units());
      throw;
    }
    left.insert(left.end(), next, pending.end());
    pending = std::move(left);
    return wave;
  }

  /// Adds the unit to the wave, unless it is done. Returns false if another process has claimed it.
  bool claim(const Unit& unit, Wave& wave) {
    if (!sink_.claim(unit)) return false;
    auto state = Sink::State::missing;
    RunResults known;
    try {
      state = sink_.state(unit);
      if (state != Sink::State::done && known_ != nullptr) known = known_->of(unit);
    } catch (...) {
      sink_.release(unit);
      throw;
    }
    if (state == Sink::State::done) {  // Another process has trained it in the meantime.
      sink_.release(unit);
      done_ += unit.runs();
      report_.others_runs += unit.runs();
    } else {
      if (state == Sink::State::damaged) ++report_.damaged_units;
      wave.add(unit, std::move(known));
    }
    waited_ = {};
    return true;
  }

  void release(std::span<const Unit> units) {
    for (const Unit& unit : units) sink_.release(unit);
  }

  /// Other processes are training all units that are left. They may die, and give them back.
  void wait_for_others() {
    using std::chrono::milliseconds;
    await_taken();
    tell();
    const milliseconds pause = std::clamp(waited_ / 8, milliseconds(20), milliseconds(1000));
    constexpr milliseconds worth_a_word(5000);
    if (waited_ < worth_a_word && waited_ + pause >= worth_a_word && watch_.warn)
      watch_.warn(fmt::format("waiting for {} of {} runs, which other processes have claimed",
                              report_.runs - done_, report_.runs));
    std::this_thread::sleep_for(pause);
    waited_ += pause;
  }

  bool is_full(const Wave& wave) const {
    // Limits memory: the results of two waves exist at once, one in the sink and one in training.
    constexpr std::size_t most_numbers = 1 << 23;
    if (wave.empty()) return false;
    if ((wave.runs() + wave.known_runs()) * prepared_.sweep().recorded_numbers() >= most_numbers)
      return true;
    // Quick waves grow beyond what fills the backend, because a sink stores a large wave almost as
    // fast as a small one. Slow waves do not grow, because a stop loses the wave in training.
    constexpr double long_enough = 0.006;
    return wave.runs() >= backend_.runs_to_fill() && predicted_seconds(wave) >= long_enough;
  }

  /// Infinite if one of its configurations has not been timed.
  double predicted_seconds(const Wave& wave) const {
    double seconds = 0;
    for (const RunGroup& group : wave.groups())
      seconds +=
          static_cast<double>(group.learning_rate.size()) * seconds_per_run_[group.configuration];
    return seconds;
  }

  /// Learns the speed of a wave's configurations from its time. Those that were not timed before
  /// get the time that the others were not expected to take.
  void learn_speed(const Wave& wave, double seconds) {
    double expected = 0;
    std::size_t new_runs = 0;
    std::set<std::size_t> configurations;
    for (const RunGroup& group : wave.groups()) {
      const std::size_t runs = group.learning_rate.size();
      const double speed = seconds_per_run_[group.configuration];
      configurations.insert(group.configuration);
      if (std::isfinite(speed))
        expected += static_cast<double>(runs) * speed;
      else
        new_runs += runs;
    }
    const double average = seconds / static_cast<double>(wave.runs());
    for (const std::size_t configuration : configurations) {
      double& speed = seconds_per_run_[configuration];
      if (!std::isfinite(speed))
        speed = std::max(average, (seconds - expected) / static_cast<double>(new_runs));
      else if (new_runs == 0)
        speed = expected > 0 ? speed * (seconds / expected) : average;
    }
  }

  /// Returns the indices of the units that the sink lacks.
  std::vector<std::size_t> look(const std::vector<std::size_t>& own) {
    std::vector<std::size_t> pending;
    for (const std::size_t k : own) {
      if (watch_.stopped())
        throw InterruptedError(
            fmt::format("interrupted while checking which of {} runs are done", report_.runs));
      const std::size_t runs = units_[k].runs();
      if (sink_.state(units_[k]) == Sink::State::done)
        done_ += runs;
      else
        pending.push_back(k);
    }
    report_.resumed_runs = done_;
    return pending;
  }

  /// Trains the groups of a wave.
  std::vector<RunResults> train(const Wave& wave) {
    if (wave.runs() == 0) return {};
    static const std::atomic<bool> never = false;
    const std::atomic<bool>& stop = watch_.stop != nullptr ? *watch_.stop : never;
    std::vector<RunResults> results;
    const auto begin = std::chrono::steady_clock::now();
    try {
      results = backend_.train(wave.groups(), stop);
    } catch (...) {
      warn();  // Reports devices that failed before the exception.
      await_taken();
      throw;
    }
    warn();
    if (results.empty()) end_if_asked();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    learn_speed(wave, taken.count());
    return results;
  }

  void end_if_asked() {
    if (!watch_.stopped()) return;
    await_taken();
    throw InterruptedError(fmt::format("interrupted after {} of {} runs", done_, report_.runs));
  }

  /// Lets the sink store a wave while the backend trains the next one.
  void start_taking(Wave wave, std::vector<RunResults> results) {
    const auto taken = std::make_shared<const std::pair<Wave, std::vector<RunResults>>>(
        std::move(wave), std::move(results));
    const auto take = [this, taken] {
      const auto units = taken->first.units();
      try {
        sink_.take(units, taken->second);
      } catch (...) {
        release(units);
        throw;
      }
      release(units);
      return std::pair(taken->first.runs(), taken->first.known_runs());
    };
    try {
      taking_ = std::async(std::launch::async, take);
    } catch (const std::system_error&) {
      // The system starts no further thread: await_taken() stores the wave.
      taking_ = std::async(std::launch::deferred, take);
    }
  }

  /// Waits until the sink has stored the wave. Throws what the sink threw.
  void await_taken() {
    if (!taking_.valid()) return;
    const auto [trained, known] = taking_.get();
    report_.trained_runs += trained;
    report_.known_runs += known;
    done_ += trained + known;
    tell();
  }

  void tell() const {
    if (watch_.progress) watch_.progress(done_, report_.runs);
  }

  /// Passes on the backend's warnings, each once.
  void warn() {
    const auto warnings = backend_.warnings();
    for (; warned_ < warnings.size(); ++warned_)
      if (watch_.warn) watch_.warn(warnings[warned_]);
  }

  const PreparedSweep& prepared_;
  Backend& backend_;
  Sink& sink_;
  const Watch& watch_;
  const KnownRuns* known_;
  std::vector<Unit> units_;
  Report report_;
  std::size_t done_ = 0;
  std::chrono::milliseconds waited_{};   ///< for other processes, since the last own unit
  std::vector<double> seconds_per_run_;  ///< by configuration; infinite until it has been timed
  std::size_t warned_ = 0;
  /// Trained and known runs. Last, so that its destructor runs first and waits.
  std::future<std::pair<std::size_t, std::size_t>> taking_;
};

}  // namespace

Report run(const PreparedSweep& prepared, Backend& backend, Sink& sink, const Watch& watch,
           const Shard& shard, const KnownRuns* known) {
  return Runner(prepared, backend, sink, watch, known).run(shard);
}

Result run(const Sweep& sweep, const DeviceOptions& options, const Watch& watch) {
  const PreparedSweep prepared(sweep, options.threads);
  const auto backend = make_backend(prepared, options);
  MemorySink sink(sweep);
  run(prepared, *backend, sink, watch);
  return std::move(sink).result();
}

}  // namespace lrscape
