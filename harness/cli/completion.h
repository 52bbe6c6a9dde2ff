// SPDX-License-Identifier: GPL-2.0-only
//
// Scripts that make a shell complete a command line, from the description of it. Names of targets are not in them: the
// command is asked for them, so that a script serves all builds.
#ifndef DMAFUZZ_CLI_COMPLETION_H
#define DMAFUZZ_CLI_COMPLETION_H

#include <string>

#include "cli/command_line.h"

namespace dmafuzz::cli {

// An argument TARGET or a value of --target is the name of a target; words that help lists are themselves; all else is
// left to the shell, which takes it for a file.
std::string bash_completion(const CommandDescription& command);
// Which shows what help says beside each word.
std::string zsh_completion(const CommandDescription& command);

}  // namespace dmafuzz::cli

#endif
