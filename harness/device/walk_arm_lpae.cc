// SPDX-License-Identifier: GPL-2.0-only
// VMSAv8-64 stage 1 with 4 KiB granules, as an SMMU walks it (Arm ARM, "Translation table descriptor formats").
// Arm counts levels downwards, 0 .. 3; here 3 is level 0. The contiguous bit is a hint and changes no translation.
#include "device/table_walk.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kAddress = table::bits(47, 12);
constexpr unsigned kReadOnly = 7, kAccessFlag = 10, kTableReadOnly = 62;
constexpr uint64_t kType = 3, kBlock = 1, kTableOrPage = 3;

}  // namespace

Walk walk_arm_lpae(const TableRoot& root, uint64_t iova) {
  Walk walk;
  uint64_t at = root.root_phys;
  bool writable = true;

  if (!table::in_range(iova, root.va_bits)) return walk;
  for (int level = root.top_level; level >= 0; level--) {
    walk.level = static_cast<uint8_t>(level);
    if (!table::load(at, table::index_at(iova, level, root.va_bits), &walk.entry)) {
      walk.end = WalkEnd::kMalformed;
      return walk;
    }
    const uint64_t entry = walk.entry;
    if (!table::bit(entry, 0)) return walk;
    if (level > 0 && (entry & kType) == kTableOrPage) {
      writable = writable && !table::bit(entry, kTableReadOnly);
      at = entry & kAddress;
      continue;
    }
    const unsigned size = table::level_shift(level);
    // Blocks are 2 MiB and 1 GiB; a block in the last table is reserved, and so are address bits inside the block.
    const bool sound = level == 0 ? (entry & kType) == kTableOrPage : (entry & kType) == kBlock && level <= 2;
    if (!sound || entry & kAddress & table::bits(size - 1, 0)) {
      walk.end = WalkEnd::kMalformed;
      return walk;
    }
    // Without the access flag a device without fault handling faults. The device is taken as privileged, so that
    // DMA_ATTR_PRIVILEGED changes nothing for it.
    const bool accessed = table::bit(entry, kAccessFlag);
    walk.end = WalkEnd::kMapped;
    walk.readable = accessed;
    walk.writable = accessed && writable && !table::bit(entry, kReadOnly);
    walk.size_log2 = static_cast<uint8_t>(size);
    walk.phys = (entry & kAddress) | (iova & table::bits(size - 1, 0));
    return walk;
  }
  return walk;
}

}  // namespace dmafuzz
