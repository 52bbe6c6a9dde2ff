// SPDX-License-Identifier: GPL-2.0-only
//
// See known.h.
#include "driver/known.h"

#include <algorithm>
#include <unordered_map>

#include "dmasan/dmasan.h"
#include "engine/raise.h"
#include "memory/stack.h"

namespace dmafuzz {
namespace {

constexpr KnownFinding kKnown[] = {
    {"8139cp", "unmap-size-mismatch", "cp_clean_rings", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "unmap-not-mapped", "cp_clean_rings", "8139cp-unmaps-what-the-device-says.md"},
    // Bounced, swiotlb warns before anybody else hears of it.
    {"8139cp", "kernel-warn", "cp_clean_rings", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "unmap-not-mapped", "cp_tx", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "cpu-read-device-owned", "cp_rx_skb", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "heap-use-after-free", "cp_tx", "8139cp-frees-when-the-device-says-last.md"},
    {"8139cp", "double-free", "cp_tx", "8139cp-frees-when-the-device-says-last.md"},
    {"8139cp", "unmap-not-mapped", "cp_rx_poll", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "kernel-bug", "cp_rx_poll", "8139cp-ring-left-empty.md"},
    {"8139cp", "kernel-bug", "skb_put", "driver-trusts-received-length.md"},
    {"8139cp", "hang", "cp_close", "8139cp-mtu-change-fails.md"},
    {"e1000", "kernel-bug", "skb_put", "driver-trusts-received-length.md"},
    {"e1000", "bad-packet", "e1000_clean", "driver-trusts-received-length.md"},
    {"e1000", "cpu-write-device-owned", "e1000_create_lbtest_frame", "e1000-self-test-writes-mapped.md"},
    {"e100", "cpu-write-device-owned", "e100_rx_alloc_skb", "e100-frame-descriptors.md", true},
    {"e100", "cpu-write-device-owned", "e100_rx_alloc_list", "e100-frame-descriptors.md", true},
    {"e100", "cpu-write-device-owned", "e100_rx_clean", "e100-frame-descriptors.md", true},
    {"e100", "cpu-read-device-owned", "e100_rx_alloc_list", "e100-frame-descriptors.md", true},
    {"e100", "cpu-read-device-owned", "e100_rx_clean", "e100-frame-descriptors.md", true},
    {"e100", "sync-direction-mismatch", "e100_rx_indicate", "e100-frame-descriptors.md", true},
    {"pcnet32", "kernel-warn", "pcnet32_set_ringparam", "pcnet32-ring-size.md", true},
    {"pcnet32", "cpu-read-device-owned", "pcnet32_loopback_test", "pcnet32-self-test-reads-mapped.md"},
};

}  // namespace

std::span<const KnownFinding> known_findings() {
  return kKnown;
}

namespace {

bool fits(const KnownFinding& known, std::string_view driver, std::string_view id, const CallStack& calls) {
  return known.driver == driver && known.id == id &&
         std::ranges::any_of(calls.frames, [&](const SourceFrame& frame) { return frame.function == known.function; });
}

std::string_view g_driver;
DmaSan::Report g_report = nullptr;

// Symbols are slow to look up: what was said of a stack once holds for good.
void report(const Violation& violation) {
  static std::unordered_map<uint64_t, bool> said;
  uintptr_t pcs[24];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), __builtin_frame_address(0));
  uint64_t hash = static_cast<uint64_t>(violation.check);
  for (uint32_t i = 0; i < depth; ++i) hash = (hash ^ pcs[i]) * 0x9e3779b97f4a7c15u;
  const auto [at, fresh] = said.try_emplace(hash, false);
  if (fresh) at->second = goes_on(g_driver, check_info(violation.check).id, call_stack({pcs, depth}, {}));
  if (!at->second) return g_report(violation);
  // What dma-debug had to say of the same call.
  take_warning();
}

// Warnings that are no checker's.
bool warned(std::string_view) {
  uintptr_t pcs[24];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), __builtin_frame_address(0));
  return goes_on(g_driver, "kernel-warn", call_stack({pcs, depth}, {}));
}

}  // namespace

bool is_known(std::string_view driver, std::string_view id, const CallStack& calls) {
  return std::ranges::any_of(kKnown, [&](const KnownFinding& known) { return fits(known, driver, id, calls); });
}

bool goes_on(std::string_view driver, std::string_view id, const CallStack& calls) {
  return std::ranges::any_of(
      kKnown, [&](const KnownFinding& known) { return known.goes_on && fits(known, driver, id, calls); });
}

void pass_over_what_goes_on(std::string_view driver) {
  if (std::ranges::none_of(kKnown, [&](const KnownFinding& known) { return known.goes_on && known.driver == driver; }))
    return;
  g_driver = driver;
  g_report = dmasan().report();
  dmasan().set_report(report);
  set_warning_listener(warned);
}

}  // namespace dmafuzz
