#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "lrscape/result.hpp"

namespace lrscape::test {

/// The configuration that a result's attributes hold as JSON text.
inline nlohmann::json configuration_in(const Result& result) {
  const auto attributes = nlohmann::json::parse(result.attributes);
  return nlohmann::json::parse(attributes.at("configuration").get<std::string>());
}

}  // namespace lrscape::test
