// SPDX-License-Identifier: GPL-2.0-only
//
// The command line, as far as subcommands speak of it. CLI11 reads it; each file that includes that library's header
// costs some 20 seconds of compiling, so only command_line.cc does.
#ifndef DMAFUZZ_CLI_COMMAND_LINE_H
#define DMAFUZZ_CLI_COMMAND_LINE_H

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace dmafuzz::cli {

// An option or argument that was added, to say more of it.
class CommandOption {
 public:
  explicit CommandOption(CLI::Option* option) : option_(option) {}
  CommandOption& required();
  // Numbers from `low` to `high` alone.
  CommandOption& range(unsigned low, unsigned high);
  CommandOption& existing_file();
  CommandOption& one_of(const std::vector<std::string>& words);
  // Help says what it is without being given.
  CommandOption& show_default();
  // One value each time that it is given.
  CommandOption& one_each();

 private:
  CLI::Option* option_;
};

// What a command line takes, for those who write about it (completion.h). Without what is hidden.
struct OptionDescription {
  std::vector<std::string> names;  // "-o", "--output"; of an argument its one name, "FILE"
  std::string help;
  bool takes_value = false;
  bool repeats = false;
  std::vector<std::string> choices;  // empty: anything
};
struct CommandDescription {
  std::string name;
  std::string help;
  std::vector<OptionDescription> options;
  std::vector<OptionDescription> arguments;  // in order
  std::vector<CommandDescription> subcommands;
};

// A command or subcommand. What is given to add_option() and add_flag() is written when the command line is read, and
// must live until then.
class CommandLine {
 public:
  explicit CommandLine(CLI::App* app) : app_(app) {}

  CommandLine add_subcommand(const std::string& name, const std::string& help);
  // One of its subcommands must be given.
  void require_subcommand();
  CommandOption add_option(const std::string& names, std::string& value, const std::string& help);
  CommandOption add_option(const std::string& names, std::vector<std::string>& values, const std::string& help);
  CommandOption add_option(const std::string& names, std::uint32_t& value, const std::string& help);
  CommandOption add_option(const std::string& names, std::uint64_t& value, const std::string& help);
  // `take` returns what is wrong with the value, if anything is.
  CommandOption add_option(const std::string& name, std::function<std::optional<std::string>(const std::string&)> take,
                           const std::string& help);
  CommandOption add_flag(const std::string& names, bool& value, const std::string& help);
  // What happens if it was chosen.
  void callback(std::function<void()> chosen);
  // As it stands now: all that is ever added should be there.
  CommandDescription describe() const;

 private:
  CLI::App* app_;
};

// The whole of it: `dmafuzz`.
class MainCommand {
 public:
  MainCommand(const std::string& name, const std::string& help, const std::string& footer);
  ~MainCommand();
  CommandLine top() { return CommandLine(app_.get()); }
  // Reads the command line. Prints help, if that is asked for, or what is wrong, and returns the status to end with;
  // nothing if all is well.
  std::optional<int> parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace dmafuzz::cli

#endif
