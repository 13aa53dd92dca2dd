#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/memory.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "lrscape/error.hpp"
#include "store/array_reader.hpp"
#include "store/files.hpp"
#include "store/opened_group.hpp"
#include "store/zarr.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;

bool has_array(const fs::path& group, const char* name) {
  return files::type(group / name) != fs::file_type::not_found;
}

/// Counts from 1, ascending.
std::vector<std::int64_t> read_counts(const fs::path& group, const char* name) {
  auto counts = ArrayReader(group, name).coordinate<std::int64_t>();
  if (counts.front() < 1 || !std::ranges::is_sorted(counts))
    refuse_damaged(group / name, "has a value that no result has");
  return counts;
}

}  // namespace

bool is_bound_result(const fs::path& path) {
  try {
    return open_group(path).kind() == "bound";
  } catch (const InputError&) {
    return false;
  }
}

StoredBounds read_bounds(const fs::path& path) {
  if (open_group(path).kind() != "bound")
    throw InputError(fmt::format("{} is not a result of bounds", path.string()));
  StoredBounds bounds;
  const auto schedules = zarr::decode_strings(ArrayReader(path, "schedule").only_chunk());
  if (!schedules) refuse_damaged(path / "schedule", "is damaged");
  bounds.schedules = *schedules;
  bounds.steps = read_counts(path, "steps");
  std::vector<std::size_t> shape = {bounds.schedules.size(), bounds.steps.size()};
  if (has_array(path, "t")) {
    bounds.horizons = read_counts(path, "t");
    shape.push_back(bounds.horizons.size());
  }
  double numbers = 2;
  for (const std::size_t size : shape) numbers *= static_cast<double>(size);
  const auto array = [&](const char* name) {
    ArrayReader reader(path, name);
    reader.expect_shape(shape);
    if (reader.type() != "float64") refuse_damaged(path / name / "zarr.json", "is not float64");
    return reader.reals();
  };
  if (has_array(path, "gamma")) {
    bounds.gammas = ArrayReader(path, "gamma").coordinate<double>();
    numbers += numbers / 2 * static_cast<double>(bounds.gammas.size());
  }
  check_memory(fmt::format("the bounds {}", path.string()), sizeof(double) * numbers);
  bounds.gamma_opt = array("gamma_opt");
  bounds.omega_opt = array("omega_opt");
  if (!bounds.gammas.empty()) {
    shape.push_back(bounds.gammas.size());
    bounds.omega = array("omega");
  }
  return bounds;
}

}  // namespace lrscape
