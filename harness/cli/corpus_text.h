// SPDX-License-Identifier: GPL-2.0-only
//
// How a file of the reviewed corpora looks and what it is called.
#ifndef DMAFUZZ_CLI_CORPUS_TEXT_H
#define DMAFUZZ_CLI_CORPUS_TEXT_H

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/build.h"
#include "cli/inputs.h"
#include "report/finding.h"

namespace dmafuzz::cli {

struct CorpusInput {
  std::filesystem::path file;           // where it comes from
  Input input;                          // with what is expected of it
  std::vector<std::string> operations;  // of plain bytes, as their target says
  std::optional<Finding> finding;
};

// As text. What was text stays as somebody wrote it, but for what it expects.
std::string corpus_text(const Build& build, const Target& target, const CorpusInput& entry);

// Without ending. A finding gives its id and the function that it is in; what runs clean its operations, each once, and
// six digits that stand for the whole input.
std::string corpus_name(const Target& target, const CorpusInput& entry);

}  // namespace dmafuzz::cli

#endif
