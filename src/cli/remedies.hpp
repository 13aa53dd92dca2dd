#pragma once

#include <string>
#include <string_view>

#include "lrscape/error.hpp"

namespace lrscape::cli {

/// The message with its remedy in terms of command-line options: "...; choose another --out".
std::string with_remedy(std::string_view message, Remedy remedy);
std::string with_remedy(const Error& error);

}  // namespace lrscape::cli
