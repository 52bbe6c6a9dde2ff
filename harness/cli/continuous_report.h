// SPDX-License-Identifier: GPL-2.0-only
//
// What a continuous run came to (continuous.cc), and its two faces: a page for people and JSON for programs.
#ifndef DMAFUZZ_CLI_CONTINUOUS_REPORT_H
#define DMAFUZZ_CLI_CONTINUOUS_REPORT_H

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/corpus_merge.h"
#include "report/finding.h"

namespace dmafuzz::cli {

// A target's part.
struct TargetRun {
  std::string name;
  std::uint64_t regressions = 0, regressions_wrong = 0;
  std::vector<std::string> wrong;  // a line each
  double seconds = 0;              // of fuzzing
  unsigned turns = 0;
  std::uint64_t executions = 0, coverage = 0, features = 0;
  std::uint64_t corpus_before = 0, corpus = 0;  // inputs; the latter after the merge
  std::uint64_t deaths = 0;                     // CampaignResult::deaths
  Merged merged;
  std::string trouble;  // why it does not fuzz; empty if it does
};

// A bug, in however many targets it was seen.
struct ContinuousFinding {
  Finding finding;
  std::vector<std::string> targets;
  std::filesystem::path folder;  // the first one's (finding_store.h)
  std::string minimized;         // the smallest input, as text; empty if there was no time
  std::string triage;            // triage.txt
  std::string page;              // its HTML page, beside the summary; empty: there is none
  bool is_new = false;           // no run before has reported it
  bool replays = false;
};

struct ContinuousReport {
  std::string release, overlay;
  double budget = 0, seconds = 0;
  bool interrupted = false;
  std::vector<std::string> regression_trouble;
  std::vector<TargetRun> targets;
  std::vector<std::string> left_out;  // "target: why"
  std::vector<ContinuousFinding> findings;

  // A new finding, a regression that came out otherwise, a target that does not work.
  bool clean() const;
  std::string markdown() const;
  nlohmann::ordered_json json() const;
  // Findings for code hosts (report/sarif.h).
  nlohmann::ordered_json sarif() const;
  // For CI systems (report/junit.h): a suite a target, and one of the findings.
  std::string junit() const;
};

}  // namespace dmafuzz::cli

#endif
