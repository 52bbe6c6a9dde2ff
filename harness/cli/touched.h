// SPDX-License-Identifier: GPL-2.0-only
//
// Which targets a change of the kernel tree concerns: those that are made of one of its files.
#ifndef DMAFUZZ_CLI_TOUCHED_H
#define DMAFUZZ_CLI_TOUCHED_H

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz::cli {

// What a build's targets are made of, by file of the kernel tree.
class MadeOf {
 public:
  // From fuzzers/targets.json, and what Ninja knows of the headers of what is compiled already. Throws Trouble.
  static MadeOf read(const std::filesystem::path& build);
  // The text of targets.json, and what `ninja -t deps` prints, in the build folder.
  static MadeOf parse(std::string_view targets_json, std::string_view deps, const std::filesystem::path& build);

  // The targets that the file is compiled into; sorted. A header concerns whoever includes it, and those of whose parts
  // some are not compiled yet, as these may.
  std::set<std::string> targets(std::string_view file) const;
  // As the tree has it: the file's path may be that of the tree's or the overlay's file on this machine.
  std::string name_in_tree(const std::filesystem::path& file) const;

 private:
  struct Part {
    std::set<std::string> files;
    std::vector<std::string> folders;      // all that is in them; each ends in a slash
    std::size_t sources = 0, objects = 0;  // of the tree, and compiled
    // So that its headers are known.
    bool compiled() const { return objects && objects >= sources; }
  };

  std::vector<std::filesystem::path> roots_;  // of the tree and the overlay
  std::map<std::string, Part, std::less<>> parts_;
  std::map<std::string, std::vector<std::string>> made_of_;  // target: parts
};

// The files that a patch changes, adds, removes or renames, as `git diff`, `git format-patch` or `diff -u` write it;
// without the a/ and b/ in front. Sorted.
std::set<std::string> files_of_patch(std::string_view patch);

}  // namespace dmafuzz::cli

#endif
