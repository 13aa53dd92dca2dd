#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

#include "cli/commands.hpp"

// The scripts call the program, so that completions always match the command definitions.
namespace lrscape::cli {
namespace {

enum class Shell { bash, zsh, fish };

constexpr std::string_view bash_script = R"(# Completions of lrscape for bash.
_lrscape() {
  local line=${COMP_LINE:0:COMP_POINT} current before
  local -a words candidates
  # Bash also breaks words at : and =. Break the line at blanks alone.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${words[-1]}
  COMPREPLY=()
  mapfile -t candidates < <("${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null)
  case ${candidates[0]-} in
    :files | :folders)
      compopt -o filenames
      local kind=-f
      [[ ${candidates[0]} == :folders ]] && kind=-d
      mapfile -t COMPREPLY < <(compgen "$kind" -- "${candidates[1]}")
      # Readline replaces what follows the last break.
      before=${candidates[1]%"${candidates[1]##*[=:]}"}
      COMPREPLY=("${COMPREPLY[@]#"$before"}")
      ;;
    *)
      COMPREPLY=("${candidates[@]%%$'\t'*}")
      # Readline replaces what follows the last break.
      before=${current%"${current##*[=:]}"}
      COMPREPLY=("${COMPREPLY[@]#"$before"}")
      [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:,] ]] && compopt -o nospace
      ;;
  esac
  return 0
}
complete -F _lrscape lrscape
)";

constexpr std::string_view zsh_script = R"(#compdef lrscape
# Completions of lrscape for zsh.
_lrscape() {
  local -a lines values descriptions open
  local line
  lines=("${(@f)$("${${(Q)words[1]}/#\~/$HOME}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case ${lines[1]} in
    :files | :folders)
      [[ $words[CURRENT] == --*=* ]] && compset -P '*='
      [[ $lines[1] == :files ]] && _files || _files -/
      return
      ;;
  esac
  for line in $lines; do
    [[ -n $line ]] || continue
    values+=("${line%%$'\t'*}")
    descriptions+=("${line/$'\t'/  -- }")
  done
  open=(${(M)values:#*[=:,]})
  if (( $#values == 1 && $#open == 1 )); then
    compadd -S '' -l -d descriptions -a values
  else
    compadd -l -d descriptions -a values
  fi
}
if [[ $funcstack[1] == _lrscape ]]; then _lrscape "$@"; else compdef _lrscape lrscape; fi
)";

constexpr std::string_view fish_script = R"(# Completions of lrscape for fish.
function __lrscape_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l lines ($program __complete $words[2..-1] 2>/dev/null)
    set -l before (string match -r -- '^--[^=]*=' $words[-1])
    switch "$lines[1]"
        case :files
            string replace -r -- '^' "$before" (__fish_complete_path $lines[2])
        case :folders
            string replace -r -- '^' "$before" (__fish_complete_directories $lines[2])
        case '*'
            string join \n -- $lines
    end
end
complete -c lrscape -f -a '(__lrscape_complete)'
)";

}  // namespace

Command completions_command(const std::string& /*command_line*/) {
  Command command("completions", "Print a script that completes commands and options in a shell");
  command.examples = {
      {"lrscape completions bash > ~/.local/share/bash-completion/completions/lrscape",
       "For bash; an installed lrscape has this already."},
      {"lrscape completions zsh > ~/.zfunc/_lrscape", "For zsh, in a folder of fpath."},
      {"lrscape completions fish > ~/.config/fish/completions/lrscape.fish", "For fish."}};
  const auto shell = std::make_shared<Shell>();
  Option& option = command.add_choice(
      "shell", *shell, {{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}},
      "the shell");
  option.required = true;
  option.default_text.clear();
  command.run = [shell] {
    constexpr std::string_view scripts[] = {bash_script, zsh_script, fish_script};
    fmt::print("{}", scripts[static_cast<std::size_t>(*shell)]);
  };
  return command;
}

}  // namespace lrscape::cli
