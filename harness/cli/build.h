// SPDX-License-Identifier: GPL-2.0-only
//
// The build that this executable belongs to: which targets it has, of which kernel tree, and where their files are.
// All of it comes from fuzzers/targets.json beside the executable, which the build writes.
#ifndef DMAFUZZ_CLI_BUILD_H
#define DMAFUZZ_CLI_BUILD_H

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz::cli {

// targets.json:
//
//   { "schema": 1,
//     "source": "<top of the repository>",
//     "kernel": { "dir": "<tree>", "release": "7.3.4", "overlay": "<folder or empty>" },
//     "targets": [ { "name": "dma_api", "summary": "<one line>", "kind": "dma",
//                    "corpus": "<folder with seeds/ and regressions/>", "shared": "<another such folder, whose seeds
//                    are this target's as well, or empty>", "dict": "<file or empty>", "max_len": 4096 } ],
//     "parts": { "<part of the kernel>": ["<file, or folder with a slash at its end>"] },
//     "made_of": { "<target>": ["<part>"] } }          (touched.h)
//
// The binaries are fuzzers/<name> (libFuzzer) and fuzzers/<name>.replay. Drivers that were added (`dmafuzz driver add`)
// are in drivers/<driver>: binaries of the same names, and target.json.

enum class InputKind {
  kDma,    // DMA programs: binary form, or text in a .dma file
  kLife,   // lives of drivers: binary form, or text in a .life file
  kBytes,  // bytes that only the target understands, as they are or as text in a .hex file
};

// "dma", "life" or "bytes": as targets.json has it.
std::string_view kind_name(InputKind kind);
// Of a kind's text form: ".dma", ".life" or ".hex".
std::string_view text_ending(InputKind kind);

struct Target {
  std::string name;
  std::string summary;
  InputKind kind = InputKind::kBytes;
  std::filesystem::path corpus;
  std::filesystem::path shared = {};
  std::filesystem::path dict;
  unsigned max_len = 4096;
  std::filesystem::path fuzzer;
  std::filesystem::path replayer;
  bool snapshots = true;  // its inputs can start where a driver is up
  std::string without;    // what this machine lacks for all of it, and what is not seen therefore; empty: nothing
  bool added = false;     // by `dmafuzz driver add`: of this build folder alone
};

struct Build {
  std::filesystem::path dir;
  std::filesystem::path source;
  std::filesystem::path kernel;
  std::string release;
  std::filesystem::path overlay;
  // Working corpora and findings: dir/work, unless a command was told otherwise.
  std::filesystem::path state;
  std::vector<Target> targets;
  // What this machine lacks something for: name, and what.
  std::vector<std::pair<std::string, std::string>> left_out;

  // Throws Trouble, with the names that there are, if there is no such target or its binaries are missing.
  const Target& target(std::string_view name) const;
  // Where a target's corpus and findings of this build live.
  std::filesystem::path work(const Target& target) const { return state / target.name; }
  // Prefixes that reports drop from file names.
  std::vector<std::string> strip() const;
};

// Reads <dir>/fuzzers/targets.json. Throws Trouble if that cannot be.
Build load_build(const std::filesystem::path& dir);
// That of the running executable.
Build this_build();

// The path as a person at the current folder would type it: relative if it is below, absolute otherwise.
std::string friendly(const std::filesystem::path& path);
// How to call this very executable.
std::string own_command();

}  // namespace dmafuzz::cli

#endif
