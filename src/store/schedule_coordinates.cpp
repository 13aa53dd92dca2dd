#include "store/schedule_coordinates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace lrscape {
namespace {

using zarr::DataType;

class Builder {
 public:
  explicit Builder(std::span<const ScheduleSpec> schedules) : schedules_(schedules) {}

  ScheduleCoordinates build() && {
    std::vector<std::string> texts;
    std::vector<std::string> names;
    std::vector<std::string> parameters;
    std::vector<std::vector<ScheduleSpec::Named>> named;
    for (const auto& schedule : schedules_) {
      texts.push_back(schedule.to_string());
      names.push_back(schedule.name);
      named.push_back(schedule.named_values());
      for (const auto& parameter : named.back())
        if (std::ranges::count(parameters, parameter.name) == 0)
          parameters.push_back(parameter.name);
    }
    result_.members.push_back(zarr::coordinate("schedule", DataType::string, texts.size(), "",
                                               "learning-rate schedule",
                                               zarr::encode_strings(texts)));
    add("schedule_name", DataType::string, "", zarr::encode_strings(names));
    for (const auto& name : parameters) add_parameter(name, named);
    return std::move(result_);
  }

 private:
  void add_parameter(const std::string& name,
                     const std::vector<std::vector<ScheduleSpec::Named>>& named) {
    constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
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
      add(name, DataType::float64, "NaN", zarr::raw(values));
    else
      add(name, DataType::string, "", zarr::encode_strings(texts));
  }

  void add(const std::string& name, DataType type, const nlohmann::ordered_json& fill,
           std::string bytes) {
    const std::size_t count = schedules_.size();
    result_.members.push_back(zarr::make_member({name, type, {count}, {count}, {"schedule"}}, fill,
                                                {{"long_name", name + " of the schedule"}},
                                                std::move(bytes)));
    result_.auxiliary += (result_.auxiliary.empty() ? "" : " ") + name;
  }

  std::span<const ScheduleSpec> schedules_;
  ScheduleCoordinates result_;
};

}  // namespace

ScheduleCoordinates schedule_coordinates(std::span<const ScheduleSpec> schedules) {
  return Builder(schedules).build();
}

}  // namespace lrscape
