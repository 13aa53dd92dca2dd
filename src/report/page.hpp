#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "report/encoding.hpp"

namespace lrscape {

using Json = nlohmann::ordered_json;

/// Collects the contents of a page: a description in JSON, and arrays beside it.
class Page {
 public:
  /// Stores an array and returns the JSON that refers to it: {"array": index, "type": "f8"}.
  template <class Number>
  Json array(const std::vector<Number>& numbers) {
    static constexpr std::string_view kind = std::is_floating_point_v<Number> ? "f" : "u";
    arrays_.push_back(packed(numbers));
    return {{"array", arrays_.size() - 1}, {"type", std::string(kind) + type_size<Number>}};
  }
  /// Stores JSON that is long and rarely needed, compressed.
  Json text(const Json& value);

  /// Says what the page leaves out.
  void leave_out(std::string sentence);
  const std::vector<std::string>& left_out() const { return left_out_; }

  /// The page with this description. Strings in it may hold anything.
  std::string html(const std::string& title, const Json& description) const;

 private:
  template <class Number>
  static constexpr char type_size = static_cast<char>('0' + sizeof(Number));

  std::vector<std::string> arrays_, left_out_;
};

/// Begins every page.
extern const std::string_view page_signature;

}  // namespace lrscape
