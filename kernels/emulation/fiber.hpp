#pragma once

#include <sys/mman.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <new>
#include <vector>

#include "emulation/cuda_emulation.hpp"

/// Runs a thread of a block as a flow of control on its own stack.
namespace lrscape::emulation::detail {

inline constexpr std::size_t lanes_of_a_warp = warpSize;
inline constexpr std::size_t most_threads = 1024;  // the limit of every CUDA device so far
inline constexpr std::size_t stack_bytes = std::size_t{256} * 1024;
// A whole number of pages on every Linux system.
inline constexpr std::size_t guard_bytes = std::size_t{64} * 1024;

/// A stack above guard pages, which end the program when the stack overflows.
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

/// A flow of control that can be left and resumed: a fiber's or the launching host thread's. Uses
/// Boost, because swapcontext() makes a system call, which takes longer than most of the work
/// between two switches.
struct Context {
  boost::context::detail::fcontext_t registers = nullptr;
  const void* stack_bottom = nullptr;
  std::size_t stack_size = 0;
  // The frames that the address sanitizer keeps to detect use after return. Reused from block to
  // block, because creating them takes longer than a small kernel.
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
  Arrival arrival{};  // the point at which it waits, in State::waiting
  std::uint64_t result = 0;
  std::deque<std::vector<Copy>> copies;  // by batch; the last one is open
};

}  // namespace lrscape::emulation::detail
