// SPDX-License-Identifier: GPL-2.0-only
//
// Compiles a driver against the shims and makes programs of it, without CMake: each by one command that a person could
// type.
#ifndef DMAFUZZ_CLI_DRIVER_BUILD_H
#define DMAFUZZ_CLI_DRIVER_BUILD_H

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/driver_kit.h"
#include "cli/driver_source.h"

namespace dmafuzz::cli {

// Whether it can be unloaded.
bool has_exit(const KernelModule& module);

struct Compiled {
  std::vector<std::filesystem::path> objects;
  std::string command;  // the one that failed; empty: none did
  std::string error;    // the first of the compiler's errors, with its line
  std::string output;   // all that it said
  bool ok() const { return command.empty(); }
};

struct CompileOptions {
  unsigned jobs = 1;
  // Code under test: sanitizers, coverage, loads and stores reported. Without, only to see how far it gets.
  bool instrumented = true;
};

// Into <folder>/kobj_driver. Ends with the first file that fails.
Compiled compile_driver(const DriverKit& kit, const DriverSource& source, const std::filesystem::path& folder,
                        std::string_view manifest, const CompileOptions& options);

struct Linked {
  bool ok = false;
  std::string error;
  std::vector<std::string> traps;  // what the driver calls and nobody defines, sorted
};
enum class Face { kFuzz, kReplay };
// The program at `out`, and <out>.traps.list beside it.
Linked link_driver(const DriverKit& kit, const DriverSource& source, const Compiled& compiled,
                   const std::filesystem::path& out, Face face);

}  // namespace dmafuzz::cli

#endif
