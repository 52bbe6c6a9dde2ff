// SPDX-License-Identifier: GPL-2.0-only
//
// Whether a folder is a kernel source tree that can be built: its version, and the files that must be there. The list
// is ci/kernel-files, the same that ci/setup reads.
#ifndef DMAFUZZ_CLI_KERNEL_TREE_H
#define DMAFUZZ_CLI_KERNEL_TREE_H

#include <filesystem>
#include <string>
#include <string_view>

namespace dmafuzz::cli {

struct TreeState {
  std::string release;  // "7.3.4"
  std::string problem;  // why it cannot be built
  std::string remedy;
  std::string warning;
};

TreeState inspect_tree(const std::filesystem::path& tree, const std::filesystem::path& file_list);

// "7.3.4" from the text of a kernel's Makefile; empty if it has none.
std::string makefile_release(std::string_view makefile);

}  // namespace dmafuzz::cli

#endif
