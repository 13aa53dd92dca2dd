#include "run/backend_group.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>

#include "base/parallel.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

/// A queue of run groups, from which each backend takes the next piece.
class Queue {
 public:
  Queue(std::span<const RunGroup> groups, std::size_t backends)
      : groups_(groups), left_{{0, groups.size()}}, backends_(backends) {
    for (const RunGroup& group : groups) runs_left_ += group.learning_rate.size();
  }

  struct Piece {
    std::size_t first, count;
  };

  /// Returns the next piece for a backend. It has enough runs to fill the backend or, towards the
  /// end, half of the backend's share of the remaining runs, so that all backends finish together,
  /// but not so few runs that the backend idles. While other backends hold all remaining groups,
  /// waits for them, because a backend that fails gives its piece back. A piece without groups
  /// means the end.
  Piece take(std::size_t runs_to_fill) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return has_groups() || pieces_out_ == 0; });
    if (!has_groups()) return {0, 0};
    const std::size_t least = runs_to_fill / 16;
    const std::size_t share = runs_left_ / (2 * backends_);
    const std::size_t wanted = std::clamp(share, least, std::max(least, runs_to_fill));
    Piece& next = left_.front();
    Piece piece = {next.first, 0};
    std::size_t runs = 0;
    do {
      runs += groups_[next.first].learning_rate.size();
      ++next.first;
      --next.count;
      ++piece.count;
    } while (next.count > 0 && runs < wanted);
    if (next.count == 0) left_.pop_front();
    runs_left_ -= runs;
    ++pieces_out_;
    return piece;
  }

  /// Marks a piece as done.
  void done() {
    const std::lock_guard lock(mutex_);
    --pieces_out_;
    changed_.notify_all();
  }

  /// Puts back the piece of a backend that failed or stopped and that will not call take() again.
  void give_back(Piece piece) {
    const std::lock_guard lock(mutex_);
    for (const RunGroup& group : groups_.subspan(piece.first, piece.count))
      runs_left_ += group.learning_rate.size();
    left_.push_front(piece);
    --pieces_out_;
    backends_ = std::max<std::size_t>(1, backends_ - 1);
    changed_.notify_all();
  }

  /// Empties the queue after an error. Keeps the first error.
  void end(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    left_.clear();
    --pieces_out_;
    if (!error_) error_ = std::move(error);
    changed_.notify_all();
  }

  // Only for use after all backends have stopped.

  bool is_done() const { return !has_groups(); }
  void rethrow_error() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  bool has_groups() const { return !left_.empty() && left_.front().count > 0; }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::span<const RunGroup> groups_;
  std::deque<Piece> left_;
  std::size_t pieces_out_ = 0;
  std::size_t backends_;
  std::size_t runs_left_ = 0;
  std::exception_ptr error_;
};

std::string warning(const DeviceError& failure) {
  return fmt::format("{}; the other devices take over its work", failure.what());
}

template <class Members, class Text>
std::vector<std::string> texts(const Members& members, Text text) {
  std::vector<std::string> all;
  for (const auto& member : members)
    if (const std::string one = text(*member.backend); std::ranges::find(all, one) == all.end())
      all.push_back(one);
  return all;
}

}  // namespace

BackendGroup::BackendGroup(std::vector<std::unique_ptr<Backend>> backends,
                           std::vector<std::string> warnings)
    : warnings_(std::move(warnings)) {
  for (auto& backend : backends) members_.push_back({std::move(backend)});
}

std::string BackendGroup::description() const {
  const auto all = texts(members_, [](const Backend& b) { return b.description(); });
  if (members_.size() == 1) return all.front();
  return fmt::format("{} devices: {}", members_.size(), fmt::join(all, " + "));
}

std::string BackendGroup::driver() const {
  return fmt::format(
      "{}", fmt::join(texts(members_, [](const Backend& b) { return b.driver(); }), " + "));
}

std::size_t BackendGroup::runs_to_fill() const {
  constexpr std::size_t pieces = 4;
  std::size_t runs = 0;
  for (const auto& [backend, failed] : members_)
    if (!failed) runs += pieces * backend->runs_to_fill();
  return runs;
}

std::size_t BackendGroup::working_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [backend, failed] : members_) bytes += backend->working_bytes();
  return bytes;
}

std::vector<RunResults> BackendGroup::train(std::span<const RunGroup> groups,
                                            const std::atomic<bool>& stop) {
  std::vector<RunResults> results(groups.size());
  Queue queue(groups,
              static_cast<std::size_t>(std::ranges::count(members_, false, &Member::failed)));
  std::mutex failures;
  const auto work = [&](Member& member) {
    for (;;) {
      const auto piece = queue.take(member.backend->runs_to_fill());
      if (piece.count == 0) return;
      try {
        std::vector<RunResults> part;
        if (!stop) part = member.backend->train(groups.subspan(piece.first, piece.count), stop);
        if (part.empty()) {
          queue.give_back(piece);
          return;
        }
        std::ranges::move(part,
                          std::next(results.begin(), static_cast<std::ptrdiff_t>(piece.first)));
        queue.done();
      } catch (const DeviceError& failure) {
        const std::lock_guard lock(failures);
        member.failed = true;
        // No warning for the last device: its failure is thrown.
        if (std::ranges::count(members_, false, &Member::failed) > 0)
          warnings_.push_back(warning(failure));
        last_failure_ = std::current_exception();
        queue.give_back(piece);
        return;
      } catch (...) {
        queue.end(std::current_exception());
        return;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (Member& member : members_)
      if (!member.failed) threads.emplace_back(work, std::ref(member));
  }
  queue.rethrow_error();
  if (queue.is_done()) return results;
  if (stop) return {};
  std::rethrow_exception(last_failure_);
}

std::unique_ptr<Backend> make_group(
    std::size_t count, const std::function<std::unique_ptr<Backend>(std::size_t)>& make) {
  if (count == 1) return make(0);
  std::vector<std::unique_ptr<Backend>> made(count);
  std::vector<std::exception_ptr> failures(count);
  std::vector<std::string> warnings(count);
  in_parallel(static_cast<std::int64_t>(count), static_cast<int>(count), [&](std::int64_t k) {
    const auto at = static_cast<std::size_t>(k);
    try {
      made[at] = make(at);
    } catch (const DeviceError& failure) {
      failures[at] = std::current_exception();
      warnings[at] = warning(failure);
    }
  });
  std::erase(made, nullptr);
  std::erase(warnings, "");
  if (made.empty()) std::rethrow_exception(failures.front());
  return std::make_unique<BackendGroup>(std::move(made), std::move(warnings));
}

}  // namespace lrscape
