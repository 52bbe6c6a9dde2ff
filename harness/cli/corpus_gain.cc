// SPDX-License-Identifier: GPL-2.0-only
//
// See corpus_gain.h.
#include "cli/corpus_gain.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/command.h"
#include "cli/fuzz_status.h"
#include "cli/process.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// A reviewed corpus takes seconds.
constexpr std::chrono::minutes kLimit(20);

void write_inputs(const fs::path& folder, std::span<const Bytes> inputs) {
  make_folder(folder);
  for (std::size_t i = 0; i < inputs.size(); ++i) write_file(folder / fmt::format("{:06}", i), inputs[i]);
}

std::vector<std::string> fuzzer(const Target& target) {
  // Longer inputs are cut.
  return {target.fuzzer, fmt::format("-max_len={}", target.max_len), "-timeout=60", "-rss_limit_mb=2560",
          "-detect_leaks=0"};
}

}  // namespace

std::vector<bool> adds(const Target& target, std::span<const Bytes> base, std::span<const Bytes> candidates) {
  const ScratchFolder scratch;
  const fs::path into = scratch.path() / "base", from = scratch.path() / "candidates";
  write_inputs(into, base);
  write_inputs(from, candidates);
  std::vector<std::string> argv = fuzzer(target);
  argv.insert(argv.end(), {"-merge=1", "-merge_control_file=" + (scratch.path() / "control").native(), into, from});
  std::string last;
  const Outcome outcome =
      run_process(argv, sanitizer_environment(), kLimit, [&](std::string_view line) { last = line; });
  if (outcome.timed_out || !outcome.exit.ok())
    throw Trouble(fmt::format("{} -merge=1 did not come to an end: {}", friendly(target.fuzzer), last));

  // What adds something was copied under another name.
  std::set<Bytes> taken;
  for (const auto& entry : fs::directory_iterator(into)) taken.insert(read_bytes(entry.path()));
  for (const Bytes& input : base) taken.erase(input);
  std::vector<bool> out;
  // Of those that are the same, the first.
  for (const Bytes& input : candidates) out.push_back(taken.erase(input) != 0);
  return out;
}

std::optional<Reached> reached(const Target& target, std::span<const Bytes> inputs) {
  if (inputs.empty()) return Reached{};
  const ScratchFolder scratch;
  const fs::path folder = scratch.path() / "inputs";
  write_inputs(folder, inputs);
  std::vector<std::string> argv = fuzzer(target);
  argv.insert(argv.end(), {"-runs=0", folder});
  std::optional<Reached> out;
  const auto sink = [&](std::string_view line) {
    if (const auto status = parse_status(line); status && status->event == "INITED")
      out = Reached{.edges = status->coverage, .features = status->features};
  };
  const Outcome outcome = run_process(argv, sanitizer_environment(), kLimit, sink);
  return outcome.exit.ok() && !outcome.timed_out ? out : std::nullopt;
}

}  // namespace dmafuzz::cli
