#include "emulation/cuda_emulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "emulation/runner.hpp"

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
namespace detail {
namespace {

/// The position of a thread in its block, or of a block in its grid: x runs fastest.
uint3 unflatten(std::size_t index, const dim3& size) {
  return {static_cast<unsigned>(index % size.x), static_cast<unsigned>(index / size.x % size.y),
          static_cast<unsigned>(index / size.x / size.y)};
}

thread_local Runner runner;

}  // namespace

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
  fiber.context.registers = boost::context::detail::make_fcontext(
      fiber.stack.bottom() + stack_bytes, stack_bytes, &Runner::enter);
}

/// The bottom frame of every fiber. It never returns, so its red zones would stay behind.
[[gnu::no_sanitize_address]] void Runner::enter(boost::context::detail::transfer_t left) {
  Runner& self = runner;
  self.finish_switch(left);
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

/// Chooses the next thread to run, or the host if no thread can run.
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
  finish_switch(boost::context::detail::jump_fcontext(target.registers, nullptr));
}

/// Saves the context that was left. Also records where its stack lies, because the host's stack is
/// unknown until then.
[[gnu::no_sanitize_address]] void Runner::finish_switch(boost::context::detail::transfer_t left) {
  previous_->registers = left.fctx;
#ifdef LRSCAPE_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(active_->fake_stack, &previous_->stack_bottom,
                                  &previous_->stack_size);
#endif
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

std::uint64_t meet(const Arrival& arrival) { return runner.meet(arrival); }

void copy_later(void* to, const void* from, std::size_t bytes) {
  runner.copy_later({to, from, bytes});
}
void close_batch_of_copies() { runner.close_batch_of_copies(); }
void copy_all_but(std::size_t batches) { runner.copy_all_but(batches); }

}  // namespace detail

void launch(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes,
            const std::function<void()>& kernel, const Schedule& schedule) {
  detail::runner.launch(grid, block, dynamic_shared_bytes, kernel, schedule);
}

}  // namespace emulation

unsigned char* dynamic_shared_memory() { return emulation::detail::runner.dynamic_shared_memory(); }

}  // namespace lrscape
