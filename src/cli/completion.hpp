#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace lrscape::cli {

/// What a shell offers for the last of several words.
struct Completions {
  Completion kind = Completion::words;
  std::string typed;  ///< For files and folders: the part of the word that is a path.
  std::vector<Candidate> words;
};

/// Completes the last of the words that follow the program's name; it may be empty.
Completions complete(const std::deque<Command>& commands, const std::vector<std::string>& words);

/// As the program's first word: the words behind it are to be completed. The scripts of the shells use it.
inline constexpr std::string_view completion_word = "__complete";

/// Prints what a shell offers, for its script: a candidate per line, with its help after a tab; or the line ":files" or
/// ":folders", then the part of the word that is a path.
void print_completions(const std::vector<std::string>& words);

}  // namespace lrscape::cli
