// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz driver`: drivers that the build does not know, by two subcommands of its own.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/driver.h"

namespace dmafuzz::cli {

void add_driver(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand("driver", "Bring a driver of your own, or see how far each of the tree's gets");
  sub->require_subcommand(1);
  add_driver_add(*sub, action);
  add_driver_survey(*sub, action);
}

}  // namespace dmafuzz::cli
