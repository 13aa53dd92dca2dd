#pragma once

#include <string_view>

#include "lrscape/process_shard.hpp"

namespace lrscape::cli {

/// Reads "i/n" or, for "auto", the place of this process among those that a scheduler started.
/// Empty text is the whole sweep. Throws InputError.
ProcessShard parse_shard(std::string_view text,
                         const ReadVariable& variable = environment_variable);

}  // namespace lrscape::cli
