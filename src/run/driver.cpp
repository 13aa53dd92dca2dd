#include "lrscape/driver.hpp"

#include <fmt/format.h>

#include "lrscape/error.hpp"

namespace lrscape {

DriverReport run_sweep(Backend& backend, ResultStore& store, const DriverOptions& options,
                       const std::atomic<bool>& stop) {
  if (options.shards < 1 || options.shard >= options.shards)
    throw InputError(
        fmt::format("shard {} of {} does not exist", options.shard + 1, options.shards));
  DriverReport report;
  std::size_t done = 0;
  std::vector<std::size_t> pending;
  for (std::size_t k = options.shard; k < store.unit_count(); k += options.shards) {
    const std::size_t runs = store.unit(k).learning_rate.size();
    report.runs += runs;
    const auto state = store.state(k);
    if (state == ResultStore::State::damaged) ++report.damaged_units;
    if (state == ResultStore::State::done)
      done += runs;
    else
      pending.push_back(k);
  }
  report.resumed_runs = done;
  std::size_t warned = 0;
  const auto warn = [&] {
    const auto warnings = backend.warnings();
    for (; warned < warnings.size(); ++warned)
      if (options.warn) options.warn(warnings[warned]);
  };
  const auto run_with_warnings = [&](const std::vector<RunGroup>& units) {
    try {
      auto results = backend.run(units, stop);
      warn();
      return results;
    } catch (...) {
      warn();  // Devices that failed before the one that ended the sweep.
      throw;
    }
  };
  warn();
  if (options.progress) options.progress(done, report.runs);

  for (std::size_t next = 0; next < pending.size();) {
    std::vector<std::size_t> wave;
    std::vector<RunGroup> units;
    std::size_t runs = 0;
    for (; next < pending.size() && runs < backend.runs_to_fill(); ++next) {
      RunGroup unit = store.unit(pending[next]);
      const std::size_t size = unit.learning_rate.size();
      // Another process may have been here since.
      if (store.state(pending[next]) == ResultStore::State::done) {
        done += size;
        continue;
      }
      runs += size;
      wave.push_back(pending[next]);
      units.push_back(std::move(unit));
    }
    const auto results = run_with_warnings(units);
    if (stop)
      throw InterruptedError(fmt::format("interrupted after {} of {} runs", done, report.runs));
    for (std::size_t k = 0; k < wave.size(); ++k) store.write(wave[k], results[k]);
    done += runs;
    if (options.progress) options.progress(done, report.runs);
  }
  store.tidy();
  return report;
}

}  // namespace lrscape
