// SPDX-License-Identifier: GPL-2.0-only
// AMD I/O page tables for host translation ("AMD I/O Virtualization Technology Specification", I/O page tables).
// Each entry names the level that follows, so levels may be skipped, and a leaf of "level 7" has any power-of-two size.
#include <bit>

#include "device/table_walk.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kAddress = table::bits(51, 12);
constexpr unsigned kPresent = 0, kNextLevel = 9, kReadable = 61, kWritable = 62;
constexpr unsigned kLeaf = 0, kSizedLeaf = 7;
constexpr int kTopLevel = 5;  // the sixth level holds tables only

}  // namespace

Walk walk_amdv1(const TableRoot& root, uint64_t iova) {
  Walk walk;
  uint64_t at = root.root_phys;
  bool readable = true, writable = true;
  int level = root.top_level;

  // What the top table's entries cannot address is not mapped.
  if (!table::in_range(iova, root.va_bits)) return walk;
  if (level < kTopLevel && iova >> table::level_shift(level + 1)) return walk;
  for (;;) {
    walk.level = static_cast<uint8_t>(level);
    if (!table::load(at, table::index_at(iova, level, 64), &walk.entry)) {
      walk.end = WalkEnd::kMalformed;
      return walk;
    }
    const uint64_t entry = walk.entry;
    if (!table::bit(entry, kPresent)) return walk;
    // Permissions of all levels together; none at all is not reserved, just useless.
    readable = readable && table::bit(entry, kReadable);
    writable = writable && table::bit(entry, kWritable);
    const unsigned next = entry >> kNextLevel & 7;

    if (next == kLeaf || next == kSizedLeaf || level == 0) {
      // A table pointer has no place in the last table, nor a leaf in the sixth.
      if ((level == 0 && next != kLeaf && next != kSizedLeaf) || level == kTopLevel) {
        walk.end = WalkEnd::kMalformed;
        return walk;
      }
      uint64_t base = entry & kAddress;
      unsigned size = table::level_shift(level);
      if (next == kSizedLeaf) {
        // The size is where the run of ones from bit 12 ends: n ones mean 2^(13 + n).
        size = 13 + static_cast<unsigned>(std::countr_one(base >> 12));
        // Less than the level's own pages, or more than one of its tables maps, makes no sense here.
        if (size <= table::level_shift(level) || size > table::level_shift(level + 1) || size > 51) {
          walk.end = WalkEnd::kMalformed;
          return walk;
        }
        base &= ~table::bits(size - 1, 0);
      } else if (base & table::bits(size - 1, 0)) {
        walk.end = WalkEnd::kMalformed;
        return walk;
      }
      walk.end = WalkEnd::kMapped;
      walk.readable = readable;
      walk.writable = writable;
      walk.size_log2 = static_cast<uint8_t>(size);
      walk.phys = base | (iova & table::bits(size - 1, 0));
      return walk;
    }

    const int next_level = static_cast<int>(next) - 1;  // "next level 1" is the table of 4 KiB pages
    if (next_level >= level) {
      walk.end = WalkEnd::kMalformed;
      return walk;
    }
    // Address bits of skipped levels must be zero, or the page is absent.
    if (next_level < level - 1 && iova & table::bits(table::level_shift(level) - 1, table::level_shift(next_level + 1)))
      return walk;
    at = entry & kAddress;
    level = next_level;
  }
}

}  // namespace dmafuzz
