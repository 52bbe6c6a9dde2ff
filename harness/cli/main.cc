// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz`: reads the command line, runs one subcommand, and turns what goes wrong into one line and a status:
// 0 clean, 1 findings, 2 usage or environment.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/command.h"

namespace {

int run(int argc, char** argv) {
  using namespace dmafuzz::cli;
  CLI::App app{"Fuzzes the Linux kernel's DMA code in userspace and handles what it finds."};
  app.name("dmafuzz");
  app.require_subcommand(1);
  app.footer("Exit status: 0 clean, 1 findings, 2 usage or environment.");
  Action action;
  for (auto add : {add_targets, add_checks, add_fuzz, add_run, add_show, add_assemble, add_minimize, add_triage,
                   add_regress, add_compare_debug, add_doctor, add_driver}) {
    add(app, action);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "dmafuzz: {}; see dmafuzz --help\n", error.what());
    return kEnvironment;
  }
  try {
    return action();
  } catch (const std::exception& error) {
    fmt::print(stderr, "dmafuzz: {}\n", error.what());
    return kEnvironment;
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that went away (`dmafuzz ... | head`) shows as a write error, not as a death in mid-write.
  std::signal(SIGPIPE, SIG_IGN);
  const int status = run(argc, argv);
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    std::perror("dmafuzz: cannot write to standard output");
    return dmafuzz::cli::kEnvironment;
  }
  return status;
}
