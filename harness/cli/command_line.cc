// SPDX-License-Identifier: GPL-2.0-only
//
// See command_line.h.
#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace dmafuzz::cli {
namespace {

// CLI11 keeps the words of IsMember only in what help says of it: "{one,two}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string text = option.get_type_name();
  const auto begin = text.find('{'), end = text.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(text.substr(begin + 1, end - begin - 1), ',');
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (option.get_positional()) out.names.push_back(option.get_name(true));
  out.help = option.get_description();
  out.takes_value = option.get_items_expected_max() != 0;
  // A list may be given in several.
  out.repeats = option.get_items_expected_max() > 1;
  out.choices = choices_of(option);
  return out;
}

CommandDescription describe(const CLI::App& app) {
  CommandDescription out;
  out.name = app.get_name();
  out.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? out.arguments : out.options).push_back(describe(*option));
  }
  for (const CLI::App* sub : app.get_subcommands(nullptr)) {
    if (!sub->get_group().empty()) out.subcommands.push_back(describe(*sub));
  }
  return out;
}

}  // namespace

CommandDescription CommandLine::describe() const {
  return cli::describe(*app_);
}

CommandOption& CommandOption::required() {
  option_->required();
  return *this;
}

CommandOption& CommandOption::range(unsigned low, unsigned high) {
  option_->check(CLI::Range(low, high));
  return *this;
}

CommandOption& CommandOption::existing_file() {
  option_->check(CLI::ExistingFile);
  return *this;
}

CommandOption& CommandOption::one_of(const std::vector<std::string>& words) {
  option_->check(CLI::IsMember(words));
  return *this;
}

CommandOption& CommandOption::show_default() {
  option_->capture_default_str();
  return *this;
}

CommandOption& CommandOption::one_each() {
  option_->allow_extra_args(false);
  return *this;
}

CommandLine CommandLine::add_subcommand(const std::string& name, const std::string& help) {
  return CommandLine(app_->add_subcommand(name, help));
}

void CommandLine::require_subcommand() {
  app_->require_subcommand(1);
}

CommandOption CommandLine::add_option(const std::string& names, std::string& value, const std::string& help) {
  return CommandOption(app_->add_option(names, value, help));
}

CommandOption CommandLine::add_option(const std::string& names, std::vector<std::string>& values,
                                      const std::string& help) {
  return CommandOption(app_->add_option(names, values, help));
}

CommandOption CommandLine::add_option(const std::string& names, std::uint32_t& value, const std::string& help) {
  return CommandOption(app_->add_option(names, value, help));
}

CommandOption CommandLine::add_option(const std::string& names, std::uint64_t& value, const std::string& help) {
  return CommandOption(app_->add_option(names, value, help));
}

CommandOption CommandLine::add_option(const std::string& name,
                                      std::function<std::optional<std::string>(const std::string&)> take,
                                      const std::string& help) {
  const auto taken = [name, take = std::move(take)](const std::string& value) {
    if (const auto error = take(value)) throw CLI::ValidationError(name, *error);
  };
  return CommandOption(app_->add_option_function<std::string>(name, taken, help));
}

CommandOption CommandLine::add_flag(const std::string& names, bool& value, const std::string& help) {
  return CommandOption(app_->add_flag(names, value, help));
}

void CommandLine::callback(std::function<void()> chosen) {
  app_->callback(std::move(chosen));
}

MainCommand::MainCommand(const std::string& name, const std::string& help, const std::string& footer)
    : app_(std::make_unique<CLI::App>(help, name)) {
  app_->require_subcommand(1);
  app_->footer(footer);
}

MainCommand::~MainCommand() = default;

std::optional<int> MainCommand::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::CallForHelp& help) {
    return app_->exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "dmafuzz: {}; see dmafuzz --help\n", error.what());
    return kEnvironment;
  }
}

}  // namespace dmafuzz::cli
