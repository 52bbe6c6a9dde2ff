// SPDX-License-Identifier: GPL-2.0-only
#include "device/table_contents.h"

namespace dmafuzz {
namespace {

constexpr unsigned kEntries = 512;

struct Link {
  uint64_t phys = 0;
  int level = -1;  // of the table that it leads to; -1: the entry maps
};

// An entry that is present. Formats as in the walkers (walk_amdv1.cc, walk_arm_lpae.cc).
Link link_amdv1(uint64_t entry, int level) {
  const int next = static_cast<int>(entry >> 9 & 7);
  if (level == 0 || next == 0 || next == 7) return {};
  return {entry & table::bits(51, 12), next - 1};
}

Link link_arm_lpae(uint64_t entry, int level) {
  if (level == 0 || (entry & 3) != 3) return {};
  return {entry & table::bits(47, 12), level - 1};
}

// Without the checks of table::load(), since a page holds the whole table.
__attribute__((no_sanitize("address"))) uint64_t load(const void* start, unsigned index) {
  return static_cast<volatile const uint64_t*>(start)[index];
}

template <typename Decode>
void descend(uint64_t phys, int level, Decode decode, TableContents& out) {
  const uint32_t frame = frame_of_phys(phys);
  if (frame == kNoFrame) return;
  out.frames.push_back(frame);
  const void* start = phys_to_virt(phys & ~(kPageSize - 1));
  for (unsigned i = 0; i < kEntries; ++i) {
    const uint64_t entry = load(start, i);
    if (!table::bit(entry, 0)) continue;
    const Link link = decode(entry, level);
    if (link.level >= 0 && link.level < level) {
      descend(link.phys, link.level, decode, out);
    } else if (!out.mapped++) {
      out.first_mapped_entry = entry;
    }
  }
}

}  // namespace

bool list_table(const TableRoot& root, TableContents& out) {
  out.frames.clear();
  out.mapped = 0;
  out.first_mapped_entry = 0;
  switch (root.format) {
    case HOST_TABLE_AMDV1:
      descend(root.root_phys, root.top_level, link_amdv1, out);
      return true;
    case HOST_TABLE_ARM_LPAE:
      descend(root.root_phys, root.top_level, link_arm_lpae, out);
      return true;
    default:
      return false;
  }
}

}  // namespace dmafuzz
