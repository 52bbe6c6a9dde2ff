// SPDX-License-Identifier: GPL-2.0-only
//
// Findings whose words were put together. What is known of a driver (driver/known.h) ends the life with a jump, which
// destroys nothing on the stack: the words would be a leak, which LeakSanitizer reports at the end.
#ifndef DMAFUZZ_DRIVER_RAISE_KEPT_H
#define DMAFUZZ_DRIVER_RAISE_KEPT_H

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "engine/raise.h"

namespace dmafuzz {

// As raise_finding() of engine/raise.h; for temporaries alone, which nobody else could destroy.
template <std::same_as<std::string> Words>
[[noreturn]] void raise_finding(std::string_view id, Words&& summary) {
  static std::string kept;
  kept = std::move(summary);
  // A short one was copied, a long one is empty now: neither leaves anything.
  raise_finding(id, std::string_view(kept));
}

}  // namespace dmafuzz

#endif
