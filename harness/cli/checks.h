// SPDX-License-Identifier: GPL-2.0-only
//
// The option --checks=LIST, which says what DmaSan is to report. It goes to the targets by way of the environment, so
// that every process that a command starts has the same checks.
#ifndef DMAFUZZ_CLI_CHECKS_H
#define DMAFUZZ_CLI_CHECKS_H

#include <string>

#include "cli/command_line.h"

namespace dmafuzz::cli {

void add_checks_option(CommandLine& command);
// The list in force, by the option or by the user's own environment; empty: the defaults.
std::string checks_in_force();

}  // namespace dmafuzz::cli

#endif
