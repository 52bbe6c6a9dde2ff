// SPDX-License-Identifier: GPL-2.0-only
// RISC-V Sv39, Sv48 and Sv57 as the RISC-V IOMMU walks them (Privileged Architecture, "Virtual Address Translation
// Process"; Svnapot; Svpbmt). The accessed and dirty bits are not set by this hardware: they must be there.
#include "device/table_walk.h"

namespace dmafuzz {
namespace {

constexpr unsigned kValid = 0, kRead = 1, kWrite = 2, kExecute = 3, kUser = 4, kAccessed = 6, kDirty = 7, kNapot = 63;
constexpr uint64_t kReserved = table::bits(60, 54);
constexpr unsigned kMemoryType = 61;  // two bits; 3 is reserved
constexpr unsigned kNapot64K = 16;

constexpr uint64_t page_number(uint64_t entry) {
  return entry >> 10 & table::bits(43, 0);
}

}  // namespace

Walk walk_riscv64(const TableRoot& root, uint64_t iova) {
  Walk walk;
  uint64_t at = root.root_phys;

  if (!table::canonical(iova, root.va_bits)) return walk;
  for (int level = root.top_level; level >= 0; level--) {
    walk.level = static_cast<uint8_t>(level);
    walk.end = WalkEnd::kMalformed;  // unless shown to be sound
    if (!table::load(at, table::index_at(iova, level, root.va_bits), &walk.entry)) return walk;
    const uint64_t entry = walk.entry;
    if (!table::bit(entry, kValid)) {
      walk.end = WalkEnd::kNotMapped;
      return walk;
    }
    const bool read = table::bit(entry, kRead), write = table::bit(entry, kWrite);
    if ((write && !read) || entry & kReserved || (entry >> kMemoryType & 3) == 3) return walk;
    if (!read && !table::bit(entry, kExecute)) {
      // A pointer: no accessed, dirty, user, memory type or napot bit.
      if (level == 0 || entry & (table::bits(7, 6) | uint64_t{1} << kUser | table::bits(63, 61))) return walk;
      at = page_number(entry) << 12;
      walk.end = WalkEnd::kNotMapped;
      continue;
    }

    unsigned size = table::level_shift(level);
    uint64_t base = page_number(entry) << 12;
    if (table::bit(entry, kNapot)) {
      // The one encoding defined: 64 KiB, marked by 1000 in the low bits of the page number.
      if (level != 0 || (page_number(entry) & 15) != 8) return walk;
      size = kNapot64K;
      base &= ~table::bits(size - 1, 0);
    } else if (base & table::bits(size - 1, 0)) {
      return walk;
    }
    const bool usable = table::bit(entry, kUser) && table::bit(entry, kAccessed);
    walk.end = WalkEnd::kMapped;
    walk.readable = usable && read;
    walk.writable = usable && write && table::bit(entry, kDirty);
    walk.size_log2 = static_cast<uint8_t>(size);
    walk.phys = base | (iova & table::bits(size - 1, 0));
    return walk;
  }
  return walk;
}

}  // namespace dmafuzz
