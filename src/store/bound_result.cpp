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
    add_schedules();
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

  /// Adds the schedules as text, and an array for each parameter of any schedule.
  void add_schedules() {
    std::vector<std::string> texts;
    std::vector<std::string> names;
    std::vector<std::string> parameters;
    std::vector<std::vector<ScheduleSpec::Named>> named;
    for (const auto& schedule : sweep_.schedules) {
      texts.push_back(schedule.to_string());
      names.push_back(schedule.name);
      named.push_back(schedule.named_values());
      for (const auto& parameter : named.back())
        if (std::ranges::count(parameters, parameter.name) == 0)
          parameters.push_back(parameter.name);
    }
    members_.push_back(zarr::coordinate("schedule", DataType::string, texts.size(), "",
                                        "learning-rate schedule", zarr::encode_strings(texts)));
    add_along_schedules("schedule_name", DataType::string, "", zarr::encode_strings(names));
    for (const auto& name : parameters) add_parameter(name, named);
  }

  void add_parameter(const std::string& name,
                     const std::vector<std::vector<ScheduleSpec::Named>>& named) {
    std::vector<double> values;
    std::vector<std::string> texts;
    bool numbers = true;
    for (const auto& schedule : named) {
      const auto found = std::ranges::find(schedule, name, &ScheduleSpec::Named::name);
      const bool given = found != schedule.end();
      // Every schedule has a warmup and a final value, 0 by default.
      const bool common = name == "warmup" || name == "final";
      values.push_back(given ? found->value : common ? 0 : nothing);
      texts.push_back(given ? found->text : "");
      numbers = numbers && (!given || !std::isnan(found->value));
    }
    if (numbers)
      add_along_schedules(name, DataType::float64, "NaN", zarr::raw(values));
    else
      add_along_schedules(name, DataType::string, "", zarr::encode_strings(texts));
  }

  void add_along_schedules(const std::string& name, DataType type,
                           const nlohmann::ordered_json& fill, std::string bytes) {
    const std::size_t count = sweep_.schedules.size();
    members_.push_back(zarr::make_member({name, type, {count}, {count}, {"schedule"}}, fill,
                                         {{"long_name", name + " of the schedule"}},
                                         std::move(bytes)));
    coordinates_ += (coordinates_.empty() ? "" : " ") + name;
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
    // xarray reads the names of the non-dimension coordinates from this attribute.
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
