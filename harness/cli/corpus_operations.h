// SPDX-License-Identifier: GPL-2.0-only
//
// Which operations inputs hold, by the words of their text form ("map", and "map page" where there are kinds of it).
#ifndef DMAFUZZ_CLI_CORPUS_OPERATIONS_H
#define DMAFUZZ_CLI_CORPUS_OPERATIONS_H

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/build.h"

namespace dmafuzz::cli {

class OperationCount {
 public:
  // Of an input in binary form. Plain bytes say nothing of themselves: add_said().
  void add(InputKind kind, std::span<const std::uint8_t> bytes);
  // Of files of plain bytes, as their target says when it runs them.
  void add_said(const Build& build, const Target& target, std::span<const std::filesystem::path> files);

  std::uint64_t total() const { return total_; }
  const std::map<std::string, std::uint64_t>& by_name() const { return count_; }
  // What inputs of this kind could do and none does; nothing if that is not known, as of plain bytes. Of lives, what
  // only a network device, a disk or the like can do is missing only if something else of that kind is there.
  std::optional<std::vector<std::string>> never(InputKind kind) const;

 private:
  std::map<std::string, std::uint64_t> count_;
  std::uint64_t total_ = 0;
};

}  // namespace dmafuzz::cli

#endif
