#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lrscape::test {

/// The description of the results in a page of lrscape report.
inline nlohmann::json described(const std::string& html) {
  const std::string start = R"(<script type="application/json" id="description">)";
  const auto begin = html.find(start) + start.size();
  return nlohmann::json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

}  // namespace lrscape::test
