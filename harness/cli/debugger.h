// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz run --gdb`: gdb on the replayer, stopped where the finding was printed, in the frame that the finding names.
#ifndef DMAFUZZ_CLI_DEBUGGER_H
#define DMAFUZZ_CLI_DEBUGGER_H

#include <filesystem>
#include <string>
#include <vector>

#include "cli/build.h"
#include "cli/replay.h"

namespace dmafuzz::cli {

// Runs the file once to know what is found, says it, and becomes gdb. With `commands` gdb runs them at the finding and
// ends; without, it belongs to the user. Comes back, with the exit status, only if the file runs clean. Throws Trouble
// if there is no gdb.
int debug(const Build& build, const Target& target, const std::filesystem::path& file, const ReplayOptions& how,
          const std::vector<std::string>& commands);

}  // namespace dmafuzz::cli

#endif
