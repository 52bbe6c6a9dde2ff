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
    {"8139cp", "kernel-warn", "cp_rx_poll", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "bad-packet", "cp_rx_poll", "driver-trusts-received-length.md"},
    {"8139cp", "unmap-not-mapped", "cp_rx_poll", "8139cp-unmaps-what-the-device-says.md"},
    {"8139cp", "kernel-bug", "cp_rx_poll", "8139cp-ring-left-empty.md"},
    {"8139cp", "kernel-bug", "skb_put", "driver-trusts-received-length.md"},
    {"8139cp", "traffic-lost", "", "8139cp-wakes-with-old-rings.md", GoesOn::kNo, true},
    {"8139cp", "traffic-differs", "", "8139cp-wakes-with-old-rings.md", GoesOn::kNo, true},
    {"8139cp", "mapping-leak", "cp_start_xmit", "8139cp-wakes-with-old-rings.md", GoesOn::kNo, true},
    {"8139cp", "memory-leak", "", "8139cp-wakes-with-old-rings.md", GoesOn::kNo, true},
    {"8139cp", "unmap-size-mismatch", "cp_clean_rings", "8139cp-wakes-with-old-rings.md", GoesOn::kNo, true},
    {"8139cp", "hang", "cp_close", "8139cp-mtu-change-fails.md"},
    {"8139cp", "device-access-after-unmap", "cp_alloc_rings", "8139cp-mtu-change-fails.md", GoesOn::kNo, true},
    {"8139cp", "heap-use-after-free", "cp_start_xmit", "8139cp-mtu-change-fails.md", GoesOn::kNo, true},
    {"8139cp", "heap-use-after-free", "cp_clean_rings", "8139cp-mtu-change-fails.md", GoesOn::kNo, true},
    {"8139cp", "SEGV", "cp_start_xmit", "8139cp-mtu-change-fails.md", GoesOn::kNo, true},
    {"8139cp", "unmap-not-mapped", "unwind_tx_frag_mapping", "8139cp-unwinds-the-wrong-fragments.md"},
    {"8139cp", "unmap-size-mismatch", "unwind_tx_frag_mapping", "8139cp-unwinds-the-wrong-fragments.md"},
    {"edu_c", "kernel-warn", "swiotlb_map", "bounce-buffers-out-of-reach.md"},
    {"edu_cxx", "kernel-warn", "swiotlb_map", "bounce-buffers-out-of-reach.md"},
    {"e1000", "hang", "e1000_close", "e1000-half-up-after-sleep.md", GoesOn::kNo, true},
    {"e1000", "unmap-not-mapped", "e1000_free_desc_rings", "e1000-self-test-unmaps-an-error.md"},
    {"e1000", "kernel-bug", "skb_put", "driver-trusts-received-length.md"},
    {"e1000", "bad-packet", "e1000_clean", "driver-trusts-received-length.md"},
    {"e1000", "heap-buffer-overflow", "e1000_clean_jumbo_rx_irq", "e1000-copies-a-negative-length.md"},
    {"e1000", "cpu-write-device-owned", "e1000_create_lbtest_frame", "e1000-self-test-writes-mapped.md"},
    {"e100", "cpu-write-device-owned", "e100_rx_alloc_skb", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "cpu-write-device-owned", "e100_rx_alloc_list", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "cpu-write-device-owned", "e100_rx_clean", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "cpu-read-device-owned", "e100_rx_alloc_list", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "cpu-read-device-owned", "e100_rx_clean", "e100-frame-descriptors.md", GoesOn::kThere},
    {"e100", "unmap-not-mapped", "e100_clean_cbs", "e100-unmapped-frame-stays.md"},
    {"e100", "unmap-not-mapped", "e100_tx_clean", "e100-unmapped-frame-stays.md"},
    {"e100", "traffic-differs", "", "e100-unmapped-frame-stays.md"},
    {"e100", "bad-packet", "e100_rx_indicate", "driver-trusts-received-length.md"},
    // Where data of requests is mapped, which somebody else chose the memory of: 7.3, 7.3 and 6.12, 6.12.
    {"nvme", "cacheline-shared", "nvme_pci_prp_iter_next", "nvme-memory-of-four-bytes.md", GoesOn::kThere},
    {"nvme", "cacheline-shared", "nvme_pci_setup_data_sgl", "nvme-memory-of-four-bytes.md", GoesOn::kThere},
    {"nvme", "cacheline-shared", "nvme_pci_setup_data_simple", "nvme-memory-of-four-bytes.md", GoesOn::kThere},
    {"nvme", "cacheline-shared", "nvme_map_data", "nvme-memory-of-four-bytes.md", GoesOn::kThere},
    {"nvme", "cacheline-shared", "nvme_setup_prp_simple", "nvme-memory-of-four-bytes.md", GoesOn::kThere},
    {"nvme", "cacheline-shared", "nvme_setup_sgl_simple", "nvme-memory-of-four-bytes.md", GoesOn::kThere},
    {"nvme", "hang", "blk_mq_tagset_wait_completed_request", "nvme-flush-waits-for-itself.md"},
    {"nvme", "SEGV", "nvme_try_complete_req", "nvme-completes-what-it-cancelled.md"},
    {"nvme", "free-coherent-mismatch", "nvme_dbbuf_dma_free", "nvme-doorbell-stride-changes.md"},
    {"nvme", "free-coherent-mismatch", "nvme_free_host_mem_multi", "nvme-frees-what-its-lists-say.md"},
    {"nvme", "free-coherent-mismatch", "nvme_free_host_mem", "nvme-frees-what-its-lists-say.md"},
    {"nvme", "unmap-not-mapped", "nvme_free_sgls", "nvme-frees-what-its-lists-say.md"},
    {"nvme", "unmap-size-mismatch", "nvme_free_sgls", "nvme-frees-what-its-lists-say.md"},
    {"nvme", "coherent-leak", "nvme_pci_configure_admin_queue", "nvme-admin-queue-left.md"},
    // As what is at the address that the device chose.
    {"nvme", "heap-use-after-free", "pool_block_pop", "dmapool-free-list-where-devices-write.md"},
    {"nvme", "heap-buffer-overflow", "pool_block_pop", "dmapool-free-list-where-devices-write.md"},
    {"nvme", "SEGV", "pool_block_pop", "dmapool-free-list-where-devices-write.md"},
    {"pcnet32", "mapping-leak", "pcnet32_realloc_rx_ring", "pcnet32-ring-set-while-closed.md"},
    {"e100", "hang", "e100_down", "e100-restart-fails.md"},
    {"pcnet32", "kernel-warn", "pcnet32_realloc_tx_ring", "pcnet32-ring-size.md", GoesOn::kThere},
    {"pcnet32", "kernel-warn", "pcnet32_realloc_rx_ring", "pcnet32-ring-size.md", GoesOn::kThere},
    {"pcnet32", "hang", "pcnet32_close", "pcnet32-half-up-after-sleep.md"},
    {"pcnet32", "hang", "pcnet32_netif_stop", "pcnet32-half-up-after-sleep.md", GoesOn::kNo, true},
    {"pcnet32", "SEGV", "pcnet32_ethtool_test", "pcnet32-self-test-without-buffers.md"},
    {"pcnet32", "device-access-unmapped", "pcnet32_loopback_test", "pcnet32-self-test-after-sleep.md", GoesOn::kNo,
     true},
    {"pcnet32", "missing-sync-for-cpu", "pcnet32_rx_entry", "copied-while-the-device-writes.md"},
    {"pcnet32", "cpu-read-device-owned", "pcnet32_loopback_test", "pcnet32-self-test-reads-mapped.md"},
    {"vmw_pvscsi", "cpu-read-device-owned", "scsi_eh_stu", "scsi-eh-reads-mapped-sense.md", GoesOn::kThere},
    {"vmw_pvscsi", "cpu-write-device-owned", "scsi_eh_prep_cmnd", "vmw_pvscsi-believes-resets.md"},
    {"vmw_pvscsi", "kernel-warn", "pvscsi_shutdown_intr", "vmw_pvscsi-frees-an-interrupt-it-has-not.md",
     GoesOn::kThere},
    {"vmw_pvscsi", "heap-buffer-overflow", "pvscsi_complete_request", "vmw_pvscsi-believes-completions.md"},
    {"vmw_pvscsi", "SEGV", "pvscsi_complete_request", "vmw_pvscsi-believes-completions.md"},
    {"vmw_pvscsi", "invalid-shift-exponent", "pvscsi_process_completion_ring", "vmw_pvscsi-believes-completions.md"},
    {"vmw_pvscsi", "heap-buffer-overflow", "pvscsi_queue_ring", "vmw_pvscsi-believes-completions.md"},
    {"vmw_pvscsi", "SEGV", "pvscsi_unmap_buffers", "vmw_pvscsi-believes-completions.md"},
    {"vmw_pvscsi", "SEGV", "pvscsi_queue_ring", "vmw_pvscsi-believes-completions.md"},
    {"vmw_pvscsi", "hang", "pvscsi_process_msg_ring", "vmw_pvscsi-believes-completions.md"},
    {"vmw_pvscsi", "invalid-shift-exponent", "pvscsi_queue_ring", "vmw_pvscsi-believes-completions.md"},
    {"dw_axi_dmac", "memory-leak", "__dma_async_device_channel_register", "dw-axi-dmac-leaves-channels.md"},
    {"dw_axi_dmac", "heap-buffer-overflow", "axi_chan_dump_lli", "dw-axi-dmac-dumps-too-much.md"},
    {"dw_axi_dmac", "heap-use-after-free", "axi_chan_dump_lli", "dw-axi-dmac-dumps-too-much.md"},
    {"dw_axi_dmac", "SEGV", "axi_chan_dump_lli", "dw-axi-dmac-dumps-too-much.md"},
    {"dw_axi_dmac", "heap-use-after-free", "pool_block_pop", "dmapool-free-list-where-devices-write.md"},
    {"dw_axi_dmac", "heap-buffer-overflow", "pool_block_pop", "dmapool-free-list-where-devices-write.md"},
    {"dw_axi_dmac", "SEGV", "pool_block_pop", "dmapool-free-list-where-devices-write.md"},
    {"dw_axi_dmac", "free-coherent-mismatch", "dma_chan_prep_dma_memcpy", "dw-axi-dmac-frees-what-it-has-not.md"},
    {"dw_axi_dmac", "request-lost", "", "dw-axi-dmac-forgets-the-next.md"},
    {"dw_axi_dmac", "bad-register-access", "dw_axi_dma_interrupt", "dma-engines-hear-too-early.md"},
    {"plx_dma", "bad-register-access", "plx_dma_isr", "dma-engines-hear-too-early.md"},
    {"plx_dma", "memory-leak", "__dma_async_device_channel_register", "dmaengine-name-left.md"},
    {"plx_dma", "device-misused", "plx_dma_issue_pending", "plx-dma-never-wakes.md", GoesOn::kNo, true},
    {"plx_dma", "request-lost", "", "plx-dma-never-wakes.md", GoesOn::kNo, true},
    // Nobody has a channel when the driver is unloaded.
    {"plx_dma", "coherent-leak", "plx_dma_alloc_chan_resources", "plx-dma-unbound-in-use.md", GoesOn::kNo, false,
     "kernel_driver_unload"},
    {"plx_dma", "kernel-warn", "__device_release_driver", "plx-dma-unbound-in-use.md", GoesOn::kNo, false,
     "kernel_driver_unload"},
    {"plx_dma", "heap-use-after-free", "dma_release_channel", "dmaengine-release-after-free.md"},
    {"rust_dma", "kernel-bug", "<rust_dma::DmaSampleDriver>::check_dma", "rust-dma-asserts-shared-memory.md"},
    {"vmxnet3", "cpu-write-device-owned", "vmxnet3_probe_device", "vmxnet3-maps-itself.md", GoesOn::kMappedBy},
    {"virtio_net", "hang", "vp_reset", "virtio-pci-unplugged.md"},
    {"virtio_net", "sleep-in-atomic", "page_pool_register_dma_index", "page-pool-sleeps-in-atomic.md"},
    {"virtio_net", "hang", "virtnet_send_command_reply", "virtio-net-control-spins.md"},
    {"virtio_net", "bad-register-access", "vp_notify_with_data", "virtio-pci-notification-data.md"},
    {"virtio_net", "cacheline-shared", "virtnet_send_command_reply", "virtio-net-control-line.md", GoesOn::kThere},
    {"virtio_net", "cacheline-shared", "add_recvbuf_big", "virtio-net-big-shares-a-line.md", GoesOn::kThere},
    {"virtio_net", "cpu-write-device-owned", "virtnet_build_skb", "virtio-net-small-writes-mapped.md"},
    {"virtio_net", "heap-use-after-free", "virtnet_stats", "virtio-net-half-restored.md", GoesOn::kNo, true},
    {"virtio_net", "SEGV", "virtnet_stats", "virtio-net-half-restored.md", GoesOn::kNo, true},
    {"virtio_net", "SEGV", "virtnet_cpu_notif_remove", "virtio-net-half-restored.md", GoesOn::kNo, true},
    {"virtio_net", "heap-use-after-free", "virtnet_napi_tx_disable", "virtio-net-half-restored.md", GoesOn::kNo, true},
    {"virtio_net", "SEGV", "virtnet_napi_tx_disable", "virtio-net-half-restored.md", GoesOn::kNo, true},
    {"virtio_net", "SEGV", "vp_modern_avq_cleanup", "virtio-pci-admin-queue-after-sleep.md"},
    {"virtio_rng", "heap-use-after-free", "remove_common", "virtio-rng-half-restored.md", GoesOn::kNo, true},
    {"virtio_rng", "SEGV", "vp_modern_avq_cleanup", "virtio-pci-admin-queue-after-sleep.md"},
    {"virtio_blk", "unmap-not-mapped", "vring_unmap_one_split", "virtio-ring-desc-next.md"},
    {"virtio_net", "unmap-not-mapped", "vring_unmap_one_split", "virtio-ring-desc-next.md"},
    {"virtio_net", "kernel-bug", "virtqueue_detach_unused_buf_split", "virtio-ring-desc-next.md"},
    {"virtio_rng", "unmap-not-mapped", "vring_unmap_one_split", "virtio-ring-desc-next.md"},
    {"virtio_blk", "hang", "vp_reset", "virtio-pci-unplugged.md"},
    {"virtio_blk", "hang", "virtblk_remove", "virtio-blk-waits-for-ever.md"},
    {"virtio_blk", "hang", "virtblk_get_id", "virtio-blk-waits-for-ever.md"},
    {"virtio_blk", "hang", "virtblk_freeze_priv", "virtio-blk-half-restored.md", GoesOn::kNo, true},
    {"virtio_blk", "bad-register-access", "vp_notify_with_data", "virtio-pci-notification-data.md"},
    {"virtio_blk", "kernel-warn", "virtio_dev_remove", "virtio-status-after-reset.md"},
    {"virtio_rng", "hang", "vp_reset", "virtio-pci-unplugged.md"},
    {"virtio_rng", "bad-register-access", "vp_notify_with_data", "virtio-pci-notification-data.md"},
    {"virtio_rng", "cacheline-shared", "virtrng_scan", "virtio-rng-line.md"},
    {"virtio_rng", "traffic-lost", "kernel_random_read", "virtio-rng-rest-of-a-buffer.md"},
    {"virtio_net", "sync-out-of-range", "receive_buf", "virtio-net-syncs-what-the-device-says.md"},
    // Bounced, swiotlb warns before anybody else hears of it.
    {"virtio_net", "kernel-warn", "receive_buf", "virtio-net-syncs-what-the-device-says.md"},
    // Not coherent, what was thrown away may be swiotlb's own.
    {"virtio_net", "SEGV", "receive_buf", "virtio-net-syncs-what-the-device-says.md"},
    {"virtio_net", "missing-sync-for-cpu", "skb_copy_bits", "page-pool-keeps-pages-mapped.md"},
    {"virtio_net", "kernel-warn", "virtio_dev_remove", "virtio-status-after-reset.md"},
    {"virtio_rng", "kernel-warn", "virtio_dev_remove", "virtio-status-after-reset.md"},
    {"virtio_net", "kernel-warn", "virtio_device_ready", "virtio-status-after-reset.md"},
    {"virtio_rng", "kernel-warn", "virtio_device_ready", "virtio-status-after-reset.md"},
    {"virtio_rng", "mapping-leak", "request_entropy", "virtio-rng-leaves-a-mapping.md"},
    {"virtio_rng", "hang", "virtio_read", "virtio-rng-rest-of-a-buffer.md"},
    {"vmxnet3", "kernel-warn", "vmxnet3_probe_device", "vmxnet3-maps-itself.md"},
    {"vmxnet3", "hang", "vmxnet3_close", "vmxnet3-does-not-thaw.md", GoesOn::kNo, true},
    {"vmxnet3", "traffic-lost", "", "vmxnet3-does-not-thaw.md", GoesOn::kNo, true},
    {"vmxnet3", "kernel-warn", "vmxnet3_force_close", "vmxnet3-closes-unlocked.md"},
    {"vmxnet3", "heap-buffer-overflow", "vmxnet3_unmap_pkt", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "kernel-bug", "vmxnet3_unmap_pkt", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "heap-buffer-overflow", "vmxnet3_rq_rx_complete", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "kernel-bug", "vmxnet3_rq_rx_complete", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "kernel-warn", "vmxnet3_rq_rx_complete", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "bad-packet", "vmxnet3_rq_rx_complete", "vmxnet3-believes-completions.md"},
    {"vmxnet3", "kernel-bug", "vmxnet3_tq_cleanup", "vmxnet3-unmapped-buffer-stays-marked.md"},
    {"vmxnet3", "kernel-warn", "vmxnet3_rq_rx_complete", "vmxnet3-ring-filled-in-part.md"},
    {"vmxnet3", "mapping-leak", "vmxnet3_map_pkt", "vmxnet3-reset-fails.md"},
    {"vmxnet3", "heap-buffer-overflow", "vmxnet3_rq_cleanup", "vmxnet3-unmaps-what-the-ring-says.md"},
    {"vmxnet3", "unmap-not-mapped", "vmxnet3_rq_cleanup", "vmxnet3-unmaps-what-the-ring-says.md"},
    {"vmxnet3", "unmap-size-mismatch", "vmxnet3_rq_cleanup", "vmxnet3-unmaps-what-the-ring-says.md"},
    {"vmxnet3", "unmap-type-mismatch", "vmxnet3_rq_cleanup", "vmxnet3-unmaps-what-the-ring-says.md"},
    {"vmxnet3", "kernel-bug", "vmxnet3_rq_destroy", "vmxnet3-unmaps-what-the-ring-says.md"},
};

bool g_slept = false;

constexpr std::string_view kSanitizers[] = {"AddressSanitizer", "UndefinedBehaviorSanitizer"};

// Pages whose findings need a device of some degree, or an allocation or mapping that failed on purpose, as they say.
constexpr struct Needs {
  std::string_view page;
  Degree least;
  bool failing = false;
} kPages[] = {
    {"8139cp-mtu-change-fails.md", Degree::kFaithful, true},
    {"8139cp-unwinds-the-wrong-fragments.md", Degree::kFaithful, true},
    {"e1000-half-up-after-sleep.md", Degree::kFaithful, true},
    {"e1000-self-test-unmaps-an-error.md", Degree::kFaithful, true},
    {"pcnet32-self-test-without-buffers.md", Degree::kFaithful, true},
    {"vmxnet3-reset-fails.md", Degree::kFaithful, true},
    {"vmxnet3-ring-filled-in-part.md", Degree::kFaithful, true},
    {"vmxnet3-unmapped-buffer-stays-marked.md", Degree::kFaithful, true},
    {"e100-restart-fails.md", Degree::kFaithful, true},
    {"e100-unmapped-frame-stays.md", Degree::kFaithful, true},
    {"8139cp-frees-when-the-device-says-last.md", Degree::kFaulty},
    {"8139cp-unmaps-what-the-device-says.md", Degree::kFaulty},
    {"copied-while-the-device-writes.md", Degree::kFaulty},
    {"dmapool-free-list-where-devices-write.md", Degree::kUntrusted},
    {"driver-trusts-received-length.md", Degree::kFaulty},
    {"e1000-copies-a-negative-length.md", Degree::kFaulty},
    {"nvme-completes-what-it-cancelled.md", Degree::kUntrusted},
    {"nvme-doorbell-stride-changes.md", Degree::kFaulty},
    {"nvme-frees-what-its-lists-say.md", Degree::kUntrusted},
    {"page-pool-keeps-pages-mapped.md", Degree::kFaulty},
    {"rust-dma-asserts-shared-memory.md", Degree::kUntrusted},
    {"virtio-net-control-spins.md", Degree::kFaulty},
    {"virtio-net-syncs-what-the-device-says.md", Degree::kFaulty},
    {"virtio-ring-desc-next.md", Degree::kUntrusted},
    {"virtio-status-after-reset.md", Degree::kFaulty},
    {"vmxnet3-believes-completions.md", Degree::kFaulty},
    {"vmxnet3-unmaps-what-the-ring-says.md", Degree::kUntrusted},
};

Needs needs(std::string_view page) {
  const auto* found = std::ranges::find(kPages, page, &Needs::page);
  return found == std::end(kPages) ? Needs{page, Degree::kFaithful} : *found;
}

}  // namespace

std::span<const KnownFinding> known_findings() {
  return kKnown;
}

void set_slept(bool slept) {
  g_slept = slept;
}

namespace {

bool has(const CallStack& calls, std::string_view function) {
  return std::ranges::find(calls.frames, function, &SourceFrame::function) != calls.frames.end();
}

bool fits(const KnownFinding& known, std::string_view driver, std::string_view id, const CallStack& calls) {
  return known.driver == driver && known.id == id && (g_slept || !known.slept) &&
         (known.function.empty() || has(calls, known.function));
}

// Who made what a leak is about.
const CallStack* maker(const Finding& finding) {
  if (finding.mapping && !finding.mapping->stacks.empty()) return &finding.mapping->stacks.front();
  return finding.object_stacks.empty() ? nullptr : &finding.object_stacks.front();
}

// The innermost function of the tree's drivers: what is below it (helpers of headers, the core, the bus) did as it was
// told.
std::string_view driver_function(const CallStack& calls) {
  constexpr std::string_view kFolders[] = {"drivers/net/",   "drivers/char/", "drivers/nvme/",
                                           "drivers/block/", "drivers/scsi/", "drivers/dma/"};
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

// What goes on never comes here if it is known: what comes here with such a function further up is something else.
bool is_known(std::string_view driver, const Finding& finding, const CallStack& calls, Degree degree, bool failing) {
  return std::ranges::any_of(kKnown, [&](const KnownFinding& known) {
    if (known.driver != driver || known.id != finding.id || known.goes_on != GoesOn::kNo || (known.slept && !g_slept))
      return false;
    const Needs needed = needs(known.page);
    if (degree < needed.least || (needed.failing && !failing)) return false;
    if (!known.outside.empty() && has(calls, known.outside)) return false;
    const auto in = [&](const CallStack& stack) { return known.function.empty() || has(stack, known.function); };
    if (std::ranges::find(kSanitizers, finding.tool) != std::end(kSanitizers))
      return !calls.frames.empty() &&
             (calls.frames.front().function == known.function || driver_function(calls) == known.function);
    // The device goes its own ways: what it touches tells more than who happens to run.
    if (finding.id.ends_with("-leak") || finding.id == "device-access-after-unmap") {
      const CallStack* made = maker(finding);
      return made && in(*made);
    }
    return in(calls);
  });
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
