// SPDX-License-Identifier: GPL-2.0-only
//
// See driver_try.h.
#include "cli/driver_try.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/command.h"
#include "cli/process.h"
#include "cli/storage.h"
#include "manifest/manifest.h"
#include "report/parse.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kNames[] = {"", "loads", "probes", "opens", "sends", "receives"};
constexpr auto kLimit = std::chrono::seconds(20);
constexpr size_t kMaxOutput = 1 << 20;
constexpr std::string_view kLife = R"(life 1
device faulty path=direct
load
mac seed=1
open
time ms=3000
transmit len=60 seed=1
transmit len=1514 seed=2
interrupt times=2
time ms=1000
)";

// A line of the kernel's log without its level and the device's name; empty if it says nothing of why a probe failed.
std::string_view reason_in(std::string_view line) {
  for (const std::string_view idle : {"enabling device", "probe with driver", "BAR ", "Executed "}) {
    if (line.find(idle) != std::string_view::npos) return {};
  }
  if (line.size() > 3 && line[0] == '<' && line[2] == '>') line.remove_prefix(3);
  constexpr std::string_view kDevice = "0000:00:01.0: ";
  if (const size_t at = line.find(kDevice); at != std::string_view::npos) line.remove_prefix(at + kDevice.size());
  return line;
}

// Two in each byte make an address that an Ethernet device may have, wherever a driver reads it from.
constexpr std::string_view kFills[] = {"0x00", "0x02", "\"noise 1\"", "0xff", "\"noise 2\""};

Reach reach_of(std::string_view name) {
  const auto* const at = std::ranges::find(kNames, name);
  return static_cast<Reach>(at == std::end(kNames) ? 0 : at - std::begin(kNames));
}

}  // namespace

std::string_view reach_name(Reach reach) {
  return kNames[static_cast<size_t>(reach)];
}

std::string with_device(const std::string& manifest, const std::string& lines) {
  if (lines.empty()) return manifest;
  const size_t at = manifest.find("[device]\n");
  if (at == std::string::npos) {
    // Tables that belong to the top come first.
    const size_t table = manifest.starts_with('[') ? 0 : manifest.find("\n[");
    const std::string added = "[device]\n" + lines;
    if (table == std::string::npos) return manifest + "\n" + added;
    return manifest.substr(0, table + (table != 0)) + "\n" + added + "\n" + manifest.substr(table + (table != 0));
  }
  std::string out = manifest;
  return out.insert(at + 9, lines);
}

Attempt try_files(const Build& build, const fs::path& replayer, const std::vector<fs::path>& files,
                  const fs::path& manifest) {
  std::vector<std::string> argv = {replayer, "--log"};
  for (const fs::path& file : files) argv.push_back(file);
  std::vector<std::string> environment = sanitizer_environment();
  environment.emplace_back("DMAFUZZ_STAGES=1");
  if (!manifest.empty()) environment.push_back("DMAFUZZ_MANIFEST=" + manifest.native());
  Attempt attempt;
  std::string output;
  bool started = false, reporting = false;
  const auto sink = [&](std::string_view line) {
    if (output.size() < kMaxOutput) output.append(line).append("\n");
    if (line.starts_with("stage: ")) {
      attempt.reach = std::max(attempt.reach, reach_of(line.substr(7)));
      attempt.log.clear();
    } else if (line.starts_with("registers: ")) {
      attempt.accesses = std::strtoul(line.data() + 11, nullptr, 10);
    } else if (line.starts_with("Running: ")) {
      started = true;
    } else if (begins_report(line)) {
      reporting = true;
    } else if (started && !reporting && attempt.reach < Reach::kSends) {
      if (const std::string_view reason = reason_in(line); !reason.empty()) attempt.log = reason;
    }
  };
  const Outcome outcome = run_process(argv, environment, kLimit + std::chrono::seconds(files.size()), sink);
  if (!started) {
    throw Trouble(fmt::format("{} ended before its first input ({}): {}", friendly(replayer), outcome.exit.text(),
                              output.substr(0, output.find('\n'))));
  }
  attempt.timed_out = outcome.timed_out;
  if (!outcome.exit.ok()) attempt.finding = parse_finding(output, {.strip = build.strip()});
  return attempt;
}

Attempt find_device(const Build& build, const fs::path& replayer, const std::string& manifest, const fs::path& folder) {
  Manifest said;
  if (const auto error = parse_manifest(manifest, "manifest", said)) throw Trouble(error->message);
  const bool fill_said = manifest.find("\nfill") != std::string::npos;
  make_folder(folder);
  const fs::path life = folder / "try.life", device = folder / "try.toml";
  write_file(life, kLife);
  Attempt best;
  bool first = true;
  for (const std::string_view fill : kFills) {
    for (const std::string_view bars : bar_layouts()) {
      std::string lines;
      if (!said.bars) lines += fmt::format("bars = \"{}\"\n", bars);
      if (!fill_said) lines += fmt::format("fill = {}\n", fill);
      write_file(device, with_device(manifest, lines));
      Attempt attempt = try_files(build, replayer, {life}, device);
      attempt.device = lines;
      const auto worth = [](const Attempt& a) { return std::pair(a.reach, a.accesses); };
      if (first || worth(attempt) > worth(best)) best = attempt;
      first = false;
      if (best.reach >= Reach::kSends || (said.bars && fill_said)) return best;
      if (said.bars) break;
    }
    if (fill_said) break;
  }
  return best;
}

}  // namespace dmafuzz::cli
