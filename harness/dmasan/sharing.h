// SPDX-License-Identifier: GPL-2.0-only
// What lies beside memory that is mapped: in its cache lines, which belong to one owner when the device does not snoop
// (dma-api.rst, "Part Id", the warning), and in its pages, which an IOMMU maps whole.
#ifndef DMAFUZZ_DMASAN_SHARING_H_
#define DMAFUZZ_DMASAN_SHARING_H_

#include <cstdint>

#include "backend/backend.h"
#include "dmasan/registry.h"

namespace dmafuzz {

// A range of physical memory.
struct Span {
  uint64_t lo, hi;
  bool operator==(const Span&) const = default;
};

// The cache line of a byte. Those of a kmalloc() object are counted from its start and end with it: kmalloc() promises
// memory that shares no line, by how it aligns it or because the core then bounces it.
Span line_of(uint64_t phys);
// Whether two ranges have a line in common. Neither is empty.
bool share_line(Span a, Span b);

constexpr bool device_writes(const Mapping& m) {
  return m.dir != DMAF_TO_DEVICE;
}
// Whether the CPU must leave the rest of its lines alone: what the device writes there is lost with a line that the CPU
// writes back, and the CPU's bytes with a line that is invalidated.
constexpr bool minds_lines(const Mapping& m) {
  return !m.snoops && device_writes(m) && !m.shares_lines && m.kind != MapKind::kCoherent &&
         m.kind != MapKind::kResource;
}
// Whether two mappings may not have a line in common.
constexpr bool exclude_each_other(const Mapping& a, const Mapping& b) {
  if (a.snoops && b.snoops) return false;
  if (!device_writes(a) && !device_writes(b)) return false;
  if (a.kind == MapKind::kCoherent || b.kind == MapKind::kCoherent) return false;  // not cached, or snooped
  if (a.list != Registry::kNone && a.list == b.list) return false;                 // one owner, handed over as one
  // Whoever skips syncs does them as the memory wants it; so does dma-debug read it.
  if ((a.attrs | b.attrs) & DMAF_A_SKIP_CPU_SYNC) return false;
  return !(a.shares_lines && b.shares_lines);
}

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_SHARING_H_
