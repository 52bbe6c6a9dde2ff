// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What both text forms (.dma, text.h; .hex, hex.h) have in common for those who read them: what a file says is to come
// of it, and where a file stops making sense.
#ifndef DMAFUZZ_PROGRAM_EXPECTATION_H
#define DMAFUZZ_PROGRAM_EXPECTATION_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz {

//   expect   = "expect" ( ok | finding ID )               at most once
//   checks   = "checks" LIST                              at most once: what DmaSan is to report, as for --checks
//   only     = "only" TREE { TREE }                       at most once: kernel trees that the expectation is about
struct Expectation {
  enum class Kind : std::uint8_t { kNone, kOk, kFinding };
  Kind kind = Kind::kNone;
  std::string finding;            // id of the check
  std::string checks = {};        // applied to what is on anyway; empty: nothing differs
  std::vector<std::string> only;  // kernel trees; empty: all

  bool operator==(const Expectation&) const = default;
};

// The directives that say so, a line each.
std::string print_expectation(const Expectation& expect);

struct TextError {
  unsigned line = 0, column = 0;  // from 1
  std::string message;            // "expected ..., got ..."

  // file:line:column: message
  std::string str(std::string_view file) const;
};

}  // namespace dmafuzz

#endif
