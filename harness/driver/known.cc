// SPDX-License-Identifier: GPL-2.0-only
//
// See known.h.
#include "driver/known.h"

#include <algorithm>

namespace dmafuzz {
namespace {

constexpr KnownFinding kKnown[] = {
    {"8139cp", "unmap-size-mismatch", "cp_clean_rings", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "unmap-not-mapped", "cp_clean_rings", "8139cp-unmaps-what-the-device-says.md"},
    // Bounced, swiotlb warns before anybody else hears of it.
    {"8139cp", "kernel-warn", "cp_clean_rings", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "unmap-not-mapped", "cp_rx_poll", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "kernel-bug", "cp_rx_poll", "8139cp-ring-left-empty.md"},
    {"8139cp", "kernel-bug", "skb_put", "driver-trusts-received-length.md"},
    {"8139cp", "hang", "cp_close", "8139cp-mtu-change-fails.md"},
    {"e1000", "kernel-bug", "skb_put", "driver-trusts-received-length.md"},
    {"e1000", "bad-packet", "e1000_clean", "driver-trusts-received-length.md"},
    {"e1000", "cpu-write-device-owned", "e1000_create_lbtest_frame", "e1000-self-test-writes-mapped.md"},
};

}  // namespace

std::span<const KnownFinding> known_findings() {
  return kKnown;
}

bool is_known(std::string_view driver, std::string_view id, const CallStack& calls) {
  return std::ranges::any_of(kKnown, [&](const KnownFinding& known) {
    return known.driver == driver && known.id == id && std::ranges::any_of(calls.frames, [&](const SourceFrame& frame) {
             return frame.function == known.function;
           });
  });
}

}  // namespace dmafuzz
