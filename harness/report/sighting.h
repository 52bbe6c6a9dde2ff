// SPDX-License-Identifier: GPL-2.0-only
//
// What DmaSan or the kernel's own checker, kernel/dma/debug.c, saw of a program while the two are compared
// (engine/comparison.h), and the line by which a target tells the command of it.
#ifndef DMAFUZZ_REPORT_SIGHTING_H
#define DMAFUZZ_REPORT_SIGHTING_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "report/finding.h"

namespace dmafuzz {

struct Sighting {
  static constexpr std::uint32_t kAfterwards = ~0u;
  std::uint32_t operation = kAfterwards;  // its number in the program
  std::string text;                       // the operation as people call it
  std::string check;                      // DmaSan's; empty: it was silent
  DebugVerdict debug = DebugVerdict::kNotAsked;
  std::string words;  // dma-debug's
  bool operator==(const Sighting&) const = default;
};

std::string print_sighting(const Sighting& sighting);
// Nothing for a line that is none.
std::optional<Sighting> parse_sighting(std::string_view line);

// The check that dma-debug's words are about; empty: no check is about that. Nothing for words that are unknown here.
std::optional<std::string_view> check_of_debug(std::string_view words);
// Why DmaSan is right to be silent where dma-debug says this; empty: nobody knows.
std::string_view why_debug_alone(std::string_view words);

}  // namespace dmafuzz

#endif
