#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace lrscape::cli {

/// The completions that a shell offers for the last word of a command line.
struct Completions {
  Completion kind = Completion::words;
  std::string typed;  ///< For files and folders: the part of the word that is a path.
  std::vector<Candidate> words;
};

/// Completes the last of `words`, which follow the program's name. The last word may be empty.
Completions complete(const std::deque<Command>& commands, const std::vector<std::string>& words);

/// The first argument with which the shell scripts request completions of the words that follow.
inline constexpr std::string_view completion_word = "__complete";

/// Prints completions for the shell script: one candidate per line, followed by a tab and its help;
/// or, for paths, the line ":files" or ":folders", then the part of the word that is a path.
void print_completions(const std::vector<std::string>& words);

}  // namespace lrscape::cli
