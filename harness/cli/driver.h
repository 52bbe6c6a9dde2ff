// SPDX-License-Identifier: GPL-2.0-only
//
// The subcommands of `dmafuzz driver`, and what they share.
#ifndef DMAFUZZ_CLI_DRIVER_H
#define DMAFUZZ_CLI_DRIVER_H

#include <filesystem>
#include <string>
#include <string_view>

#include "cli/build.h"
#include "cli/command.h"

namespace dmafuzz::cli {

void add_driver_add(CommandLine& app, Action& action);
void add_driver_survey(CommandLine& app, Action& action);

// The reviewed manifest of a driver (fuzzers/driver/manifests), or an empty path.
std::filesystem::path reviewed_manifest(const Build& build, std::string_view name);

}  // namespace dmafuzz::cli

#endif
