// SPDX-License-Identifier: GPL-2.0-only
//
// What the subcommands of `dmafuzz` have in common: exit statuses, the error that ends them, and how each makes itself
// known to the command line. One file a subcommand; main.cc lists them.
#ifndef DMAFUZZ_CLI_COMMAND_H
#define DMAFUZZ_CLI_COMMAND_H

#include <functional>
#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

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
void add_targets(CLI::App& app, Action& action);
void add_checks(CLI::App& app, Action& action);
void add_fuzz(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_show(CLI::App& app, Action& action);
void add_assemble(CLI::App& app, Action& action);
void add_minimize(CLI::App& app, Action& action);
void add_triage(CLI::App& app, Action& action);
void add_regress(CLI::App& app, Action& action);
void add_compare_debug(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_driver(CLI::App& app, Action& action);

}  // namespace dmafuzz::cli

#endif
