#include "emulation/cuda_emulation.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define LRSCAPE_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LRSCAPE_ADDRESS_SANITIZER
#endif
#endif
#ifdef LRSCAPE_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace lrscape {
namespace emulation {
namespace {

using detail::Arrival;
using detail::Operation;

constexpr std::size_t lanes_of_a_warp = warpSize;
constexpr std::size_t most_threads = 1024;  // the limit of every CUDA device so far
constexpr std::size_t stack_bytes = std::size_t{256} * 1024;
// A whole number of pages on every Linux.
constexpr std::size_t guard_bytes = std::size_t{64} * 1024;

/// A stack of its own, above pages that end the program when it overflows.
class Stack {
 public:
  Stack() {
    void* mapping = mmap(nullptr, guard_bytes + stack_bytes, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    mapping_ = static_cast<unsigned char*>(mapping);
    if (mprotect(bottom(), stack_bytes, PROT_READ | PROT_WRITE) != 0) {
      munmap(mapping_, guard_bytes + stack_bytes);
      throw std::bad_alloc();
    }
  }
  ~Stack() { munmap(mapping_, guard_bytes + stack_bytes); }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  unsigned char* bottom() const { return mapping_ + guard_bytes; }

 private:
  unsigned char* mapping_;
};

/// A flow of control that can be left and resumed: a fiber's or the launching host thread's.
struct Context {
  ucontext_t registers;
  const void* stack_bottom = nullptr;
  std::size_t stack_size = 0;
  // Where the address sanitizer keeps frames if it looks for use after return. Kept from block to
  // block: making one takes longer than a small kernel.
  void* fake_stack = nullptr;
};

enum class State { ready, waiting, returned };

struct Copy {
  void* to;
  const void* from;
  std::size_t bytes;
};

struct Fiber {
  Stack stack;
  Context context{};
  uint3 thread_index{};
  State state = State::waiting;
  Arrival arrival{};  // where it waits, in State::waiting
  std::uint64_t result = 0;
  std::deque<std::vector<Copy>> copies;  // by batch; the last one is open
};

/// Unwinds a thread whose block has failed. No std::exception, so that no kernel takes it for one.
struct Unwind {};

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

/// The position of a thread in its block, or of a block in its grid: x runs fastest.
uint3 unflatten(std::size_t index, const dim3& size) {
  return {static_cast<unsigned>(index % size.x), static_cast<unsigned>(index / size.x % size.y),
          static_cast<unsigned>(index / size.x / size.y)};
}

/// The lane that a shuffle reads, by the pseudocode of shfl.sync in the PTX ISA.
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

/// Runs one launch at a time. Each host thread has one, which keeps its fibers.
class Runner {
 public:
  void launch(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes,
              const std::function<void()>& kernel, const Schedule& schedule);
  std::uint64_t meet(const Arrival& arrival);
  unsigned char* dynamic_shared_memory() const;
  void copy_later(const Copy& copy);
  void close_batch_of_copies();
  void copy_all_but(std::size_t batches);

 private:
  void run_block(std::size_t dynamic_shared_bytes);
  void prepare(std::size_t rank);
  void run_thread();
  static void enter();
  Context& next();
  void switch_to(Context& target);
  void finish_switch();
  void unwind();
  void meet_block();
  void meet_warp();
  void release(std::size_t first, std::size_t end, const Arrival& point);
  void check(const Arrival& arrival) const;
  std::string stuck() const;
  std::string threads(const std::vector<std::size_t>& ranks) const;
  std::string here(std::size_t rank) const;

  std::vector<std::unique_ptr<Fiber>> fibers_;     // by rank, x fastest; may be more than size_
  const std::function<void()>* kernel_ = nullptr;  // not null while a launch runs
  Schedule schedule_;
  std::mt19937_64 random_;
  std::unique_ptr<unsigned char[]> dynamic_shared_;

  std::size_t size_ = 0;            // threads of a block
  std::size_t current_ = 0;         // the rank that runs
  std::vector<std::size_t> ready_;  // ranks; the back runs next
  std::size_t waiting_for_block_ = 0;
  std::exception_ptr failure_;
  bool unwinding_ = false;

  Context host_{};
  Context* active_ = &host_;
  Context* previous_ = &host_;
};

thread_local Runner runner;

void Runner::launch(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes,
                    const std::function<void()>& kernel, const Schedule& schedule) {
  if (kernel_ != nullptr) throw KernelError("a kernel launches a kernel, which is not emulated");
  const std::size_t threads = std::size_t{block.x} * block.y * block.z;
  const std::size_t blocks = std::size_t{grid.x} * grid.y * grid.z;
  if (threads == 0 || threads > most_threads || block.z > 64 || blocks == 0 ||
      grid.x > 0x7FFFFFFFU || grid.y > 0xFFFFU || grid.z > 0xFFFFU) {
    throw InputError(fmt::format(
        "a grid of ({}, {}, {}) blocks of ({}, {}, {}) threads cannot be launched: a block has 1 "
        "to {} threads, at most 64 along z, a grid 1 to 2147483647 by 65535 by 65535 blocks",
        grid.x, grid.y, grid.z, block.x, block.y, block.z, most_threads));
  }
  struct End {
    Runner& self;
    ~End() {
      self.kernel_ = nullptr;
      self.dynamic_shared_.reset();
    }
  } const end{*this};
  kernel_ = &kernel;
  schedule_ = schedule;
  random_.seed(schedule.seed);
  gridDim = grid;
  blockDim = block;
  size_ = threads;
  while (fibers_.size() < size_) fibers_.push_back(std::make_unique<Fiber>());

  std::vector<std::size_t> order(blocks);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (schedule.order == Order::reverse) std::reverse(order.begin(), order.end());
  if (schedule.order == Order::shuffled) std::shuffle(order.begin(), order.end(), random_);
  for (const std::size_t index : order) {
    blockIdx = unflatten(index, grid);
    run_block(dynamic_shared_bytes);
  }
}

void Runner::run_block(std::size_t dynamic_shared_bytes) {
  dynamic_shared_.reset(new unsigned char[dynamic_shared_bytes]);
  std::memset(dynamic_shared_.get(), 0xFF, dynamic_shared_bytes);
  for (std::size_t rank = 0; rank < size_; ++rank) prepare(rank);
  waiting_for_block_ = 0;
  unwinding_ = false;
  release(0, size_, Arrival{});
  switch_to(next());

  const auto has_returned = [](const auto& fiber) { return fiber->state == State::returned; };
  const auto end = fibers_.begin() + static_cast<std::ptrdiff_t>(size_);
  if (!failure_ && !std::all_of(fibers_.begin(), end, has_returned)) {
    failure_ = std::make_exception_ptr(KernelError(stuck()));
  }
  if (failure_) {
    unwind();
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

/// Puts a thread at the start of the kernel, where it waits as if at a barrier.
void Runner::prepare(std::size_t rank) {
  Fiber& fiber = *fibers_[rank];
  fiber.thread_index = unflatten(rank, blockDim);
  fiber.state = State::waiting;
  fiber.arrival = Arrival{};
  fiber.copies.assign(1, {});
  fiber.context.stack_bottom = fiber.stack.bottom();
  fiber.context.stack_size = stack_bytes;
  ucontext_t& registers = fiber.context.registers;
  getcontext(&registers);
  registers.uc_stack.ss_sp = fiber.stack.bottom();
  registers.uc_stack.ss_size = stack_bytes;
  registers.uc_link = nullptr;
  makecontext(&registers, &Runner::enter, 0);
  // The address sanitizer's swapcontext wipes the red zones of the stack it finds here, which
  // would blind it after the first barrier; the switch itself does not look at this. (Its one
  // warning line, that it does not fully support swapcontext, has no option to silence it.)
  registers.uc_stack.ss_size = 0;
}

/// The bottom frame of every fiber. It is left for good, so its red zones would stay behind.
[[gnu::no_sanitize_address]] void Runner::enter() {
  Runner& self = runner;
  self.finish_switch();
  self.run_thread();
  self.switch_to(self.next());
}

void Runner::run_thread() {
  Fiber& self = *fibers_[current_];
  threadIdx = self.thread_index;
  try {
    if (!unwinding_) (*kernel_)();
  } catch (const Unwind&) {
  } catch (...) {
    if (!failure_) failure_ = std::current_exception();
    ready_.clear();
  }
  self.state = State::returned;
}

/// Resumes every thread that has not returned, so that its local variables are destroyed.
void Runner::unwind() {
  unwinding_ = true;
  ready_.clear();
  for (std::size_t rank = 0; rank < size_; ++rank) {
    if (fibers_[rank]->state == State::returned) continue;
    current_ = rank;
    switch_to(fibers_[rank]->context);
  }
}

/// Chooses the thread to run, or the host where none can.
Context& Runner::next() {
  if (ready_.empty()) return host_;
  if (schedule_.order == Order::shuffled) {
    std::swap(ready_[random_() % ready_.size()], ready_.back());
  }
  current_ = ready_.back();
  ready_.pop_back();
  return fibers_[current_]->context;
}

[[gnu::no_sanitize_address]] void Runner::switch_to(Context& target) {
  if (&target == active_) return;
  previous_ = active_;
  active_ = &target;
#ifdef LRSCAPE_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(&previous_->fake_stack, target.stack_bottom, target.stack_size);
#endif
  swapcontext(&previous_->registers, &target.registers);
  finish_switch();
}

/// Also tells where the stack lies that was left: the host's is not known before.
[[gnu::no_sanitize_address]] void Runner::finish_switch() {
#ifdef LRSCAPE_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(active_->fake_stack, &previous_->stack_bottom,
                                  &previous_->stack_size);
#endif
}

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
    if (!meet_each_other(fibers_[rank]->arrival, point)) return;  // none can run: stuck
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

/// Makes those threads of [first, end) ready that wait at `point`.
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

/// Names threads by runs of consecutive ranks.
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

/// Who waits where, when no thread can run.
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

void Runner::copy_later(const Copy& copy) {
  const auto address = [](const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
  };
  const bool size_is_allowed = copy.bytes == 4 || copy.bytes == 8 || copy.bytes == 16;
  if (!size_is_allowed || address(copy.to) % copy.bytes != 0 ||
      address(copy.from) % copy.bytes != 0) {
    throw KernelError(fmt::format(
        "{} copies {} bytes asynchronously: it must be 4, 8 or 16, at addresses aligned to them",
        here(current_), copy.bytes));
  }
  fibers_[current_]->copies.back().push_back(copy);
}

void Runner::close_batch_of_copies() { fibers_[current_]->copies.emplace_back(); }

void Runner::copy_all_but(std::size_t batches) {
  auto& copies = fibers_[current_]->copies;
  // Copies of the open batch are never waited for.
  while (copies.size() > batches + 1) {
    for (const Copy& copy : copies.front()) std::memcpy(copy.to, copy.from, copy.bytes);
    copies.pop_front();
  }
}

unsigned char* Runner::dynamic_shared_memory() const {
  if (kernel_ == nullptr) {
    throw KernelError("dynamic_shared_memory() is called outside of a kernel");
  }
  return dynamic_shared_.get();
}

}  // namespace

void launch(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes,
            const std::function<void()>& kernel, const Schedule& schedule) {
  runner.launch(grid, block, dynamic_shared_bytes, kernel, schedule);
}

std::uint64_t detail::meet(const Arrival& arrival) { return runner.meet(arrival); }

void detail::copy_later(void* to, const void* from, std::size_t bytes) {
  runner.copy_later({to, from, bytes});
}
void detail::close_batch_of_copies() { runner.close_batch_of_copies(); }
void detail::copy_all_but(std::size_t batches) { runner.copy_all_but(batches); }

}  // namespace emulation

void multiply_tf32(float (&sum)[4], const float (&a)[4], const float (&b)[2]) {
  struct Operands {
    const float* a;
    const float* b;
  };
  static thread_local Operands operands[emulation::most_threads];
  const std::size_t rank = threadIdx.x;
  const std::size_t lane = rank % emulation::lanes_of_a_warp;
  const Operands* const warp = operands + (rank - lane);
  operands[rank] = {a, b};
  __syncwarp();
  // The fragments of mma.m16n8k8 in the PTX ISA: lane 4 g + t has a[2 j + i] of row g + 8 i, column
  // t + 4 j; b[j] of row t + 4 j, column g; and sum[2 i + k] of row g + 8 i, column 2 t + k.
  const std::size_t g = lane / 4;
  const std::size_t t = lane % 4;
  float result[4];
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t k = 0; k < 2; ++k) {
      double total = static_cast<double>(sum[2 * i + k]);
      for (std::size_t j = 0; j < 2; ++j)
        for (std::size_t column = 0; column < 4; ++column)
          total += static_cast<double>(high_part_of_tf32(warp[4 * g + column].a[2 * j + i])) *
                   static_cast<double>(high_part_of_tf32(warp[4 * (2 * t + k) + column].b[j]));
      const float nearest = static_cast<float>(total);
      const bool away = std::fabs(static_cast<double>(nearest)) > std::fabs(total);
      result[2 * i + k] = away ? std::nextafter(nearest, 0.0F) : nearest;
    }
  __syncwarp();
  for (std::size_t k = 0; k < 4; ++k) sum[k] = result[k];
}

unsigned char* dynamic_shared_memory() { return emulation::runner.dynamic_shared_memory(); }

}  // namespace lrscape
