// SPDX-License-Identifier: GPL-2.0-only
//
// Makes a working corpus as small as it can be without losing anything that it reaches: libFuzzer's merge, into a new
// folder that takes the old one's place once it is complete.
#ifndef DMAFUZZ_CLI_CORPUS_MERGE_H
#define DMAFUZZ_CLI_CORPUS_MERGE_H

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "cli/build.h"

namespace dmafuzz::cli {

struct Merged {
  bool done = false;  // false: there was no time, and the corpus is as it was
  std::uint64_t before = 0, after = 0;
};

// Of work(target)/corpus. It takes as long as running each input once or twice, `limit` at most.
Merged merge_corpus(const Build& build, const Target& target, std::chrono::seconds limit);

// What a merge that was killed left: the old corpus, or the new one if that was complete, is in place afterwards.
// `corpus` may not exist yet.
void recover_corpus(const std::filesystem::path& corpus);

}  // namespace dmafuzz::cli

#endif
