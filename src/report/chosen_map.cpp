#include "report/chosen_map.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace lrscape {
namespace {

/// The checksums of the data that a result was trained on. Empty if it has none.
std::string data_of(const Result& result) {
  const auto attributes = nlohmann::json::parse(result.attributes, nullptr, false);
  if (!attributes.is_object() || !attributes.value("configuration", nlohmann::json()).is_string())
    return "";
  const auto configuration = nlohmann::json::parse(
      attributes.at("configuration").get_ref<const std::string&>(), nullptr, false);
  if (!configuration.is_object()) return "";
  std::string data;
  for (const char* const key :
       {"train_features", "train_targets", "validation_features", "validation_targets"})
    if (const auto found = configuration.find(key); found != configuration.end())
      data += found->dump();
  return data;
}

}  // namespace

std::string ChosenMap::title() const {
  std::string text = fmt::format("{}  {}", path, optimizer);
  for (const auto& [name, label] : at)
    text += name == "schedule" ? fmt::format(" {}", label) : fmt::format(" {}={}", name, label);
  return text;
}

ChosenMap chosen_map(const Result& result, std::size_t configuration, const std::string& path,
                     LossMap map, bool is_cut) {
  const auto place = result.place_of(configuration);
  ChosenMap one = {path, result.optimizers[place[0]], {}, std::move(map), is_cut};
  for (std::size_t k = 0; k < result.axes.size(); ++k)
    one.at.emplace_back(result.axes[k].name, result.axes[k].labels[place[k + 1]]);
  one.data = data_of(result);
  const LossMap& losses = one.map;
  for (std::size_t i = 0; i < losses.learning_rates().size(); ++i)
    for (std::size_t j = 0; j < losses.weight_decays().size(); ++j)
      for (std::size_t s = 0; s < losses.seeds().size(); ++s) {
        const double loss = losses.loss(i, j, s);
        ++one.runs;
        one.done += !std::isnan(loss);
        one.diverged += std::isinf(loss);
      }
  return one;
}

bool same_settings(const ChosenMap& first, const ChosenMap& second) {
  return first.optimizer == second.optimizer && first.at == second.at;
}

bool same_data(const ChosenMap& first, const ChosenMap& second) {
  return first.data == second.data;
}

}  // namespace lrscape
