#pragma once

#include <memory>
#include <vector>

#include "lrscape/backend.hpp"

namespace lrscape {

/// Several backends of one sweep as one, such as all GPUs of a machine. Each has a thread of its own and
/// takes the next few units whenever it has done with the ones before, so that a faster one does more.
class BackendGroup final : public Backend {
 public:
  /// `backends` are one or more.
  explicit BackendGroup(std::vector<std::unique_ptr<Backend>> backends);

  std::string description() const override;
  std::string driver() const override;
  /// A few pieces for each backend: at the end of a wave one waits for another, for less than a piece.
  std::size_t runs_to_fill() const override;
  std::size_t working_bytes() const override;

  /// Throws what was thrown first, once all backends are at rest.
  std::vector<UnitResult> run(std::span<const WorkUnit> units,
                              const std::atomic<bool>& stop) override;

 private:
  std::vector<std::unique_ptr<Backend>> backends_;
};

}  // namespace lrscape
