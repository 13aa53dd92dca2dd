#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "emulation/cuda_emulation.hpp"
#include "emulation/fiber.hpp"

namespace lrscape::emulation::detail {

/// Unwinds a thread whose block has failed. Not a std::exception, so no kernel takes it for one.
struct Unwind {};

/// Runs one launch at a time. Each host thread has one Runner, which keeps its fibers.
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
  static void enter(boost::context::detail::transfer_t left);
  Context& next();
  void switch_to(Context& target);
  void finish_switch(boost::context::detail::transfer_t left);
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
  std::size_t current_ = 0;         // the rank of the running thread
  std::vector<std::size_t> ready_;  // ranks; the back runs next
  std::size_t waiting_for_block_ = 0;
  std::exception_ptr failure_;
  bool unwinding_ = false;

  Context host_{};
  Context* active_ = &host_;
  Context* previous_ = &host_;
};

}  // namespace lrscape::emulation::detail
