// SPDX-License-Identifier: GPL-2.0-only
//
// See completion.h, and `dmafuzz completion`, which prints them.
#include "cli/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"

namespace dmafuzz::cli {
namespace {

using Options = std::vector<OptionDescription>;

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool is_target(const OptionDescription& option) {
  return std::ranges::any_of(option.names, [](const auto& name) { return name == "TARGET" || name == "--target"; });
}

std::string joined(const std::vector<std::string>& words, std::string_view prefix = "") {
  std::string out;
  for (const std::string& word : words) out += fmt::format("{}{}{}", out.empty() ? "" : " ", prefix, word);
  return out;
}

// Bash. `path` is the subcommands with a blank before each: "" for the command itself, " driver add".

// What completes a value, as a branch of a case statement; nothing if the shell is to take it for a file.
std::string bash_value(const std::string& key, const OptionDescription& option) {
  if (is_target(option)) return fmt::format("    {}) words=$(_dmafuzz_targets) ;;\n", quoted(key));
  if (option.choices.empty()) return {};
  return fmt::format("    {}) words={} ;;\n", quoted(key), quoted(joined(option.choices)));
}

void bash_words(const CommandDescription& command, const std::string& path, std::string& words, std::string& values) {
  std::vector<std::string> subcommands, options, valued;
  for (const CommandDescription& sub : command.subcommands) subcommands.push_back(sub.name);
  for (const OptionDescription& option : command.options) {
    std::ranges::copy(option.names, std::back_inserter(options));
    if (!option.takes_value) continue;
    std::ranges::copy(option.names, std::back_inserter(valued));
    for (const std::string& name : option.names) values += bash_value(path + " " + name, option);
  }
  for (std::size_t i = 0; i < command.arguments.size(); ++i)
    values += bash_value(fmt::format("{} {}", path, i), command.arguments[i]);
  const bool endless = !command.arguments.empty() && command.arguments.back().repeats;
  words +=
      fmt::format("    {}) subcommands={} options={} valued={} last={} ;;\n", quoted(path), quoted(joined(subcommands)),
                  quoted(joined(options)), quoted(joined(valued)), endless ? command.arguments.size() - 1 : 999);
  for (const CommandDescription& sub : command.subcommands) bash_words(sub, path + " " + sub.name, words, values);
}

// Bash takes "--name=value" for three words.
constexpr std::string_view kBash = R"SCRIPT(# Completion of dmafuzz for bash, made by `dmafuzz completion bash`.
_dmafuzz_targets() {{
  "${{COMP_WORDS[0]/#\~/$HOME}}" targets --names 2>/dev/null
}}

# Sets, for the subcommand in `path`: its subcommands, its options, those that take a value, and which argument is the
# last, that may come as often as one likes.
_dmafuzz_describe() {{
  case $path in
{}  esac
}}

# Sets `words` to what may be said for an option, or for an argument by its number.
_dmafuzz_values() {{
  case "$path $1" in
{}  esac
}}

_dmafuzz() {{
  local path='' given=0 words='' subcommands options valued last word i asked=''
  local current=${{COMP_WORDS[COMP_CWORD]}}
  _dmafuzz_describe
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${{COMP_WORDS[i]}} asked=''
    if [[ " $valued " == *" $word "* ]]; then
      asked=$word
      if [[ ${{COMP_WORDS[i + 1]}} == = ]]; then ((++i)); fi
      ((++i))
    elif [[ " $subcommands " == *" $word "* ]]; then
      path+=" $word"
      _dmafuzz_describe
    elif [[ $word != -* ]]; then
      ((++given))
    fi
  done
  # The value of the option before is what is asked for, if the walk went past the word under the cursor.
  if ((i <= COMP_CWORD)); then asked=''; fi
  if [[ $current == = ]]; then current=''; fi
  if [[ $asked ]]; then
    _dmafuzz_values "$asked"
  elif [[ $current == -* ]]; then
    words=$options
  elif [[ $subcommands ]]; then
    words=$subcommands
  else
    _dmafuzz_values $((given < last ? given : last))
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}

complete -o default -F _dmafuzz dmafuzz
)SCRIPT";

// Zsh: a function a subcommand.

// Inside brackets and before colons of _arguments.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_value(const OptionDescription& option) {
  if (is_target(option)) return "target:_dmafuzz_targets";
  if (!option.choices.empty()) return fmt::format("word:({})", joined(option.choices));
  return "file:_files";
}

std::string zsh_option(const OptionDescription& option) {
  std::string out;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    std::string spec = option.repeats ? "*" : fmt::format("({})", joined(option.names));
    spec += name;
    if (option.takes_value) spec += is_long ? "=" : "+";
    spec += fmt::format("[{}]", zsh_text(option.help));
    if (option.takes_value) spec += ":" + zsh_value(option);
    out += fmt::format(" \\\n    {}", quoted(spec));
  }
  return out;
}

void zsh_function(const CommandDescription& command, const std::string& name, std::string& out) {
  std::string specs;
  for (const OptionDescription& option : command.options) specs += zsh_option(option);
  if (command.subcommands.empty()) {
    for (std::size_t i = 0; i < command.arguments.size(); ++i) {
      const OptionDescription& argument = command.arguments[i];
      const std::string place = argument.repeats ? std::string("*") : std::to_string(i + 1);
      specs += fmt::format(" \\\n    {}", quoted(place + ":" + zsh_value(argument)));
    }
    out += fmt::format("{}() {{\n  _arguments -s{}\n}}\n\n", name, specs);
    return;
  }
  std::string described, branches;
  for (const CommandDescription& sub : command.subcommands) {
    const std::string function = name + "_" + sub.name;
    zsh_function(sub, function, out);
    described += fmt::format("        {}\n", quoted(zsh_text(sub.name) + ":" + sub.help));
    branches += fmt::format("        {}) {} ;;\n", sub.name, function);
  }
  out += fmt::format(
      "{}() {{\n"
      "  local curcontext=$curcontext state line\n"
      "  local -a subcommands\n"
      "  _arguments -C{} \\\n    '1:subcommand:->subcommand' \\\n    '*::argument:->argument'\n"
      "  case $state in\n"
      "    subcommand)\n"
      "      subcommands=(\n{}      )\n"
      "      _describe -t subcommands subcommand subcommands\n"
      "      ;;\n"
      "    argument)\n"
      "      case $words[1] in\n{}      esac\n"
      "      ;;\n"
      "  esac\n}}\n\n",
      name, specs, described, branches);
}

constexpr std::string_view kZsh = R"SCRIPT(#compdef dmafuzz
# Completion of dmafuzz for zsh, made by `dmafuzz completion zsh`.

_dmafuzz_targets() {{
  local -a names
  names=(${{(f)"$($dmafuzz_command targets --names 2>/dev/null)"}})
  _describe -t targets target names
}}

{}_dmafuzz() {{
  # As it was typed, before _arguments takes words away.
  local dmafuzz_command=${{~${{(Q)words[1]}}}}
  _dmafuzz_top
}}

if [[ $funcstack[1] == _dmafuzz ]]; then
  _dmafuzz
else
  compdef _dmafuzz dmafuzz
fi
)SCRIPT";

}  // namespace

std::string bash_completion(const CommandDescription& command) {
  std::string words, values;
  bash_words(command, "", words, values);
  return fmt::format(fmt::runtime(kBash), words, values);
}

std::string zsh_completion(const CommandDescription& command) {
  std::string functions;
  zsh_function(command, "_dmafuzz_top", functions);
  return fmt::format(fmt::runtime(kZsh), functions);
}

void add_completion(CommandLine& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  CommandLine sub = app.add_subcommand("completion", "Print what makes a shell complete this command's line");
  sub.add_option("SHELL", *shell, "Which").required().one_of({"bash", "zsh"});
  sub.callback([app, shell, &action] {
    action = [app, shell] {
      fmt::print("{}", *shell == "bash" ? bash_completion(app.describe()) : zsh_completion(app.describe()));
      return kClean;
    };
  });
}

}  // namespace dmafuzz::cli
