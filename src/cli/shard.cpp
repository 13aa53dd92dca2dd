#include "cli/shard.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {

ProcessShard parse_shard(std::string_view text, const ReadVariable& variable) {
  if (text.empty()) return {};
  if (text == "auto") try {
      return shard_of_process(variable);
    } catch (const InputError& error) {
      throw InputError(fmt::format("--shard auto: {}; --shard i/n names the part", error.what()));
    }
  const auto parts = split(text, '/');
  if (parts.size() != 2)
    throw InputError(fmt::format("--shard must be auto or of the form i/n, not '{}'", text));
  const auto index = parse_whole_number<std::int64_t>(parts[0], "--shard");
  const auto count = parse_whole_number<std::int64_t>(parts[1], "--shard");
  if (index < 1 || index > count)
    throw InputError(fmt::format("--shard {}: i must be from 1 to n", text));
  return {{static_cast<std::size_t>(index - 1), static_cast<std::size_t>(count)}};
}

}  // namespace lrscape::cli
