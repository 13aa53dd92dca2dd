#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lrscape/backend.hpp"

namespace lrscape {

/// Combines several backends of one sweep, such as all GPUs of a machine. Each backend has its own
/// thread and takes the next few groups when it has finished its last ones, so that a faster
/// backend does more work. A backend that throws DeviceError is not used again; the others train
/// its groups.
class BackendGroup final : public Backend {
 public:
  /// `backends` must not be empty. `warnings` come from the preparation of the backends.
  explicit BackendGroup(std::vector<std::unique_ptr<Backend>> backends,
                        std::vector<std::string> warnings = {});

  std::string description() const override;
  std::string driver() const override;
  /// A few pieces for each backend, because backends idle for up to one piece at the end of a wave.
  std::size_t runs_to_fill() const override;
  std::size_t working_bytes() const override;
  std::vector<std::string> warnings() const override { return warnings_; }

  /// Throws only after all backends have stopped. If all backends have failed, in this call or
  /// earlier, throws the last DeviceError. Any other error ends the call, and the first one is
  /// thrown.
  std::vector<RunResults> train(std::span<const RunGroup> groups,
                                const std::atomic<bool>& stop) override;

 private:
  struct Member {
    std::unique_ptr<Backend> backend;
    bool failed = false;
  };

  std::vector<Member> members_;
  std::vector<std::string> warnings_;
  std::exception_ptr last_failure_;
};

/// Calls `make(k)` for all k < count in parallel and combines the backends into one. Leaves out a
/// backend whose device fails, with a warning. If all devices fail, throws the first failure.
std::unique_ptr<Backend> make_group(
    std::size_t count, const std::function<std::unique_ptr<Backend>(std::size_t)>& make);

}  // namespace lrscape
