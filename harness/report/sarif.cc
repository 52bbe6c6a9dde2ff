// SPDX-License-Identifier: GPL-2.0-only
//
// See sarif.h. Section numbers are of SARIF 2.1.0.
#include "report/sarif.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "dmasan/checks.h"

namespace dmafuzz {
namespace {

using Json = nlohmann::ordered_json;

// 3.28: a location, empty if nothing is known of it. Lines and columns begin with 1; 0 is unknown.
Json location(const SourceFrame& frame) {
  Json out = Json::object();
  if (!frame.file.empty()) {
    Json& place = out["physicalLocation"];
    place["artifactLocation"] = {{"uri", frame.file}};
    if (!frame.file.starts_with('/')) place["artifactLocation"]["uriBaseId"] = "KERNEL";
    if (frame.line > 0) place["region"]["startLine"] = frame.line;
    if (frame.line > 0 && frame.column > 0) place["region"]["startColumn"] = frame.column;
  }
  if (!frame.function.empty())
    out["logicalLocations"] = Json::array({{{"name", frame.function}, {"kind", "function"}}});
  return out;
}

// 3.44
Json stack(const CallStack& from) {
  Json out = {{"message", {{"text", from.title.empty() ? "where it happened" : from.title}}},
              {"frames", Json::array()}};
  for (const SourceFrame& frame : from.frames) out["frames"].push_back({{"location", location(frame)}});
  return out;
}

// 3.27.10: ours have two.
const char* level(bool error) {
  return error ? "error" : "warning";
}

Json result(const SarifResult& from, std::size_t rule) {
  const Finding& finding = *from.finding;
  Json out = {{"ruleId", finding.id},
              {"ruleIndex", rule},
              {"level", level(finding.severity == Severity::kError)},
              {"message", {{"text", finding.summary.empty() ? finding.headline() : finding.summary}}},
              {"baselineState", from.is_new ? "new" : "unchanged"},
              // 3.27.17: the same bug has the same, whichever lines moved.
              {"partialFingerprints", {{"dmafuzzIdentity/v1", finding.key()}}}};
  if (!finding.location.file.empty()) out["locations"] = Json::array({location(finding.location)});
  Json stacks = Json::array();
  const auto add = [&](const std::vector<CallStack>& list) {
    for (const CallStack& one : list) {
      if (!one.frames.empty()) stacks.push_back(stack(one));
    }
  };
  add(finding.stacks);
  if (finding.mapping) add(finding.mapping->stacks);
  add(finding.object_stacks);
  if (!stacks.empty()) out["stacks"] = std::move(stacks);
  out["properties"] = {{"tool", finding.tool}, {"reproduce", finding.reproduce}, {"program", finding.program}};
  return out;
}

// 3.49: what DmaSan's checks mean is known; the ids of others (sanitizers, kernel, devices) speak for themselves.
Json descriptor(const std::string& id) {
  Json out = {{"id", id}};
  const auto check = std::ranges::find(kChecks, id, &CheckInfo::id);
  if (check == kChecks.end()) return out;
  out["shortDescription"]["text"] = check->meaning;
  out["help"]["text"] = "docs/checks/" + id + ".md of dmafuzz has the rule, an example and what to do.";
  out["defaultConfiguration"]["level"] = level(check->severity == CheckSeverity::kError);
  return out;
}

}  // namespace

Json to_sarif(std::span<const SarifResult> results, const std::string& tree) {
  std::map<std::string, std::size_t> rules;
  Json descriptors = Json::array(), list = Json::array();
  for (const SarifResult& one : results) {
    const auto [rule, added] = rules.try_emplace(one.finding->id, rules.size());
    if (added) descriptors.push_back(descriptor(one.finding->id));
    list.push_back(result(one, rule->second));
  }
  const Json driver = {{"name", "dmafuzz"}, {"rules", std::move(descriptors)}};
  const Json base = {{"description", {{"text", "The tree of Linux " + tree}}}};
  const Json run = {{"tool", {{"driver", driver}}},
                    {"originalUriBaseIds", {{"KERNEL", base}}},
                    {"columnKind", "utf16CodeUnits"},
                    {"results", std::move(list)}};
  // GitHub asks for the first.
  return {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
}

}  // namespace dmafuzz
