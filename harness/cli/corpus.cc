// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz corpus`: the reviewed corpora, by three subcommands of its own.
#include "cli/corpus.h"

namespace dmafuzz::cli {

void add_corpus(CommandLine& app, Action& action) {
  CommandLine sub = app.add_subcommand("corpus", "Add to the reviewed corpora, take out what adds nothing, count");
  sub.require_subcommand();
  add_corpus_add(sub, action);
  add_corpus_prune(sub, action);
  add_corpus_stats(sub, action);
}

}  // namespace dmafuzz::cli
