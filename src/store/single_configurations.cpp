#include "store/single_configurations.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace lrscape {
namespace {

using Json = nlohmann::ordered_json;

/// An axis with one value is written as this value.
Json as_list(const Json& axis) { return axis.is_array() ? axis : Json::array({axis}); }

/// The keys that describe the grid of the sweep.
constexpr const char* grid_keys[] = {"learning_rates",      "weight_decays", "learning_rate_values",
                                     "weight_decay_values", "parameters",    "spaces",
                                     "optimizers",          "first_seed",    "seeds"};

/// Everything that the configurations have in common.
Json common_part(const Json& configuration) {
  Json common = configuration;
  for (const char* const key : grid_keys) common.erase(key);
  // Orders given by the caller belong to the seeds and epochs together.
  if (configuration.at("row_orders") != "drawn from the seed")
    common["row_orders"] = {configuration.at("row_orders"), configuration.at("first_seed"),
                            configuration.at("seeds"), configuration.at("epochs")};
  return common;
}

/// A configuration, with the index of its multipliers in the list of all multipliers.
struct Single {
  Json description;
  std::size_t multipliers = 0;
};

}  // namespace

std::vector<Json> single_configurations(const Json& configuration) {
  std::vector<Single> all;
  const Json common = common_part(configuration);
  for (const Json& optimizer : configuration.at("optimizers")) {
    Single& single = all.emplace_back(Single{common});
    single.description["optimizers"] = Json::array({optimizer});
  }
  // Replaces each configuration by one for each value of an axis.
  const auto multiply = [&](const Json& values, const auto& set) {
    std::vector<Single> more;
    more.reserve(all.size() * values.size());
    for (const Single& one : all)
      for (std::size_t k = 0; k < values.size(); ++k)
        set(more.emplace_back(one).description, values[k]);
    all = std::move(more);
  };
  const auto multiply_key = [&](const std::string& key) {
    const Json values = as_list(configuration.at(key));
    const std::size_t size = std::max<std::size_t>(1, values.size());
    multiply(values, [&](Json& one, const Json& value) { one[key] = value; });
    for (std::size_t k = 0; k < all.size(); ++k)
      all[k].multipliers = all[k].multipliers * size + k % size;
  };
  multiply_key("schedule");
  const Json parameters = configuration.value("parameters", Json::object());
  for (const auto& [name, values] : parameters.items())
    multiply(values,
             [&, key = name](Json& one, const Json& value) { one["optimizers"][0][key] = value; });
  multiply_key("batch_size");
  multiply_key("epochs");

  const Json spaces = configuration.at("spaces");
  const Json multipliers = as_list(configuration.at("schedule_values"));
  const std::size_t optimizers = configuration.at("optimizers").size();
  const std::size_t each = all.size() / std::max<std::size_t>(1, optimizers);
  std::vector<Json> descriptions;
  for (std::size_t k = 0; k < all.size(); ++k) {
    Json& one = descriptions.emplace_back(std::move(all[k].description));
    one["spaces"] = Json::array({spaces.at(spaces.size() == optimizers ? k / each : k)});
    one["schedule_values"] = multipliers.at(all[k].multipliers);
  }
  return descriptions;
}

void ignore_further_records(Json& there, const Json& here) {
  if (there.value("recorded", Json()) == "epoch" && here.value("recorded", Json()) == "final")
    there["recorded"] = "final";
  if (there.value("train_loss", Json()) == true && here.value("train_loss", Json()) == false)
    there["train_loss"] = false;
  if (!here.contains("weights")) there.erase("weights");
}

bool share_a_configuration(const Json& there, const Json& here) {
  try {
    const std::vector<Json> needed = single_configurations(here);
    for (Json& one : single_configurations(there)) {
      ignore_further_records(one, needed.front());
      // The order of the keys does not matter.
      if (std::ranges::any_of(needed, [sorted = nlohmann::json(one)](const Json& other) {
            return sorted == nlohmann::json(other);
          }))
        return true;
    }
  } catch (const Json::exception&) {
    return false;  // No sweep of this version.
  }
  return false;
}

}  // namespace lrscape
