// SPDX-License-Identifier: GPL-2.0-only
//
// How the time of a continuous run is shared among its targets (continuous.cc).
#ifndef DMAFUZZ_CLI_TIME_SHARE_H
#define DMAFUZZ_CLI_TIME_SHARE_H

#include <span>
#include <vector>

namespace dmafuzz::cli {

// What a target's latest turn brought.
struct Turn {
  double seconds = 0;      // 0: it had none yet
  double discoveries = 0;  // inputs that reached something new
  double rate() const { return seconds > 0 ? discoveries / seconds : 0; }
};

// Seconds for each target in a round of so many: half of the round goes to all alike, since what seems exhausted may be
// at a threshold, the other half by what each discovered in a second of its latest turn; all of it alike while nobody
// discovered anything. Nobody has a turn shorter than `least`, of which a process needs much to read its corpus: where
// there is not enough for all, those who discovered least have none, of equals the last.
std::vector<double> share_time(double round, std::span<const Turn> turns, double least);

}  // namespace dmafuzz::cli

#endif
