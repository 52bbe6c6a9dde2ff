// SPDX-License-Identifier: GPL-2.0-only
//
// What the subcommands of `dmafuzz` have in common: exit statuses, the error that ends them, and how each makes itself
// known to the command line. One file a subcommand; main.cc lists them.
#ifndef DMAFUZZ_CLI_COMMAND_H
#define DMAFUZZ_CLI_COMMAND_H

#include <functional>
#include <stdexcept>
#include <string>

#include "cli/command_line.h"

namespace dmafuzz::cli {

inline constexpr int kClean = 0;
inline constexpr int kFindings = 1;
inline constexpr int kEnvironment = 2;

// Wrong usage, or something that the machine lacks: one line on stderr that says what to do, status kEnvironment.
class Trouble : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What the chosen subcommand does once the command line is read; returns the exit status.
using Action = std::function<int()>;

// Each adds its subcommand to `app`, which sets `action` when it is chosen.
void add_targets(CommandLine& app, Action& action);
void add_checks(CommandLine& app, Action& action);
void add_fuzz(CommandLine& app, Action& action);
void add_run(CommandLine& app, Action& action);
void add_seeds(CommandLine& app, Action& action);
void add_show(CommandLine& app, Action& action);
void add_assemble(CommandLine& app, Action& action);
void add_minimize(CommandLine& app, Action& action);
void add_explain(CommandLine& app, Action& action);
void add_triage(CommandLine& app, Action& action);
void add_regress(CommandLine& app, Action& action);
void add_compare_debug(CommandLine& app, Action& action);
void add_compare_devices(CommandLine& app, Action& action);
void add_continuous(CommandLine& app, Action& action);
void add_confirm(CommandLine& app, Action& action);
void add_export(CommandLine& app, Action& action);
void add_doctor(CommandLine& app, Action& action);
void add_driver(CommandLine& app, Action& action);
void add_corpus(CommandLine& app, Action& action);
void add_bisect(CommandLine& app, Action& action);
// Last: it describes what the others added.
void add_completion(CommandLine& app, Action& action);

}  // namespace dmafuzz::cli

#endif
