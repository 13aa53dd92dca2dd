#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "lrscape/result.hpp"
#include "lrscape/unit.hpp"

namespace lrscape {

/// Receives the results of a sweep, unit by unit.
class Sink {
 public:
  virtual ~Sink() = default;

  /// The cut: the size of the units of the grid, units_of(sweep, cut()).
  virtual Cut cut() const = 0;

  enum class State : std::uint8_t { missing, damaged, done };
  /// Whether the sink has the results of a unit. May be called while take() runs for other units.
  virtual State state(const Unit& unit) const = 0;

  /// Claims a unit, so that no other process trains it. Returns false if another process has
  /// claimed it. A claim ends with release(), or with the sink.
  virtual bool claim(const Unit& /*unit*/) { return true; }
  /// Ends the claim. May be called while claim() or take() runs for other units.
  virtual void release(const Unit& /*unit*/) {}

  /// Stores the results of units; results[k] belongs to units[k]. When take() returns, the units
  /// are done.
  virtual void take(std::span<const Unit> units, std::span<const RunResults> results) = 0;

  /// Called by run() after the last unit of the shard.
  virtual void finish() {}
};

/// Keeps results in memory.
class MemorySink final : public Sink {
 public:
  explicit MemorySink(const Sweep& sweep);

  Cut cut() const override { return cut_; }
  State state(const Unit& unit) const override;
  void take(std::span<const Unit> units, std::span<const RunResults> results) override;

  /// Runs that have not run yet have status not_run and loss NaN.
  const Result& result() const& { return result_; }
  Result&& result() && { return std::move(result_); }

 private:
  std::size_t run_of(std::size_t configuration, std::size_t rate, std::size_t decay,
                     std::size_t seed) const;

  Cut cut_;
  Result result_;
};

}  // namespace lrscape
