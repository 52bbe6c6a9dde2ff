// SPDX-License-Identifier: GPL-2.0-only
//
// Reads the Makefiles (or Kbuild files) of kernel folders for the modules that they make: which files, which flags.
// Of make's language what such files use: assignments, conditionals, variables; no functions and no rules.
#ifndef DMAFUZZ_KBUILD_KBUILD_H
#define DMAFUZZ_KBUILD_KBUILD_H

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz {

struct KernelModule {
  std::string name;    // as the object is called, without .o and the folder that it may be in
  std::string option;  // CONFIG_... that it hangs on; empty: none
  std::filesystem::path dir;
  std::vector<std::filesystem::path> files;   // C sources
  std::vector<std::filesystem::path> absent;  // named, and not there
  std::vector<std::string> flags;             // ccflags-y and its kin, variables expanded
};

class Kbuild {
 public:
  // `tree` is what $(srctree) stands for; `options` are those that are set ("CONFIG_PCI").
  Kbuild(std::filesystem::path tree, std::set<std::string> options)
      : tree_(std::move(tree)), options_(std::move(options)) {}

  // The modules of the folder's Kbuild, or Makefile, whatever option they hang on; with `deep`, of the folders below
  // that it names as well. A folder without either has none.
  std::vector<KernelModule> modules(const std::filesystem::path& dir, bool deep) const;

  // The options that an autoconf.h sets.
  static std::set<std::string> read_options(std::string_view autoconf);

 private:
  struct Assignment {
    std::string name, value;  // as written
    bool append = false;
  };
  struct Folder {
    std::filesystem::path dir;
    std::vector<Assignment> assignments;
  };

  Folder parse(const std::filesystem::path& dir) const;
  std::string expand(const Folder& folder, std::string_view text, const std::string& own, unsigned depth = 0) const;
  std::string value(const Folder& folder, std::string_view name, const std::string& own, unsigned depth) const;
  bool holds(const Folder& folder, std::string_view directive, std::string_view rest) const;
  void collect(const std::filesystem::path& dir, bool deep, const std::vector<std::string>& inherited,
               std::vector<KernelModule>& out) const;
  KernelModule module(const Folder& folder, const std::string& name, const std::string& option,
                      const std::vector<std::string>& inherited) const;

  std::filesystem::path tree_;
  std::set<std::string> options_;
};

}  // namespace dmafuzz

#endif
