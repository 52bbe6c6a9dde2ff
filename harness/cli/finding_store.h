// SPDX-License-Identifier: GPL-2.0-only
//
// The folder of a target's findings: one subfolder a bug, named by the finding's key, put in place in one step.
//
//   <key>/finding.json   the record (report/finding.h), with target, kernel, input and whether a replay confirms it
//   <key>/report.txt     what the target printed
//   <key>/input          the bytes that caused it
//   <key>/input.dma      the same as text; input.life, input.hex where it is that
//   <key>/minimized.dma  the smallest input that shows it, of a continuous run (.life, .hex alike)
//   <key>/triage.txt     of a driver's: what the finding hangs on (triage.h), and the same as triage.json
#ifndef DMAFUZZ_CLI_FINDING_STORE_H
#define DMAFUZZ_CLI_FINDING_STORE_H

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli/build.h"
#include "report/finding.h"

namespace dmafuzz::cli {

struct StoredFinding {
  Finding finding;
  std::filesystem::path folder;
  bool known_before = false;  // an earlier campaign had found it
  bool replays = false;       // the replayer shows the same
  std::uint64_t times = 1;    // in this campaign
  std::string triage;         // triage.txt

  nlohmann::ordered_json json() const;
};

class FindingStore {
 public:
  FindingStore(const Build& build, const Target& target);

  // Takes a finding with the input that caused it. The first of its identity in this campaign is replayed and stored,
  // and true is returned; others are only counted.
  bool add(Finding finding, std::span<const std::uint8_t> input, const std::string& report);
  // Says of each new finding of a driver what it hangs on, as far as it comes in so much time; of kExplained at most.
  void explain(std::chrono::seconds each);
  static constexpr std::size_t kExplained = 8;
  const std::vector<StoredFinding>& findings() const { return findings_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::string record(const StoredFinding& stored) const;

  const Build& build_;
  const Target& target_;
  std::filesystem::path folder_;
  std::vector<StoredFinding> findings_;
};

}  // namespace dmafuzz::cli

#endif
