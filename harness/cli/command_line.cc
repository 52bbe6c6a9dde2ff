// SPDX-License-Identifier: GPL-2.0-only
//
// See command_line.h.
#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace dmafuzz::cli {

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
