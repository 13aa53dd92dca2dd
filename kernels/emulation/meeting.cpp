#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "emulation/runner.hpp"

// How the threads of a block meet at barriers, shuffles and votes, and the errors if they do not.
namespace lrscape::emulation::detail {
namespace {

bool is_for_the_block(const Arrival& arrival) {
  return arrival.operation <= Operation::syncthreads_count;
}

bool meet_each_other(const Arrival& a, const Arrival& b) {
  return a.operation == b.operation && a.mask == b.mask && a.site.line == b.site.line &&
         (a.site.file == b.site.file || std::strcmp(a.site.file, b.site.file) == 0);
}

std::string text(const uint3& index) {
  return fmt::format("({}, {}, {})", index.x, index.y, index.z);
}

std::string text(const Arrival& arrival) {
  constexpr std::array names = {"__syncthreads",       "__syncthreads_or", "__syncthreads_and",
                                "__syncthreads_count", "__syncwarp",       "__ballot_sync",
                                "__any_sync",          "__all_sync",       "__shfl_sync",
                                "__shfl_up_sync",      "__shfl_down_sync", "__shfl_xor_sync"};
  const std::string mask =
      is_for_the_block(arrival) ? std::string() : fmt::format(" with mask {:#010x}", arrival.mask);
  return fmt::format("{}{} at {}:{}", names.at(static_cast<std::size_t>(arrival.operation)), mask,
                     arrival.site.file, arrival.site.line);
}

/// The lane that a shuffle reads, according to the pseudocode of shfl.sync in the PTX ISA.
unsigned source_lane(const Arrival& arrival, unsigned lane) {
  const unsigned argument = arrival.lane_argument % lanes_of_a_warp;
  const auto width = static_cast<unsigned>(arrival.width);
  const unsigned first = lane & ~(width - 1);
  const unsigned last = first + width - 1;
  switch (arrival.operation) {
    case Operation::shuffle_up:
      return lane < first + argument ? lane : lane - argument;
    case Operation::shuffle_down:
      return lane + argument > last ? lane : lane + argument;
    case Operation::shuffle_xor:
      return (lane ^ argument) > last ? lane : lane ^ argument;
    default:
      return first + argument % width;
  }
}

}  // namespace

std::uint64_t Runner::meet(const Arrival& arrival) {
  check(arrival);
  if (unwinding_) throw Unwind{};
  Fiber& self = *fibers_[current_];
  self.arrival = arrival;
  self.state = State::waiting;
  if (is_for_the_block(arrival)) {
    meet_block();
  } else {
    meet_warp();
  }
  switch_to(next());
  if (unwinding_) throw Unwind{};
  threadIdx = self.thread_index;
  return self.result;
}

void Runner::meet_block() {
  if (++waiting_for_block_ < size_) return;
  const Arrival& point = fibers_[current_]->arrival;
  std::size_t count = 0;
  for (std::size_t rank = 0; rank < size_; ++rank) {
    if (!meet_each_other(fibers_[rank]->arrival, point)) return;  // no thread can run: stuck
    count += fibers_[rank]->arrival.bits;
  }
  waiting_for_block_ = 0;
  const bool all = count == size_;
  for (std::size_t rank = 0; rank < size_; ++rank) {
    fibers_[rank]->result = point.operation == Operation::syncthreads_count ? count
                            : point.operation == Operation::syncthreads_and ? all
                                                                            : count != 0;
  }
  release(0, size_, point);
}

void Runner::meet_warp() {
  const Arrival& point = fibers_[current_]->arrival;
  const std::size_t first = current_ - current_ % lanes_of_a_warp;
  const std::size_t end = std::min(first + lanes_of_a_warp, size_);
  std::uint64_t present = 0;
  std::uint64_t ballot = 0;
  for (std::size_t rank = first; rank < end; ++rank) {
    const Fiber& fiber = *fibers_[rank];
    const std::uint64_t bit = std::uint64_t{1} << (rank - first);
    if ((point.mask & bit) == 0) continue;
    if (fiber.state != State::waiting || !meet_each_other(fiber.arrival, point)) return;
    present |= bit;
    if (fiber.arrival.bits != 0) ballot |= bit;
  }
  for (std::size_t rank = first; rank < end; ++rank) {
    Fiber& fiber = *fibers_[rank];
    const auto lane = static_cast<unsigned>(rank - first);
    if ((present >> lane & 1) == 0) continue;
    if (point.operation < Operation::shuffle) {
      fiber.result = point.operation == Operation::ballot ? ballot
                     : point.operation == Operation::all  ? ballot == present
                                                          : ballot != 0;
      continue;
    }
    const unsigned source = source_lane(fiber.arrival, lane);
    if ((present >> source & 1) == 0) {
      throw KernelError(fmt::format("{} reads lane {} in {}, which does not take part", here(rank),
                                    source, text(fiber.arrival)));
    }
    fiber.result = fibers_[first + source]->arrival.bits;
  }
  release(first, end, point);
}

/// Makes the threads of [first, end) ready if they wait at `point`.
void Runner::release(std::size_t first, std::size_t end, const Arrival& point) {
  for (std::size_t i = first; i < end; ++i) {
    const std::size_t rank = schedule_.order == Order::forward ? first + end - 1 - i : i;
    Fiber& fiber = *fibers_[rank];
    if (fiber.state != State::waiting || !meet_each_other(fiber.arrival, point)) continue;
    fiber.state = State::ready;
    ready_.push_back(rank);
  }
}

void Runner::check(const Arrival& arrival) const {
  if (kernel_ == nullptr) throw KernelError(text(arrival) + " is called outside of a kernel");
  if (is_for_the_block(arrival)) return;
  if ((arrival.mask >> current_ % lanes_of_a_warp & 1) == 0) {
    throw KernelError(fmt::format("{} calls {}, which lacks its own lane {}", here(current_),
                                  text(arrival), current_ % lanes_of_a_warp));
  }
  if (arrival.width < 1 || arrival.width > warpSize ||
      !std::has_single_bit(static_cast<unsigned>(arrival.width))) {
    throw KernelError(fmt::format("{} calls {} with a width of {}: it must be 1, 2, 4, 8, 16 or 32",
                                  here(current_), text(arrival), arrival.width));
  }
}

std::string Runner::here(std::size_t rank) const {
  return fmt::format("block {}, thread {}", text(blockIdx), text(fibers_[rank]->thread_index));
}

/// Names threads as ranges of consecutive ranks.
std::string Runner::threads(const std::vector<std::size_t>& ranks) const {
  constexpr std::size_t most_runs = 8;
  std::vector<std::string> runs;
  for (std::size_t first = 0, last = 0; first < ranks.size(); first = ++last) {
    while (last + 1 < ranks.size() && ranks[last + 1] == ranks[last] + 1) ++last;
    if (runs.size() == most_runs) {
      runs.push_back(fmt::format("and {} more", ranks.size() - first));
      break;
    }
    runs.push_back(text(fibers_[ranks[first]]->thread_index));
    if (last > first) runs.back() += " to " + text(fibers_[ranks[last]]->thread_index);
  }
  return fmt::format("{}", fmt::join(runs, ", "));
}

/// Describes where each thread waits, for a block in which no thread can run.
std::string Runner::stuck() const {
  std::map<std::string, std::vector<std::size_t>> places;
  for (std::size_t rank = 0; rank < size_; ++rank) {
    const Fiber& fiber = *fibers_[rank];
    places[fiber.state == State::returned ? "returned" : "waiting in " + text(fiber.arrival)]
        .push_back(rank);
  }
  std::vector<std::string> groups;
  for (const auto& [place, ranks] : places) groups.push_back(place + ": " + threads(ranks));
  return fmt::format(
      "block {} cannot go on: threads {}; all threads of a block, or all lanes of a mask, must "
      "reach the same line",
      text(blockIdx), fmt::join(groups, "; "));
}

}  // namespace lrscape::emulation::detail
