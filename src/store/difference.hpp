#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape {

/// The values of a coordinate such as learning_rate in two results. A side that cannot be read has
/// none.
struct AxisValues {
  std::optional<std::vector<double>> there;
  std::optional<std::vector<double>> here;
};

/// Says in plain words how the configuration of a stored result differs from another one, such as
/// "the batch size is 2 there, but 4 here". Joins up to three differences by semicolons and counts
/// the rest. Empty if the configurations are equal, whatever the order of their keys.
///
/// Configurations hold checksums of the values along an axis, so `axis` reads the values. It is
/// called only for an axis that differs.
std::string difference(const nlohmann::ordered_json& there, const nlohmann::ordered_json& here,
                       const std::function<AxisValues(std::string_view name)>& axis);

}  // namespace lrscape
