// SPDX-License-Identifier: GPL-2.0-only
//
// What inputs reach, and which of them reach nothing that others do not: as libFuzzer counts, by edges and how often
// each was taken ("features").
#ifndef DMAFUZZ_CLI_CORPUS_GAIN_H
#define DMAFUZZ_CLI_CORPUS_GAIN_H

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cli/build.h"

namespace dmafuzz::cli {

using Bytes = std::vector<std::uint8_t>;

// Of each candidate whether it is one of those that, short ones first, together reach all that the candidates reach and
// `base` does not. An input that ends in a finding adds nothing. Throws Trouble if libFuzzer does not come to an end.
std::vector<bool> adds(const Target& target, std::span<const Bytes> base, std::span<const Bytes> candidates);

struct Reached {
  std::uint64_t edges = 0;
  std::uint64_t features = 0;
};
// Of all of them together. Nothing if one ends in a finding.
std::optional<Reached> reached(const Target& target, std::span<const Bytes> inputs);

}  // namespace dmafuzz::cli

#endif
