// SPDX-License-Identifier: GPL-2.0-only
//
// Runs inputs through a target's replayer and says of each how it went. A process takes as many inputs as it survives;
// the rest go to the next one.
#ifndef DMAFUZZ_CLI_REPLAY_H
#define DMAFUZZ_CLI_REPLAY_H

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/build.h"
#include "report/finding.h"

namespace dmafuzz::cli {

// The replayer's protocol, on stderr, that of libFuzzer: a line "Running: FILE" before each input and a line that
// begins with "Executed FILE" once it is through; between them what the input caused to be printed, reports as in
// report/finding.h. Exit status 0: all went through clean; anything else: the last input announced had a finding.

struct ReplayResult {
  std::filesystem::path file;
  // What was found; nothing if it ran clean. A death without a report is a finding of the tool "replayer".
  std::optional<Finding> finding;
  // All that was printed for this input.
  std::string output;
  bool clean() const { return !finding; }
};

struct ReplayOptions {
  // For one input.
  std::chrono::seconds limit = std::chrono::seconds(60);
  std::vector<std::string> arguments = {};
  // Off where findings are told apart by what they are alone: their places then have no names.
  bool symbolize = true;
};

// One result a file, in order. Throws Trouble if the replayer does not work at all.
std::vector<ReplayResult> replay(const Build& build, const Target& target, std::span<const std::filesystem::path> files,
                                 const ReplayOptions& options = {});

// What the target says that each file does, an operation a line, up to a finding if there is one.
std::vector<std::vector<std::string>> operations_of(const Build& build, const Target& target,
                                                    std::span<const std::filesystem::path> files);

// Files as given, folders replaced by the files in them, sorted by name. Throws Trouble for what does not exist.
std::vector<std::filesystem::path> expand_files(std::span<const std::string> arguments);

// The command that runs the file again, for people.
std::string reproduce_command(const Target& target, const std::filesystem::path& file);

}  // namespace dmafuzz::cli

#endif
