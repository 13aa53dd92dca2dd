#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "cli/terminal.hpp"

namespace lrscape::cli {

/// Draws `count` panels beside each other where the terminal is wide enough, else below each other.
/// draw(k, style) returns panel k as lines of at most style.columns characters.
std::string side_by_side(
    std::size_t count, const TerminalStyle& style,
    const std::function<std::string(std::size_t k, const TerminalStyle& style)>& draw);

}  // namespace lrscape::cli
