// SPDX-License-Identifier: GPL-2.0-only
// VT-d second-stage tables ("Intel Virtualization Technology for Directed I/O", second-stage paging entries).
// No present bit: an entry without read and write is absent. Permissions are those of all levels together.
#include "device/table_walk.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kAddress = table::bits(51, 12);
constexpr unsigned kRead = 0, kWrite = 1, kLarge = 7;

}  // namespace

Walk walk_vtdss(const TableRoot& root, uint64_t iova) {
  Walk walk;
  uint64_t at = root.root_phys;
  bool readable = true, writable = true;

  if (!table::in_range(iova, root.va_bits)) return walk;
  for (int level = root.top_level; level >= 0; level--) {
    walk.level = static_cast<uint8_t>(level);
    if (!table::load(at, table::index_at(iova, level, root.va_bits), &walk.entry)) {
      walk.end = WalkEnd::kMalformed;
      return walk;
    }
    const uint64_t entry = walk.entry;
    if (!table::bit(entry, kRead) && !table::bit(entry, kWrite)) return walk;
    readable = readable && table::bit(entry, kRead);
    writable = writable && table::bit(entry, kWrite);
    const bool large = level > 0 && table::bit(entry, kLarge);
    const unsigned size = table::level_shift(level);
    if (large && (level > 2 || entry & table::bits(size - 1, 12))) {
      walk.end = WalkEnd::kMalformed;  // page size is reserved above 1 GiB, and so are the low address bits
      return walk;
    }
    if (level == 0 || large) {
      walk.end = WalkEnd::kMapped;
      walk.readable = readable;
      walk.writable = writable;
      walk.size_log2 = static_cast<uint8_t>(size);
      walk.phys = (entry & kAddress) | (iova & table::bits(size - 1, 0));
      return walk;
    }
    at = entry & kAddress;
  }
  return walk;
}

}  // namespace dmafuzz
