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
    {"e100", "cpu-write-device-owned", "e100_rx_alloc_skb", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "cpu-write-device-owned", "e100_rx_alloc_list", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "cpu-write-device-owned", "e100_rx_clean", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "cpu-read-device-owned", "e100_rx_alloc_list", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "cpu-read-device-owned", "e100_rx_clean", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "bad-packet", "e100_rx_indicate", "driver-trusts-received-length.md"},
    {"pcnet32", "kernel-warn", "pcnet32_realloc_tx_ring", "pcnet32-ring-size.md", GoesOn::kThere},
    {"pcnet32", "kernel-warn", "pcnet32_realloc_rx_ring", "pcnet32-ring-size.md", GoesOn::kThere},
    {"pcnet32", "cpu-read-device-owned", "pcnet32_loopback_test", "pcnet32-self-test-reads-mapped.md"},
    {"dw_axi_dmac", "memory-leak", "__dma_async_device_channel_register", "dw-axi-dmac-leaves-channels.md"},
    {"dw_axi_dmac", "heap-buffer-overflow", "axi_chan_handle_err", "dw-axi-dmac-dumps-too-much.md"},
    {"dw_axi_dmac", "SEGV", "axi_chan_handle_err", "dw-axi-dmac-dumps-too-much.md"},
    {"dw_axi_dmac", "free-coherent-mismatch", "dma_chan_prep_dma_memcpy", "dw-axi-dmac-frees-what-it-has-not.md"},
    {"plx_dma", "coherent-leak", "__device_release_driver", "plx-dma-unbound-in-use.md"},
    {"plx_dma", "kernel-warn", "__device_release_driver", "plx-dma-unbound-in-use.md"},
    {"plx_dma", "heap-use-after-free", "dma_release_channel", "dmaengine-release-after-free.md"},
    {"rust_dma", "kernel-bug", "<rust_dma::DmaSampleDriver>::check_dma", "rust-dma-asserts-shared-memory.md"},
    {"vmxnet3", "cpu-write-device-owned", "vmxnet3_probe_device", "vmxnet3-maps-itself.md", GoesOn::kMappedBy},
    {"virtio_net", "hang", "vp_reset", "virtio-pci-unplugged.md"},
    {"virtio_net", "sleep-in-atomic", "page_pool_register_dma_index", "page-pool-sleeps-in-atomic.md"},
    {"virtio_net", "hang", "virtnet_send_command_reply", "virtio-net-control-spins.md"},
    {"virtio_net", "bad-register-access", "vp_notify_with_data", "virtio-pci-notification-data.md"},
    {"virtio_net", "cacheline-shared", "virtnet_send_command_reply", "virtio-net-control-line.md", GoesOn::kThere},
    {"virtio_net", "cpu-write-device-owned", "virtnet_build_skb", "virtio-net-small-writes-mapped.md"},
    {"virtio_rng", "hang", "vp_reset", "virtio-pci-unplugged.md"},
    {"virtio_rng", "bad-register-access", "vp_notify_with_data", "virtio-pci-notification-data.md"},
    {"virtio_rng", "cacheline-shared", "virtrng_scan", "virtio-rng-line.md"},
    {"virtio_rng", "traffic-lost", "kernel_random_read", "virtio-rng-rest-of-a-buffer.md"},
    {"virtio_net", "sync-out-of-range", "receive_buf", "virtio-net-syncs-what-the-device-says.md"},
    {"virtio_net", "missing-sync-for-cpu", "skb_copy_bits", "page-pool-keeps-pages-mapped.md"},
    {"virtio_net", "kernel-warn", "virtio_dev_remove", "virtio-status-after-reset.md"},
    {"virtio_rng", "kernel-warn", "virtio_dev_remove", "virtio-status-after-reset.md"},
    // Its one mapping.
    {"virtio_rng", "mapping-leak", "__device_release_driver", "virtio-rng-leaves-a-mapping.md"},
    {"virtio_rng", "hang", "virtio_read", "virtio-rng-rest-of-a-buffer.md"},
    {"vmxnet3", "heap-buffer-overflow", "vmxnet3_unmap_pkt", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "kernel-bug", "vmxnet3_unmap_pkt", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "heap-buffer-overflow", "vmxnet3_rq_rx_complete", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "kernel-bug", "vmxnet3_rq_rx_complete", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "kernel-warn", "vmxnet3_rq_rx_complete", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "bad-packet", "vmxnet3_rq_rx_complete", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "unmap-not-mapped", "vmxnet3_rq_cleanup", "vmxnet3-unmaps-what-the-ring-says.md"},
    {"vmxnet3", "unmap-size-mismatch", "vmxnet3_rq_cleanup", "vmxnet3-unmaps-what-the-ring-says.md"},
    {"vmxnet3", "unmap-type-mismatch", "vmxnet3_rq_cleanup", "vmxnet3-unmaps-what-the-ring-says.md"},
    {"vmxnet3", "kernel-bug", "vmxnet3_rq_destroy", "vmxnet3-unmaps-what-the-ring-says.md"},
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

// The innermost function of the tree's drivers: what is below it (helpers of headers, the core, the bus) did as it was
// told.
std::string_view driver_function(const CallStack& calls) {
  constexpr std::string_view kFolders[] = {"drivers/net/", "drivers/char/", "drivers/nvme/"};
  const auto frame = std::ranges::find_if(calls.frames, [&](const SourceFrame& f) {
    return std::ranges::any_of(kFolders, [&](std::string_view folder) {
      const size_t at = f.file.find(folder);
      return at != f.file.npos && (at == 0 || f.file[at - 1] == '/');
    });
  });
  return frame == calls.frames.end() ? std::string_view() : frame->function;
}

std::string_view g_driver;
DmaSan::Report g_report = nullptr;

// Symbols are slow to look up: what was said of a stack once holds for good.
void report(const Violation& violation) {
  static std::unordered_map<uint64_t, GoesOn> said;
  uintptr_t pcs[24];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), __builtin_frame_address(0));
  const std::span<const uintptr_t> calls(pcs, depth);
  std::span<const uintptr_t> mapped;
  if (const Mapping* m = violation.mapping) mapped = {m->mapped_at.pc, m->mapped_at.count};
  uint64_t hash = static_cast<uint64_t>(violation.check);
  for (const auto& stack : {calls, mapped}) {
    for (const uintptr_t pc : stack) hash = (hash ^ pc) * 0x9e3779b97f4a7c15u;
  }
  const auto [at, fresh] = said.try_emplace(hash, GoesOn::kNo);
  if (fresh) {
    at->second = goes_on(g_driver, check_info(violation.check).id, call_stack(calls, {}), call_stack(mapped, {}));
  }
  if (at->second == GoesOn::kNo) return g_report(violation);
  // What dma-debug had to say of the same call.
  take_warning();
  // It would be said of each access: the CPU may have it.
  if (at->second == GoesOn::kMappedBy) {
    const Mapping& m = *violation.mapping;
    dmasan().sync(m.dev, m.dma, m.size, m.dir, true, __builtin_frame_address(0));
  }
}

// Warnings that are no checker's.
bool warned(std::string_view) {
  uintptr_t pcs[24];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), __builtin_frame_address(0));
  return goes_on(g_driver, "kernel-warn", call_stack({pcs, depth}, {})) != GoesOn::kNo;
}

}  // namespace

bool is_known(std::string_view driver, std::string_view id, const CallStack& calls) {
  return std::ranges::any_of(kKnown, [&](const KnownFinding& known) { return fits(known, driver, id, calls); });
}

GoesOn goes_on(std::string_view driver, std::string_view id, const CallStack& calls, const CallStack& mapped) {
  for (const KnownFinding& known : kKnown) {
    if (known.goes_on == GoesOn::kThere && fits(known, driver, id, calls) && driver_function(calls) == known.function)
      return known.goes_on;
    if (known.goes_on == GoesOn::kMappedBy && fits(known, driver, id, mapped)) return known.goes_on;
  }
  return GoesOn::kNo;
}

void pass_over_what_goes_on(std::string_view driver) {
  if (std::ranges::none_of(
          kKnown, [&](const KnownFinding& known) { return known.goes_on != GoesOn::kNo && known.driver == driver; }))
    return;
  g_driver = driver;
  g_report = dmasan().report();
  dmasan().set_report(report);
  set_warning_listener(warned);
}

}  // namespace dmafuzz
