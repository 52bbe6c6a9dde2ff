// SPDX-License-Identifier: GPL-2.0-only
// What a device said that it can take: addresses up to its masks, segments of a list up to a length and within a
// boundary (include/linux/device.h, struct device_dma_parameters). Single mappings are no segments and have no such
// limits.
#ifndef DMAFUZZ_DMASAN_LIMITS_H_
#define DMAFUZZ_DMASAN_LIMITS_H_

#include <cstdint>

#include "dmasan/registry.h"

namespace dmafuzz {

// Bytes of [dma, dma + size) from its start that lie within the mask; an address that wraps is beyond every mask.
constexpr uint64_t within_mask(uint64_t dma, uint64_t size, uint64_t mask) {
  if (dma > mask) return 0;
  const uint64_t room = mask - dma;  // bytes after the first
  return size && size - 1 > room ? room + 1 : size;
}

// Bytes of it before it crosses a multiple of boundary + 1, or all.
constexpr uint64_t within_boundary(uint64_t dma, uint64_t size, uint64_t boundary) {
  const uint64_t room = boundary - (dma & boundary);
  return size && size - 1 > room ? room + 1 : size;
}

// The mask that a mapping is held against, of a device that has these.
constexpr uint64_t mask_in_force(MaskOf masks, uint64_t streaming, uint64_t coherent) {
  switch (masks) {
    case MaskOf::kStreaming:
      return streaming;
    case MaskOf::kCoherent:
      return coherent;
    case MaskOf::kEither:
      return streaming > coherent ? streaming : coherent;
    case MaskOf::kNone:
      break;
  }
  return ~uint64_t{0};
}

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_LIMITS_H_
