#include "lrscape/bound/bound_result.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "lrscape/bound/optimum.hpp"
#include "lrscape/error.hpp"
#include "store/configuration.hpp"
#include "store/files.hpp"
#include "store/group.hpp"
#include "store/members.hpp"
#include "store/schedule_coordinates.hpp"

namespace lrscape {
namespace {

using zarr::DataType;

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

class BoundArrays {
 public:
  BoundArrays(const BoundSweep& sweep, const BoundTable& table, const std::vector<double>& gammas,
              const Watch& watch)
      : sweep_(sweep), table_(table), gammas_(gammas), watch_(watch) {}

  std::vector<zarr::Member> members() && {
    auto schedules = schedule_coordinates(sweep_.schedules);
    members_ = std::move(schedules.members);
    coordinates_ = std::move(schedules.auxiliary);
    add_coordinate("steps", "steps that the schedule is built for", sweep_.steps);
    dimensions_ = {"schedule", "steps"};
    shape_ = {table_.schedules, table_.steps};
    if (sweep_.anytime || !sweep_.horizons.empty()) {
      auto horizons = sweep_.horizons;
      for (std::size_t t = 1; sweep_.anytime && t <= table_.horizons; ++t)
        horizons.push_back(static_cast<std::int64_t>(t));
      add_coordinate("t", "horizon: the first t steps", horizons);
      dimensions_.emplace_back("t");
      shape_.push_back(table_.horizons);
    }
    const double distance = sweep_.distance;
    add("gamma_opt", "best base learning rate", {nothing},
        [=](const auto& sums, double) { return bound::optimal_gamma(sums, distance); });
    add("omega_opt", "bound at the best base learning rate", {nothing},
        [=](const auto& sums, double) { return bound::optimal_omega(sums, distance); });
    add("step_sum", "S_t: sum of the steps", {nothing},
        [](const auto& sums, double) { return bound::plain(sums).path; });
    add("gradient_sum", "B_t: the bound is D^2/(2 gamma S_t) + (gamma/2) B_t", {nothing},
        [](const auto& sums, double) { return bound::plain(sums).gradients; });
    if (gammas_.empty()) return std::move(members_);
    members_.push_back(zarr::coordinate("gamma", DataType::float64, gammas_.size(), "NaN",
                                        "base learning rate", zarr::raw(gammas_)));
    dimensions_.emplace_back("gamma");
    shape_.push_back(gammas_.size());
    add("omega", "bound", gammas_,
        [=](const auto& sums, double gamma) { return bound::omega(sums, distance, gamma); });
    return std::move(members_);
  }

 private:
  void add_coordinate(const std::string& name, const std::string& meaning,
                      const std::vector<std::int64_t>& values) {
    members_.push_back(
        zarr::coordinate(name, DataType::int64, values.size(), 0, meaning, zarr::raw(values)));
  }

  void add(const std::string& name, const std::string& meaning, const std::vector<double>& gammas,
           const std::function<double(const bound::ScaledSums&, double)>& value) {
    std::vector<double> values;
    values.reserve(table_.sums.size() * gammas.size());
    for (std::size_t row = 0; row < table_.sums.size(); ++row) {
      if (watch_.stopped()) throw InterruptedError("interrupted before the result was written");
      const auto& sums = table_.sums[row];
      for (const double gamma : gammas) try {
          values.push_back(std::isnan(sums.path) ? nothing : value(sums, gamma));
        } catch (const InputError& error) {
          throw InputError(row_name(sweep_, row) + ": " + error.what(), error.remedy());
        }
    }
    members_.push_back(zarr::make_member(
        {name, DataType::float64, shape_, shape_, dimensions_}, "NaN",
        {{"long_name", meaning}, {"coordinates", coordinates_}}, zarr::raw(values)));
  }

  const BoundSweep& sweep_;
  const BoundTable& table_;
  const std::vector<double>& gammas_;
  const Watch& watch_;
  std::vector<zarr::Member> members_;
  std::vector<std::string> dimensions_;
  std::vector<std::size_t> shape_;
  std::string coordinates_;
};

}  // namespace

Dataset dataset_of(const BoundSweep& sweep, const BoundTable& table,
                   const std::vector<double>& gammas, const Provenance& provenance) {
  return dataset_of(BoundArrays(sweep, table, gammas, {}).members(),
                    group_attributes("lrscape bound", configuration(sweep, gammas), provenance));
}

void write_bounds(const std::filesystem::path& path, const BoundSweep& sweep,
                  const BoundTable& table, const std::vector<double>& gammas,
                  const Provenance& provenance, const Watch& watch) {
  const zarr::Group group(path, BoundArrays(sweep, table, gammas, watch).members());
  zarr::remove_abandoned_groups(group.path());
  try {
    const auto attributes =
        group_attributes("lrscape bound", configuration(sweep, gammas), provenance);
    if (!group.create(attributes, watch)) group.adopt(attributes);
  } catch (const InterruptedError& error) {
    if (watch.stopped()) throw;
    throw WriteError(error.what());
  }
}

}  // namespace lrscape
