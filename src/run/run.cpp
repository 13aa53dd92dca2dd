#include "lrscape/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>
#include <vector>

#include "lrscape/error.hpp"
#include "run/wave.hpp"

namespace lrscape {
namespace {

/// One call of run().
class Runner {
 public:
  Runner(const PreparedSweep& prepared, Backend& backend, Sink& sink, const Watch& watch)
      : prepared_(prepared),
        backend_(backend),
        sink_(sink),
        watch_(watch),
        units_(units_of(prepared.sweep(), sink.cut())) {}

  Report run(const Shard& shard) {
    const std::vector<std::size_t> own = units_of_shard(units_, shard);
    for (const std::size_t k : own) report_.runs += units_[k].runs();
    const std::vector<std::size_t> pending = look(own);
    warn();
    tell();
    for (std::size_t next = 0; next < pending.size();) {
      end_if_asked();
      Wave wave(prepared_.sweep());
      for (; next < pending.size() && !is_full(wave); ++next) {
        const Unit& unit = units_[pending[next]];
        // Another process may have trained the unit in the meantime.
        if (sink_.state(unit) == Sink::State::done)
          done_ += unit.runs();
        else
          wave.add(unit);
      }
      auto results = train(wave);
      await_taken();
      start_taking(std::move(wave), std::move(results));
    }
    await_taken();
    sink_.finish();
    return report_;
  }

 private:
  bool is_full(const Wave& wave) const {
    // Limits memory: the results of two waves exist at once, one in the sink and one in training.
    constexpr std::size_t most_losses = 1 << 23;
    const auto records = static_cast<std::size_t>(prepared_.sweep().recorded_epochs());
    return wave.runs() > 0 &&
           (wave.runs() >= fill_ * backend_.runs_to_fill() || wave.runs() * records >= most_losses);
  }

  /// Returns the indices of the units that the sink lacks.
  std::vector<std::size_t> look(const std::vector<std::size_t>& own) {
    std::vector<std::size_t> pending;
    for (const std::size_t k : own) {
      end_if_asked();
      const std::size_t runs = units_[k].runs();
      const auto state = sink_.state(units_[k]);
      if (state == Sink::State::damaged) ++report_.damaged_units;
      if (state == Sink::State::done)
        done_ += runs;
      else
        pending.push_back(k);
    }
    report_.resumed_runs = done_;
    return pending;
  }

  std::vector<RunResults> train(const Wave& wave) {
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
    // Quick waves grow, because a sink stores a large wave almost as fast as a small one.
    constexpr std::chrono::milliseconds quick(25);
    constexpr std::size_t most_fill = 64;
    if (std::chrono::steady_clock::now() - begin < quick) fill_ = std::min(most_fill, 2 * fill_);
    return wave.by_unit(results);
  }

  void end_if_asked() {
    if (!watch_.stopped()) return;
    await_taken();
    throw InterruptedError(fmt::format("interrupted after {} of {} runs", done_, report_.runs));
  }

  /// Lets the sink store a wave while the backend trains the next one.
  void start_taking(Wave wave, std::vector<RunResults> results) {
    taking_ = std::async(std::launch::async,
                         [this, wave = std::move(wave), results = std::move(results)] {
                           sink_.take(wave.units(), results);
                           return wave.runs();
                         });
  }

  /// Waits until the sink has stored the wave. Throws what the sink threw.
  void await_taken() {
    if (!taking_.valid()) return;
    const std::size_t runs = taking_.get();
    report_.trained_runs += runs;
    done_ += runs;
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
  std::vector<Unit> units_;
  Report report_;
  std::size_t done_ = 0;
  std::size_t fill_ = 1;  ///< Wave size in multiples of runs_to_fill(); grows if waves are quick.
  std::size_t warned_ = 0;
  std::future<std::size_t> taking_;  ///< Last, so that its destructor runs first and waits.
};

}  // namespace

Report run(const PreparedSweep& prepared, Backend& backend, Sink& sink, const Watch& watch,
           const Shard& shard) {
  return Runner(prepared, backend, sink, watch).run(shard);
}

Result run(const Sweep& sweep, const DeviceOptions& options, const Watch& watch) {
  const PreparedSweep prepared(sweep, options.threads);
  const auto backend = make_backend(prepared, options);
  MemorySink sink(sweep);
  run(prepared, *backend, sink, watch);
  return std::move(sink).result();
}

}  // namespace lrscape
