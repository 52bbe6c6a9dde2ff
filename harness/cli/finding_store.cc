// SPDX-License-Identifier: GPL-2.0-only
//
// Storing comes before replaying: a replay that is killed must not cost the finding.
#include "cli/finding_store.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/triage.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// Whether the replayer, which has no engine around it, shows the same. A death without a report has no place.
bool confirms(const std::optional<Finding>& replayed, const Finding& finding) {
  if (!replayed) return false;
  if (finding.tool == "libFuzzer") return replayed->tool == "replayer";
  return replayed->identity() == finding.identity();
}

}  // namespace

nlohmann::ordered_json StoredFinding::json() const {
  nlohmann::ordered_json out = to_json(finding);
  out["folder"] = folder.native();
  out["known_before"] = known_before;
  out["replays"] = replays;
  out["times"] = times;
  return out;
}

FindingStore::FindingStore(const Build& build, const Target& target)
    : build_(build), target_(target), folder_(build.work(target) / "findings") {
  make_folder(folder_);
  remove_leftovers(folder_);
}

bool FindingStore::add(Finding finding, std::span<const std::uint8_t> input, const std::string& report) {
  for (StoredFinding& known : findings_) {
    if (known.finding.identity() != finding.identity()) continue;
    ++known.times;
    return false;
  }
  StoredFinding stored;
  stored.folder = folder_ / finding.key();
  stored.known_before = fs::exists(stored.folder);
  if (finding.program.empty()) finding.program = input_lines(target_, input);
  finding.reproduce = reproduce_command(target_, stored.folder / "input");
  stored.finding = std::move(finding);

  std::vector<NamedText> files = {
      {.name = "finding.json", .text = record(stored)},
      {.name = "report.txt", .text = report},
      {.name = "input", .text = std::string(input.begin(), input.end())},
      {.name = "input" + std::string(text_ending(target_.kind)), .text = input_text(target_, input)}};
  // What an earlier campaign's input was made into still shows it.
  const std::string small = "minimized" + std::string(text_ending(target_.kind));
  if (fs::exists(stored.folder / small)) files.push_back({.name = small, .text = read_file(stored.folder / small)});
  write_folder(stored.folder, files);

  // As the campaign saw it.
  const ReplayOptions options = {.arguments = {"--pass-known"}};
  const auto replayed = replay(build_, target_, std::array{stored.folder / "input"}, options).front().finding;
  stored.replays = confirms(replayed, stored.finding);
  write_file(stored.folder / "finding.json", record(stored));
  findings_.push_back(std::move(stored));
  return true;
}

std::string FindingStore::record(const StoredFinding& stored) const {
  nlohmann::ordered_json json = stored.json();
  json["target"] = target_.name;
  json["kernel"] = build_.release;
  json["overlay"] = build_.overlay.native();
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void FindingStore::explain(std::chrono::seconds each) {
  if (target_.kind != InputKind::kLife || !each.count()) return;
  std::size_t explained = 0;
  for (StoredFinding& stored : findings_) {
    if (stored.known_before || !stored.replays || explained++ == kExplained) continue;
    LifeFile life;
    decode_life(read_bytes(stored.folder / "input"), life.life);
    const Triage result = triage(build_, target_, life, {.arguments = {"--pass-known"}, .limit = each});
    stored.triage = result.text();
    write_file(stored.folder / "triage.txt", stored.triage);
    write_file(stored.folder / "triage.json", result.json().dump(2) + "\n");
  }
}

}  // namespace dmafuzz::cli
