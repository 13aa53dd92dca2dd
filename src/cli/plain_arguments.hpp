#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace lrscape::cli {

/// The role of a word in a command: "--lr" is an option with a value, "--quiet" a flag.
enum class WordKind : std::uint8_t { unknown, flag, value };
WordKind kind_of(const std::string& word, const Command* command);

/// Rewrites the words of a command line for CLI11, which would accept an option as the value of the
/// preceding option, and several words for true. Throws InputError for an option without its value
/// and for a flag with a value other than true or false.
std::vector<std::string> plain_arguments(const std::vector<std::string>& words,
                                         const Command* command);

}  // namespace lrscape::cli
