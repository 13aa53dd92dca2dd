#pragma once

#include <string_view>

/// The files of src/report/page and of D3. cmake/PageSources.cmake writes their definitions.
namespace lrscape::page_sources {

extern const std::string_view page, style, library, program;

}  // namespace lrscape::page_sources
