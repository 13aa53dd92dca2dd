#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace lrscape::cli {

/// What a word is to a command that defines it: "--lr" an option with a value, "--quiet" a flag.
enum class WordKind : std::uint8_t { unknown, flag, value };
WordKind kind_of(const std::string& word, const Command* command);

/// The words of a command line as CLI11 must see them: it would take an option for the value of the one before, and
/// several texts for true. Throws InputError for an option without its value, and for a flag with a value other than
/// true or false.
std::vector<std::string> plain_arguments(const std::vector<std::string>& words,
                                         const Command* command);

}  // namespace lrscape::cli
