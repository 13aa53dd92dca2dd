#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace lrscape {

/// Takes the configuration() of a sweep apart: for each of its configurations, in order, everything
/// that determines the bits of a run but its learning rate, weight decay and seed, in the form of a
/// configuration without the keys of the grid. Two runs with
/// equal descriptions, learning rates, weight decays and seeds have the same results. Throws a JSON
/// exception if `configuration` does not have the form that configuration() writes.
std::vector<nlohmann::ordered_json> single_configurations(
    const nlohmann::ordered_json& configuration);

/// Makes `there` equal to `here` where `there` records more: losses after every epoch instead of
/// after the last, losses on the training rows, or weights.
void ignore_further_records(nlohmann::ordered_json& there, const nlohmann::ordered_json& here);

/// Whether the sweeps have a configuration in common. The configurations may be of any form.
bool share_a_configuration(const nlohmann::ordered_json& there, const nlohmann::ordered_json& here);

}  // namespace lrscape
