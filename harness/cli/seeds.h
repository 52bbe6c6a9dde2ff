// SPDX-License-Identifier: GPL-2.0-only
//
// What a fuzzer begins with: the reviewed corpora in binary form.
#ifndef DMAFUZZ_CLI_SEEDS_H
#define DMAFUZZ_CLI_SEEDS_H

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "cli/build.h"

namespace dmafuzz::cli {

// Where the inputs of a driver's processes start, in turn: a third of the time unloaded, and else with the driver up,
// from a snapshot, many times as fast.
inline constexpr std::array<std::string_view, 6> kStarts = {
    "none", "direct", "bounce", "none", "direct,noncoherent", "bounce,noncoherent"};

enum class Seeds {
  kNone,
  kReviewed,   // as they are
  kStartedUp,  // and lives also as they go on from each of the starts
};

// Writes the seeds and regressions that run clean on the build's tree to a folder that exists; what is there with the
// same content stays as it is. Returns the variants of the device that they name, wanted or not: nothing else knows
// which there are.
std::vector<std::uint32_t> write_seeds(const Build& build, const Target& target, const std::filesystem::path& folder,
                                       Seeds which);

}  // namespace dmafuzz::cli

#endif
