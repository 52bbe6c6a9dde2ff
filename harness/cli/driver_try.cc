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
// What never ends is stopped by the harness, and a search by counts: on a machine that is busy with other work a limit
// that is reached would make another row of it. A loop that asks the harness nothing has this much of the processor.
constexpr auto kLimit = std::chrono::hours(3);
constexpr std::chrono::seconds kProcessorTime(60);
constexpr size_t kMaxOutput = 1 << 20;
// Runs of a search: for the driver to take its device, and to get further than that.
constexpr unsigned kLongSearch = 2000, kShortSearch = 500;
// Devices from which a search starts, if it finds nothing.
constexpr size_t kSearched = 2;
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
                  const fs::path& manifest, bool pass_known) {
  std::vector<std::string> argv = {replayer, "--log"};
  if (pass_known) argv.emplace_back("--pass-known");
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
      // Loading is told of when all that it did is done: what a probe that failed said is of that stage.
      if (attempt.reach >= Reach::kProbes) attempt.log.clear();
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
  const Outcome outcome = run_process(argv, environment, kLimit, sink, kProcessorTime);
  if (!started) {
    throw Trouble(fmt::format("{} ended before its first input ({}): {}", friendly(replayer), outcome.exit.text(),
                              output.substr(0, output.find('\n'))));
  }
  attempt.timed_out = outcome.timed_out;
  if (!outcome.exit.ok() && !outcome.timed_out) attempt.finding = parse_finding(output, {.strip = build.strip()});
  return attempt;
}

Attempt try_own(const Build& build, const fs::path& replayer, const fs::path& folder) {
  make_folder(folder);
  const fs::path life = folder / "try.life";
  write_file(life, kLife);
  return try_files(build, replayer, {life}, {}, true);
}

namespace {

// Lines "register = [...]" of what a search found that starts from such a device; empty if it found nothing.
std::string search(const fs::path& replayer, const fs::path& life, const fs::path& manifest, unsigned runs,
                   Reach enough) {
  std::vector<std::string> environment = sanitizer_environment();
  environment.push_back(fmt::format("DMAFUZZ_SEARCH={} {}", runs, static_cast<int>(enough) - 1));
  environment.push_back("DMAFUZZ_MANIFEST=" + manifest.native());
  constexpr std::string_view kFound = "search: ";
  std::string found;
  run_process({replayer, life}, environment, kLimit, [&](std::string_view line) {
    if (line.starts_with(kFound)) found += fmt::format("  {},\n", line.substr(kFound.size()));
  });
  return found.empty() ? "" : fmt::format("register = [\n{}]\n", found);
}

}  // namespace

Attempt find_device(const Build& build, const fs::path& replayer, const std::string& manifest, const fs::path& folder,
                    bool pci, Reach enough) {
  Manifest said;
  if (const auto error = parse_manifest(manifest, "manifest", said)) throw Trouble(error->message);
  const bool fill_said = manifest.find("\nfill") != std::string::npos;
  make_folder(folder);
  const fs::path life = folder / "try.life", device = folder / "try.toml";
  write_file(life, kLife);
  // The best of each layout, and of all of them.
  std::vector<Attempt> tried;
  const auto worth = [](const Attempt& a) { return std::pair(a.reach, a.accesses); };
  const auto take = [&](const std::string& lines) {
    write_file(device, with_device(manifest, lines));
    Attempt attempt = try_files(build, replayer, {life}, device);
    attempt.device = lines;
    return attempt;
  };
  const auto lines_of = [&](std::string_view bars, std::string_view fill) {
    return (said.bars || !pci ? "" : fmt::format("bars = \"{}\"\n", bars)) +
           (fill_said ? "" : fmt::format("fill = {}\n", fill));
  };
  for (const std::string_view bars : bar_layouts()) {
    tried.push_back(take(lines_of(bars, kFills[0])));
    if (tried.back().reach >= enough) return tried.back();
    if (said.bars || !pci) break;
  }
  // Of those that are worth the same the first.
  for (size_t i = 1; i < tried.size(); ++i) {
    for (size_t j = i; j && worth(tried[j]) > worth(tried[j - 1]); --j) std::swap(tried[j], tried[j - 1]);
  }
  // What registers read as is tried with the layout that suits the driver best.
  for (size_t i = 1; !fill_said && i < std::size(kFills); ++i) {
    const size_t at = tried.front().device.find("fill = ");
    Attempt attempt = take(tried.front().device.substr(0, at) + fmt::format("fill = {}\n", kFills[i]));
    if (attempt.reach > tried.front().reach) tried.front() = std::move(attempt);
    if (tried.front().reach >= enough) return tried.front();
  }
  Attempt best = tried.front();
  if (best.reach >= enough) return best;
  if (!said.registers.empty()) return best;
  for (size_t i = 0; i < std::min(kSearched, tried.size()); ++i) {
    const Reach before = tried[i].reach;
    if (i && best.reach >= Reach::kProbes) break;
    write_file(device, with_device(manifest, tried[i].device));
    const std::string found =
        search(replayer, life, device, before < Reach::kProbes ? kLongSearch : kShortSearch, enough);
    if (found.empty()) continue;
    Attempt attempt = take(tried[i].device + found);
    attempt.searched = true;
    if (attempt.reach > best.reach) best = std::move(attempt);
  }
  return best;
}

}  // namespace dmafuzz::cli
