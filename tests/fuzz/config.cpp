#include <algorithm>
#include <set>
#include <string>

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
      // A list of an option that may be repeated is several arguments.
      std::set<std::string> options;
      for (const std::string& argument : merged.values)
        if (argument.find('=') != argument.npos && argument != file.string())
          options.insert(argument.substr(0, argument.find('=')));
      fuzz::expect(options == std::set(merged.from_file.begin(), merged.from_file.end()),
                   "every entry of the file is an argument, and no other",
                   fuzz::text_of(data, size));
    });
  return 0;
}
