// SPDX-License-Identifier: GPL-2.0-only
//
// See known.h.
#include "driver/known.h"

#include <algorithm>

#include "engine/symbols.h"

namespace dmafuzz {
namespace {

constexpr KnownFinding kKnown[] = {
    {"8139cp", "unmap-size-mismatch", "cp_free_rings", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "unmap-size-mismatch", "cp_tx_timeout", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "unmap-not-mapped", "cp_free_rings", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "unmap-not-mapped", "cp_tx_timeout", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "unmap-not-mapped", "cp_rx_poll", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "kernel-bug", "cp_rx_poll", "8139cp-ring-left-empty.md"},
    {"8139cp", "hang", "cp_close", "8139cp-mtu-change-fails.md"},
};

}  // namespace

std::span<const KnownFinding> known_findings() {
  return kKnown;
}

bool is_known(std::string_view driver, std::string_view id, std::span<const uintptr_t> stack) {
  return std::ranges::any_of(kKnown, [&](const KnownFinding& known) {
    if (known.driver != driver || known.id != id) return false;
    if (known.function.empty()) return true;
    const std::string_view functions[] = {known.function};
    return std::ranges::any_of(stack, [&](uintptr_t pc) { return in_function(pc, functions); });
  });
}

}  // namespace dmafuzz
