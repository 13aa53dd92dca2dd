#include <algorithm>

#include "cli/commands.hpp"
#include "cli/config_file.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrscape;
  static const fuzz::Folder folder;
  static const std::deque<cli::Command> commands = cli::make_commands("lrscape");
  const auto file = folder.write("file.toml", fuzz::text_of(data, size));
  for (const std::string name : {"sweep", "bound"})
    fuzz::accepts([&] {
      const auto command = std::ranges::find(commands, name, &cli::Command::name);
      const auto merged =
          cli::with_config_file({name, "--config", file.string()}, commands, &*command);
      fuzz::expect(merged.values.size() == 3 + merged.from_file.size(),
                   "every entry of the file is one argument", fuzz::text_of(data, size));
    });
  return 0;
}
