// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz driver`: drivers that the build does not know, by two subcommands of its own.

#include "cli/driver.h"
#include "cli/command.h"

namespace dmafuzz::cli {

void add_driver(CommandLine& app, Action& action) {
  CommandLine sub = app.add_subcommand("driver", "Bring a driver of your own, or see how far each of the tree's gets");
  sub.require_subcommand();
  add_driver_add(sub, action);
  add_driver_survey(sub, action);
}

}  // namespace dmafuzz::cli
