// SPDX-License-Identifier: GPL-2.0-only
//
// The source that a build was made of, by the file names that its reports have.
#ifndef DMAFUZZ_CLI_SOURCE_LINES_H
#define DMAFUZZ_CLI_SOURCE_LINES_H

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/build.h"
#include "report/finding.h"

namespace dmafuzz::cli {

class SourceLines {
 public:
  explicit SourceLines(const Build& build);

  // The file as people know it: below the kernel tree, or below the repository.
  std::string name(const std::string& file) const;
  // The same in all frames.
  void rename(std::vector<CallStack>& stacks) const;
  void rename(Finding& finding) const;

  struct Excerpt {
    int first = 0;  // line number
    std::vector<std::string> lines;
  };
  // So many lines before and after; nothing if there is no such file or line.
  std::optional<Excerpt> around(const std::string& file, int line, int context);

 private:
  std::optional<std::filesystem::path> find(const std::string& file) const;

  const Build& build_;
  std::vector<std::filesystem::path> roots_;  // of names, the overlay first
  std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace dmafuzz::cli

#endif
