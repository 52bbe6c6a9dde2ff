// SPDX-License-Identifier: GPL-2.0-only
// x86-64 page tables as an IOMMU walks them (Intel SDM vol. 3, "4-level paging and 5-level paging"; VT-d first stage,
// AMD guest tables). Addresses are signed; large pages at the second and third level.
#include "device/table_walk.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kAddress = table::bits(51, 12);
constexpr unsigned kPresent = 0, kWritable = 1, kUser = 2, kLarge = 7;

}  // namespace

Walk walk_x86_64(const TableRoot& root, uint64_t iova) {
  Walk walk;
  uint64_t at = root.root_phys;
  bool writable = true, user = true;

  if (!table::canonical(iova, root.va_bits)) return walk;
  for (int level = root.top_level; level >= 0; level--) {
    walk.level = static_cast<uint8_t>(level);
    if (!table::load(at, table::index_at(iova, level, root.va_bits), &walk.entry)) {
      walk.end = WalkEnd::kMalformed;
      return walk;
    }
    const uint64_t entry = walk.entry;
    if (!table::bit(entry, kPresent)) return walk;
    writable = writable && table::bit(entry, kWritable);
    user = user && table::bit(entry, kUser);
    // Bit 7 of a level-0 entry chooses a memory type (PAT); above the third level it is reserved.
    const bool large = level > 0 && table::bit(entry, kLarge);
    if (large && level > 2) {
      walk.end = WalkEnd::kMalformed;
      return walk;
    }
    if (level == 0 || large) {
      const unsigned size = table::level_shift(level);
      // Bit 12 of a large page is PAT; the address bits above it, up to the page's size, are reserved.
      if (large && entry & table::bits(size - 1, 13)) {
        walk.end = WalkEnd::kMalformed;
        return walk;
      }
      walk.end = WalkEnd::kMapped;
      // A device's request without a process is a user's request.
      walk.readable = user;
      walk.writable = user && writable;
      walk.size_log2 = static_cast<uint8_t>(size);
      walk.phys = (entry & kAddress & ~table::bits(size - 1, 0)) | (iova & table::bits(size - 1, 0));
      return walk;
    }
    at = entry & kAddress;
  }
  return walk;
}

}  // namespace dmafuzz
