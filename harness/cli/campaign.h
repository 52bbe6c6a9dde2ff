// SPDX-License-Identifier: GPL-2.0-only
//
// A fuzzing campaign: one or more libFuzzer processes on one corpus for a given time, restarted after each finding,
// with live progress. What people see of it at the end is fuzz.cc's.
#ifndef DMAFUZZ_CLI_CAMPAIGN_H
#define DMAFUZZ_CLI_CAMPAIGN_H

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/build.h"
#include "cli/finding_store.h"
#include "cli/process.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {

struct CampaignOptions {
  std::chrono::seconds time = std::chrono::seconds(60);
  unsigned workers = 1;
  bool stop_on_finding = false;
  bool seeds = true;                     // begin with those that are reviewed
  bool quiet = false;                    // no progress, no reports: the output is for a program
  std::uint64_t seed = 0;                // 0: libFuzzer picks one
  std::vector<std::string> fuzzer_args;  // handed on to libFuzzer, last
};

struct CampaignResult {
  double seconds = 0;
  std::uint64_t executions = 0;
  std::uint64_t coverage = 0;
  std::uint64_t features = 0;
  std::uint64_t corpus = 0;
  std::uint64_t corpus_before = 0;
  std::uint64_t restarts = 0;
  // Processes that ended badly and left neither a report nor an input: a defect of the harness.
  std::uint64_t deaths = 0;
  bool interrupted = false;
  double rate() const { return seconds > 0 ? static_cast<double>(executions) / seconds : 0; }
};

class Campaign {
 public:
  Campaign(const Build& build, const Target& target, CampaignOptions options);
  ~Campaign();

  // Runs until the time is up, a SIGINT or SIGTERM, or (if asked) the first finding. Throws Trouble if the target does
  // not fuzz at all.
  CampaignResult run();
  FindingStore& store() { return store_; }
  const FindingStore& store() const { return store_; }
  const std::filesystem::path& corpus() const { return corpus_; }

 private:
  struct Worker;

  void rescue(const std::filesystem::path& artifacts);
  void start(Worker& worker);
  void line(Worker& worker, std::string_view text);
  void stop(Worker& worker) const;
  void ended(Worker& worker);
  // False: it left nothing.
  bool collect(Worker& worker, const std::string& output, bool found);
  void quarantine(const std::vector<std::uint8_t>& input);
  void announce(const StoredFinding& finding);
  void progress(bool last);
  std::uint64_t executions() const;
  bool over() const;
  double left() const;

  const Build& build_;
  const Target& target_;
  const CampaignOptions options_;
  const std::filesystem::path work_;
  const std::filesystem::path corpus_;
  FindingStore store_;
  ProgressLine progress_line_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Clock::time_point started_;
  Clock::time_point deadline_;
  Clock::time_point next_plain_line_;
  // For the rate of the last seconds.
  Clock::time_point rate_at_;
  std::uint64_t rate_executions_ = 0;
  double rate_ = 0;
  CampaignResult result_;
  bool found_ = false;
  std::uint64_t starts_ = 0;             // of processes
  std::vector<std::uint32_t> variants_;  // of the device, that seeds have
};

}  // namespace dmafuzz::cli

#endif
