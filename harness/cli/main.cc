// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz`: reads the command line, runs one subcommand, and turns what goes wrong into one line and a status:
// 0 clean, 1 findings, 2 usage or environment.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/command.h"

namespace {

int run(int argc, char** argv) {
  using namespace dmafuzz::cli;
  MainCommand dmafuzz("dmafuzz", "Fuzzes the Linux kernel's DMA code in userspace and handles what it finds.",
                      "Exit status: 0 clean, 1 findings, 2 usage or environment.");
  CommandLine top = dmafuzz.top();
  Action action;
  for (auto add : {add_targets,    add_checks,     add_fuzz,   add_run,     add_show,          add_assemble,
                   add_minimize,   add_explain,    add_triage, add_regress, add_compare_debug, add_compare_devices,
                   add_continuous, add_confirm,    add_export, add_doctor,  add_driver,        add_corpus,
                   add_bisect,     add_completion, add_seeds}) {
    add(top, action);
  }
  if (const auto status = dmafuzz.parse(argc, argv)) return *status;
  try {
    return action();
  } catch (const std::exception& error) {
    fmt::print(stderr, "dmafuzz: {}\n", error.what());
    return kEnvironment;
  }
}

}  // namespace

// What a sanitizer sees in the command itself is no finding, so its status is not 1. Leaks of a program that ends are
// nobody's loss, and looking for them fails under a debugger. The quarantine is small: a campaign runs for days.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the runtime's name
extern "C" const char* __asan_default_options() {
  return "exitcode=2:detect_leaks=0:quarantine_size_mb=16";
}

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
