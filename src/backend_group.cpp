#include "backend_group.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <mutex>
#include <thread>

namespace lrscape {
namespace {

/// Units of which each backend takes the next ones, in their order.
class Queue {
 public:
  Queue(std::span<const WorkUnit> units, std::size_t backends)
      : units_(units), backends_(backends) {
    for (const WorkUnit& unit : units) runs_left_ += unit.learning_rate.size();
  }

  struct Piece {
    std::size_t first, count;
  };

  /// The next piece for a backend that `runs_to_fill` fill: what fills it or, towards the end, half of
  /// its share of what is left, so that all end together, but not so little that it idles.
  Piece take(std::size_t runs_to_fill) {
    const std::lock_guard lock(mutex_);
    const std::size_t least = runs_to_fill / 16;
    const std::size_t share = runs_left_ / (2 * backends_);
    const std::size_t wanted = std::clamp(share, least, std::max(least, runs_to_fill));
    Piece piece = {next_, 0};
    std::size_t runs = 0;
    do {
      if (next_ == units_.size()) break;
      runs += units_[next_].learning_rate.size();
      ++next_;
      ++piece.count;
    } while (runs < wanted);
    runs_left_ -= runs;
    return piece;
  }

  /// Leaves nothing to take; keeps the first failure.
  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    next_ = units_.size();
    if (!failure_) failure_ = std::move(failure);
  }

  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::span<const WorkUnit> units_;
  std::size_t backends_;
  std::size_t next_ = 0;
  std::size_t runs_left_ = 0;
  std::exception_ptr failure_;
};

template <class Text>
std::vector<std::string> texts(const std::vector<std::unique_ptr<Backend>>& backends, Text text) {
  std::vector<std::string> all;
  for (const auto& backend : backends)
    if (const std::string one = text(*backend); std::ranges::find(all, one) == all.end())
      all.push_back(one);
  return all;
}

}  // namespace

BackendGroup::BackendGroup(std::vector<std::unique_ptr<Backend>> backends)
    : backends_(std::move(backends)) {}

std::string BackendGroup::description() const {
  const auto all = texts(backends_, [](const Backend& b) { return b.description(); });
  return fmt::format("{} devices: {}", backends_.size(), fmt::join(all, " + "));
}

std::string BackendGroup::driver() const {
  return fmt::format(
      "{}", fmt::join(texts(backends_, [](const Backend& b) { return b.driver(); }), " + "));
}

std::size_t BackendGroup::runs_to_fill() const {
  constexpr std::size_t pieces = 4;
  std::size_t runs = 0;
  for (const auto& backend : backends_) runs += pieces * backend->runs_to_fill();
  return runs;
}

std::size_t BackendGroup::working_bytes() const {
  std::size_t bytes = 0;
  for (const auto& backend : backends_) bytes += backend->working_bytes();
  return bytes;
}

std::vector<UnitResult> BackendGroup::run(std::span<const WorkUnit> units,
                                          const std::atomic<bool>& stop) {
  std::vector<UnitResult> results(units.size());
  Queue queue(units, backends_.size());
  const auto work = [&](Backend& backend) {
    try {
      while (!stop) {
        const auto [first, count] = queue.take(backend.runs_to_fill());
        if (count == 0) return;
        auto part = backend.run(units.subspan(first, count), stop);
        std::ranges::move(part, std::next(results.begin(), static_cast<std::ptrdiff_t>(first)));
      }
    } catch (...) {
      queue.fail(std::current_exception());
    }
  };
  {
    std::vector<std::jthread> threads;
    for (const auto& backend : backends_) threads.emplace_back(work, std::ref(*backend));
  }
  queue.rethrow_failure();
  if (stop) results.clear();
  return results;
}

}  // namespace lrscape
