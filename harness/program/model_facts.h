// SPDX-License-Identifier: GPL-2.0-only
// What the reference model must be told of the machine and the tree: how much there is of what can run out, where the
// bounce buffers are, and which calls exist. All else follows from the configuration and the documentation.
#ifndef DMAFUZZ_PROGRAM_MODEL_FACTS_H
#define DMAFUZZ_PROGRAM_MODEL_FACTS_H

#include <cstdint>

#include "host.h"

namespace dmafuzz {

// Zones by index: the banks in ascending order.
enum Zone : uint8_t { kZoneDma = 0, kZoneDma32 = 1, kZoneNormal = 2, kZoneNone = 3 };

struct TreeFacts {
  // Bytes free in each zone when a program starts.
  uint64_t zone_free[3] = {HOST_BANK_DMA_SIZE / 2, HOST_BANK_DMA32_SIZE / 2, HOST_BANK_NORMAL_SIZE / 2};

  // The default bounce pool; size 0: none is set up, or unknown, and then nothing that bounces is sure to succeed.
  uint64_t swiotlb_base = 0;
  uint64_t swiotlb_size = 0;
  // The restricted pool of path RESTRICTED, and the memory of path POOL.
  uint64_t restricted_base = 0;
  uint64_t restricted_size = 0;
  uint64_t device_pool_size = 0;
  // Each of the pools for atomic allocations.
  uint64_t atomic_pool_size = 0;

  // Path OFFSET: DMA address = physical address - offset, for physical addresses in the window.
  uint64_t offset = 0;
  uint64_t window_base = 0;
  uint64_t window_size = 0;

  bool iommu = true;                     // the IOMMU paths are offered
  bool iova_api = true;                  // dma_iova_* exists (6.16 and later)
  bool forced_bounce_maps_mmio = false;  // dma_map_resource() works under swiotlb=force (before 6.18)
  bool strict_offer = true;              // the backend offers all that the tree has
};

// From what the shims say of themselves.
inline TreeFacts tree_facts(const struct kernel_facts& kernel) {
  TreeFacts facts;
  facts.swiotlb_base = kernel.swiotlb_base;
  facts.swiotlb_size = kernel.swiotlb_size;
  facts.restricted_base = kernel.restricted_base;
  facts.restricted_size = kernel.restricted_size;
  facts.device_pool_size = kernel.device_pool_size;
  facts.atomic_pool_size = kernel.atomic_pool_size;
  facts.offset = kernel.offset;
  facts.window_base = kernel.window_base;
  facts.window_size = kernel.window_size;
  facts.iommu = kernel.iommu != 0;
  facts.iova_api = kernel.iova_api != 0;
  facts.forced_bounce_maps_mmio = kernel.forced_bounce_maps_mmio != 0;
  return facts;
}

}  // namespace dmafuzz

#endif
