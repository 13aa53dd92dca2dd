#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lrscape/backend.hpp"

namespace lrscape {

/// Several backends of one sweep as one, such as all GPUs of a machine. Each has a thread of its own and
/// takes the next few groups whenever it has done with the ones before, so that a faster one does more. A
/// backend that throws DeviceError is not used again; the others do its groups.
class BackendGroup final : public Backend {
 public:
  /// `backends` are one or more. `warnings` are those of their preparation.
  explicit BackendGroup(std::vector<std::unique_ptr<Backend>> backends,
                        std::vector<std::string> warnings = {});

  std::string description() const override;
  std::string driver() const override;
  /// A few pieces for each backend: at the end of a wave one waits for another, for less than a piece.
  std::size_t runs_to_fill() const override;
  std::size_t working_bytes() const override;
  std::vector<std::string> warnings() const override { return warnings_; }

  /// Throws once all backends are at rest: the last DeviceError if all have failed, in this call or in
  /// earlier ones, or else the first error of another kind, which stops all.
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

/// The backends that `make(k)` returns for k < count, made side by side, as one backend. One whose device
/// fails is left out, with a warning. Throws the first failure if none is left.
std::unique_ptr<Backend> make_group(
    std::size_t count, const std::function<std::unique_ptr<Backend>(std::size_t)>& make);

}  // namespace lrscape
