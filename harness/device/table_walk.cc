// SPDX-License-Identifier: GPL-2.0-only
// Walking an I/O page table: what the formats share.
// Tables are read as memory, never through the device's side of the cache model: their builder owns their coherency.
#include "device/table_walk.h"

namespace dmafuzz {
namespace table {

__attribute__((no_sanitize("address"))) bool load(uint64_t table_phys, uint64_t index, uint64_t* entry) {
  const uint64_t at = table_phys + index * 8;
  if (frame_of_phys(at) == kNoFrame || (at & 7)) return false;
  *entry = *static_cast<volatile const uint64_t*>(phys_to_virt(at));
  return true;
}

}  // namespace table

Walk walk_table(const TableRoot& root, uint64_t iova) {
  switch (root.format) {
    case HOST_TABLE_AMDV1:
      return walk_amdv1(root, iova);
    case HOST_TABLE_X86_64:
      return walk_x86_64(root, iova);
    case HOST_TABLE_VTDSS:
      return walk_vtdss(root, iova);
    case HOST_TABLE_RISCV64:
      return walk_riscv64(root, iova);
    case HOST_TABLE_ARM_LPAE:
      return walk_arm_lpae(root, iova);
  }
  return {};
}

}  // namespace dmafuzz
