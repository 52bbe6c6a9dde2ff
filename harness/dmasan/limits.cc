// SPDX-License-Identifier: GPL-2.0-only
// See limits.h.
#include "dmasan/limits.h"

#include <fmt/format.h>

#include "dmasan/dmasan.h"

namespace dmafuzz {

// At the mapping. A segment is one of a list's, or the one that dma_alloc_noncontiguous() makes.
void DmaSan::check_limits(const Mapping& m) {
  const uint64_t reached = within_mask(m.dma, m.size, m.mask);
  if (reached != m.size) {
    violated(Check::kMaskExceeded, &m,
             fmt::format("{} is made, and its device reaches {:#x} and no further: not byte {}", described(m), m.mask,
                         reached));
  }
  if (m.list == Registry::kNone) return;
  if (m.size > m.max_seg) {
    violated(Check::kSegmentLong, &m,
             fmt::format("{} is a segment of {} bytes, and its device takes {}", described(m), m.size, m.max_seg));
  }
  const uint64_t inside = within_boundary(m.dma, m.size, m.boundary);
  if (inside != m.size) {
    violated(Check::kSegmentBoundary, &m,
             fmt::format("{} is a segment that crosses a multiple of {:#x} before byte {}, which its device cannot",
                         described(m), m.boundary + 1, inside));
  }
}

void DmaSan::set_masks(const void* dev, uint64_t streaming, uint64_t coherent) {
  const auto of_device = [&](const Mapping& m) { return m.dev == dev; };
  for (uint32_t i = registry_.next(0, of_device); i != Registry::kNone; i = registry_.next(i + 1, of_device)) {
    Mapping& m = registry_.edit(i);
    m.mask = mask_in_force(m.masks, streaming, coherent);
    const uint64_t reached = within_mask(m.dma, m.size, m.mask);
    if (reached != m.size) {
      violated(Check::kMaskExceeded, &m,
               fmt::format("the mask becomes {:#x} while {} lives, which it does not reach from byte {} on", m.mask,
                           described(m), reached));
    }
  }
}

// The device touches n bytes of a mapping.
void DmaSan::reach(const Mapping& m, uint64_t dma, uint64_t n, const char* verb) {
  const uint64_t reached = within_mask(dma, n, m.mask);
  if (reached != n) {
    violated(
        Check::kMaskExceeded, &m,
        fmt::format("the device {} {:#x}, beyond its mask of {:#x}, in {}", verb, dma + reached, m.mask, described(m)));
  }
}

}  // namespace dmafuzz
