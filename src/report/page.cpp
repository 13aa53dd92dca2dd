#include "report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/page_sources.hpp"

namespace lrscape {

const std::string_view page_signature = "<!doctype html>\n<!-- lrscape report -->\n";

namespace {

/// JSON in ASCII that no HTML parser can mistake for a tag, whatever its strings hold.
std::string harmless(const Json& json) {
  std::string text;
  for (const char c : json.dump(-1, ' ', true, Json::error_handler_t::replace)) {
    if (c == '<' || c == '>' || c == '&')
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      text += c;
  }
  return text;
}

/// Text as the content of an element.
std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    if (c == '<')
      html += "&lt;";
    else if (c == '&')
      html += "&amp;";
    else
      html += c;
  }
  return html;
}

std::string joined(page_sources::Files files) {
  std::string all;
  for (const std::string_view file : files) all += file;
  return all;
}

/// The contents of each place that the template marks by <!-- name -->.
using Places = std::vector<std::pair<std::string_view, std::string>>;

/// Replaces the marks in one pass, so that contents with a mark stay as they are.
std::string filled(std::string_view page, const Places& places) {
  std::string html;
  while (!page.empty()) {
    const auto start = page.find("<!-- ");
    const auto end = page.find(" -->", start);
    html += page.substr(0, start);
    if (end == page.npos) break;
    const auto name = page.substr(start + 5, end - start - 5);
    const auto found = std::ranges::find(places, name, &Places::value_type::first);
    html += found == places.end() ? page.substr(start, end + 4 - start) : found->second;
    page.remove_prefix(end + 4);
  }
  return html;
}

}  // namespace

Json Page::text(const Json& value) {
  arrays_.push_back(packed(value.dump(-1, ' ', true, Json::error_handler_t::replace)));
  return {{"array", arrays_.size() - 1}, {"type", "json"}};
}

void Page::leave_out(std::string sentence) {
  if (std::ranges::count(left_out_, sentence) == 0) left_out_.push_back(std::move(sentence));
}

std::string Page::html(const std::string& title, const Json& description) const {
  std::string data = fmt::format("<script type=\"application/json\" id=\"description\">{}</script>",
                                 harmless(description));
  for (std::size_t k = 0; k < arrays_.size(); ++k)
    data += fmt::format("\n<script type=\"text/plain\" id=\"array-{}\">{}</script>", k, arrays_[k]);
  return filled(page_sources::page.front(), {{"title", escaped(title)},
                                             {"style", joined(page_sources::style)},
                                             {"library", joined(page_sources::library)},
                                             {"data", data},
                                             {"program", joined(page_sources::program)}});
}

}  // namespace lrscape
