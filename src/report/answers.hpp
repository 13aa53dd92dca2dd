#pragma once

#include <string>
#include <vector>

#include "lrscape/analysis.hpp"
#include "report/chosen_map.hpp"

/// The answers of lrscape/analysis.hpp as text and as JSON.
namespace lrscape {

/// Four significant digits, in the shorter notation.
std::string for_people(double value);

/// "0.3969 ± 0.0020": two significant digits of the error. Without an error, four of the value.
std::string for_people(const Estimate& estimate, bool unicode);

/// "-0.96"
std::string two_decimals(double value);

/// " (95 % interval -1.03 to -0.89)", or nothing if the interval is unknown. `text` writes a
/// number.
std::string interval_text(const Interval& interval, std::string (*text)(double));

/// The members of a JSON object: value, low and high.
std::string interval_members_json(const Interval& interval);

/// The path, the optimizer and the further axes as members of a JSON object.
std::string identity_json(const ChosenMap& chosen);

/// "3 seeds", or "1 to 3 of 3 seeds" for a map whose cells have not run with all seeds.
std::string seeds_text(const LossMap& map);

/// "the highest learning rate" of the map or of a part of it, and what to do about it.
std::string edge_text(Edge edge, bool of_part);
std::string edge_remedy(Edge edge);

/// A sentence a line: the best cell, how many are as good, the slope, an edge, the runs.
std::vector<std::string> answers(const ChosenMap& chosen, bool unicode);

/// The same as a JSON object.
std::string answers_json(const ChosenMap& chosen);

}  // namespace lrscape
