#include "cli/application.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>

#include "build_info.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/messages.hpp"
#include "cli/parser.hpp"
#include "cli/remedies.hpp"
#include "cli/stop_signals.hpp"
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

/// Appends to an error message the options in it that the configuration file set.
std::string with_origin(const std::string& message, const Arguments& given) {
  std::vector<std::string> named;
  for (const auto& option : given.from_file) {
    const auto name = option.substr(2);
    // A one-letter name could be an ordinary word of the message.
    if (mentions(message, option) || (name.size() > 1 && mentions(message, name)))
      named.push_back(option);
  }
  if (named.empty()) return message;
  return fmt::format("{} ({} from {})", message, fmt::join(named, ", "), given.config_file);
}

void answer(const Request& request) {
  switch (request.kind) {
    case Request::Kind::run:
      request.command->run();
      return;
    case Request::Kind::version:
      fmt::print("lrscape {} ({})\n", build_info::version, build_info::commit);
      return;
    case Request::Kind::help:
      print_page(request.command != nullptr ? page_of(*request.command)
                                            : overview(make_commands("")));
  }
}

/// Whether run() has returned, so that the program ends as it should.
std::atomic<bool> has_run = false;

/// Reports a lack of memory. Needs no memory.
int report_lack_of_memory() {
  write_to_stderr(
      "lrscape: out of memory; use a smaller problem, a smaller grid or fewer --threads\n");
  return usage;
}

std::atomic<bool> has_lacked_memory = false;

[[noreturn]] void refuse_memory() {
  has_lacked_memory = true;
  throw std::bad_alloc();
}

/// Called when an exception cannot be passed on, which the exception itself need not say. Some
/// functions that may not throw need memory, such as the destructor of nlohmann::json and the steps
/// of std::filesystem::directory_iterator.
[[noreturn]] void end_at_lost_exception() {
  if (has_lacked_memory) ::_exit(report_lack_of_memory());
  write_to_stderr("lrscape: internal error: an exception was lost\n");
  std::abort();
}

/// GCC's OpenMP runtime ends the program with a line of its own if it lacks memory.
void correct_exit_code() {
  if (!has_run) ::_exit(usage);
}

void prepare_process() {
  end_at_stop_signals();
  std::set_new_handler(refuse_memory);
  std::set_terminate(end_at_lost_exception);
  std::atexit(correct_exit_code);
  occupy_standard_streams();
  // Makes write() fail at a file size limit, as on a full disk, instead of ending the program.
  std::signal(SIGXFSZ, SIG_IGN);
}

int run_command(int argument_count, char** arguments) {
  Arguments given;
  try {
    const std::vector<std::string> words(arguments + 1, arguments + argument_count);
    if (!words.empty() && words[0] == completion_word) {
      print_completions({words.begin() + 1, words.end()});
      return done;
    }
    std::deque<Command> commands = make_commands(quoted_command_line(argument_count, arguments));
    answer(parse(commands, words, given));
    return done;
  } catch (const InputError& error) {
    return report(with_origin(with_remedy(error), given), usage);
  } catch (const InterruptedError& error) {
    return report(with_remedy(error), interrupted);
  } catch (const DeviceError& error) {
    return report(with_remedy(error), no_device);
  } catch (const WriteError& error) {
    return report(with_remedy(error), internal);
  } catch (const std::filesystem::filesystem_error& error) {
    if (error.code() == std::errc::not_enough_memory) throw std::bad_alloc();
    return report(fmt::format("{}: {}", error.path1().string(), error.code().message()), usage);
  } catch (const std::system_error& error) {  // fmt cannot write to a stream
    return report(error.what(), internal);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return report(fmt::format("internal error: {}", error.what()), internal);
  }
}

}  // namespace

int run(int argument_count, char** arguments) {
  prepare_process();
  int code = internal;
  try {
    code = run_command(argument_count, arguments);
  } catch (const std::bad_alloc&) {  // Perhaps while a message was put together.
    code = report_lack_of_memory();
  }
  has_run = true;
  // Flush stdout and check for errors: a full disk must not look like success.
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (code == done && !written) return report("cannot write to stdout", internal);
  return code;
}

}  // namespace lrscape::cli
