#include "cli/application.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "base/text.hpp"
#include "build_info.hpp"
#include "cli/commands.hpp"
#include "cli/config_file.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/remedies.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

int report(std::string_view message, int code) {
  say(fmt::format("lrscape: {}", message));
  return code;
}

std::string quoted_command_line(int count, char** arguments) {
  std::string line = "lrscape";
  for (int k = 1; k < count; ++k) {
    const std::string_view argument = arguments[k];
    const bool plain = !argument.empty() &&
                       argument.find_first_of(" \t\n'\"\\$*?;&|<>()") == std::string_view::npos;
    if (plain) {
      line += fmt::format(" {}", argument);
      continue;
    }
    line += " '";
    for (const char c : argument) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += "'";
  }
  return line;
}

/// CLI11 names the options it does not know; the nearest one it does know helps more.
std::string explain(const CLI::App& application, const CLI::ParseError& error,
                    const Arguments& given) {
  const CLI::App* chosen = &application;
  for (const auto* sub : application.get_subcommands()) chosen = sub;
  std::vector<std::string> names;
  for (const auto* option : chosen->get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  for (const auto* sub : chosen->get_subcommands({})) names.push_back(sub->get_name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  for (const auto& extra : application.remaining(true)) {
    const std::string option = extra.substr(0, extra.find('='));
    const auto where = given.from_file.contains(option) ? given.config_file + ": " : std::string();
    return fmt::format("{}unknown argument '{}'{}", where, option, did_you_mean(option, views));
  }
  return error.what();
}

bool mentions(std::string_view message, std::string_view word) {
  const auto goes_on = [&](std::size_t at) {
    return at < message.size() &&
           (std::isalnum(static_cast<unsigned char>(message[at])) != 0 ||
            std::string_view("-_./").find(message[at]) != std::string_view::npos);
  };
  for (auto at = message.find(word); at != std::string_view::npos; at = message.find(word, at + 1))
    if (!goes_on(at - 1) && !goes_on(at + word.size())) return true;
  return false;
}

/// Says of the options that a message is about which ones the configuration file gave.
std::string with_origin(const std::string& message, const Arguments& given) {
  std::vector<std::string> named;
  for (const auto& option : given.from_file) {
    const auto name = option.substr(2);
    // A letter alone is a word in any message.
    if (mentions(message, option) || (name.size() > 1 && mentions(message, name)))
      named.push_back(option);
  }
  if (named.empty()) return message;
  return fmt::format("{} ({} from {})", message, fmt::join(named, ", "), given.config_file);
}

/// The program's commands, and what each does if it is chosen.
class Commands {
 public:
  explicit Commands(const std::string& command_line) {
    application_.set_version_flag(
        "--version", fmt::format("lrscape {} ({})", build_info::version, build_info::commit));
    application_.require_subcommand(1);
    application_.allow_extras();  // Reported by explain(), with the nearest match.
    application_.failure_message(
        [](const CLI::App*, const CLI::Error& e) { return std::string(e.what()); });
    for (AddCommand* const add : all_commands) {
      Action action = add(application_, command_line);
      commands_.emplace_back(application_.get_subcommands({}).back(), std::move(action));
    }
  }

  CLI::App& application() { return application_; }

  /// Throws CLI::ParseError and what with_config_file() and plain_arguments() throw. `given` is set as far as it
  /// is known.
  void parse(const std::vector<std::string>& words, Arguments& given) {
    std::vector<std::string_view> names;
    const CLI::App* chosen = &application_;
    for (const auto& [command, action] : commands_) {
      names.push_back(command->get_name());
      if (!words.empty() && command->get_name() == words[0]) chosen = command;
    }
    const auto kind_of = [&](const std::string& option) {
      const auto* known = chosen->get_option_no_throw(option);
      // An argument's name, such as result, is no option.
      if (known == nullptr || !option.starts_with("-")) return OptionKind::unknown;
      return known->get_items_expected_max() == 0 ? OptionKind::flag : OptionKind::value;
    };
    given = with_config_file(words, names, kind_of);
    const auto plain = plain_arguments(given.values, kind_of);
    // CLI11 takes a vector from its back.
    application_.parse(std::vector<std::string>(plain.rbegin(), plain.rend()));
    if (!application_.remaining(true).empty()) throw CLI::ExtrasError(application_.remaining(true));
  }

  void run() const {
    for (const auto& [command, action] : commands_)
      if (command->parsed()) action();
  }

 private:
  CLI::App application_{
      "Maps learning-rate landscapes: dense sweeps over (learning rate, weight decay).", "lrscape"};
  std::vector<std::pair<CLI::App*, Action>> commands_;
};

int run_command(int argument_count, char** arguments) {
  occupy_standard_streams();
  // A file size limit is then an error of write(), like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);

  Commands commands(quoted_command_line(argument_count, arguments));
  Arguments given;
  try {
    commands.parse({arguments + 1, arguments + argument_count}, given);
    commands.run();
    return done;
  } catch (const CLI::Success& success) {  // --help, --version
    return commands.application().exit(success);
  } catch (const CLI::ParseError& error) {
    return report(explain(commands.application(), error, given), usage);
  } catch (const InputError& error) {
    return report(with_origin(with_remedy(error), given), usage);
  } catch (const InterruptedError& error) {
    return report(with_remedy(error), interrupted);
  } catch (const DeviceError& error) {
    return report(with_remedy(error), no_device);
  } catch (const WriteError& error) {
    return report(with_remedy(error), internal);
  } catch (const std::system_error& error) {  // fmt's, of a stream it cannot write
    return report(error.what(), internal);
  } catch (const std::bad_alloc&) {
    return report("out of memory; a smaller problem, fewer --threads or less at a time need less",
                  usage);
  } catch (const std::exception& error) {
    return report(fmt::format("internal error: {}", error.what()), internal);
  }
}

}  // namespace

int run(int argument_count, char** arguments) {
  const int code = run_command(argument_count, arguments);
  // What stdout holds back is written here at the latest; a full disk must not look like success.
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (code == done && !written) return report("stdout cannot be written", internal);
  return code;
}

}  // namespace lrscape::cli
