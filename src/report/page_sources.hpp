#pragma once

#include <span>
#include <string_view>

/// The files of src/report/page and of D3. cmake/PageSources.cmake writes their definitions.
namespace lrscape::page_sources {

/// The contents of files, in order. Each is a literal of its own, since compilers limit their size.
using Files = std::span<const std::string_view>;

extern const Files page, style, library, program;

}  // namespace lrscape::page_sources
