#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "io/table.hpp"
#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/device.hpp"

namespace lrscape::cli {

/// Shamir and Zhang's bound is a closed form. It accepts the same sweeps as Orabona's bound.
enum class Formula { last, average, orabona, shamir_zhang };

/// The number by which rows are sorted, smallest first.
enum class SortKey { none, omega, omega_opt, gamma_opt };

struct BoundOptions {
  std::vector<std::string> schedules;
  std::string steps, at, gamma;
  std::optional<std::int64_t> steps_per_epoch;
  std::string gradient_norms = "1";
  double distance = 1;
  bool anytime = false;
  bound::Method method = bound::Method::automatic;
  Formula formula = Formula::last;
  bool terms = false;
  bool json = false;
  bool csv = false;
  SortKey sort = SortKey::none;
  std::optional<std::int64_t> best;  ///< how many rows to print
  std::string out;
  bool quiet = false;
  DeviceOptions backend;
  std::string config;
};

void add_bound_options(Command& command, BoundOptions& options);

/// Reads the files and builds the sweep. Appends what there is to say about the files to `notes`.
/// Throws InputError for bad options; the sweep itself is not checked.
BoundSweep make_sweep(const BoundOptions& options, std::vector<io::Note>& notes);

}  // namespace lrscape::cli
