// SPDX-License-Identifier: GPL-2.0-only
//
// The subcommands of `dmafuzz corpus`, which keep the reviewed corpora (corpora/<target>/seeds and regressions).
#ifndef DMAFUZZ_CLI_CORPUS_H
#define DMAFUZZ_CLI_CORPUS_H

#include "cli/command.h"

namespace dmafuzz::cli {

void add_corpus_add(CommandLine& app, Action& action);
void add_corpus_prune(CommandLine& app, Action& action);
void add_corpus_stats(CommandLine& app, Action& action);

}  // namespace dmafuzz::cli

#endif
