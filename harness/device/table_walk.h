// SPDX-License-Identifier: GPL-2.0-only
// Walking an I/O page table as the hardware does: one walker a format, each in a file of its own, written from the
// format's specification and not from the code that builds the tables, since that code is what is under test.
#ifndef DMAFUZZ_DEVICE_TABLE_WALK_H_
#define DMAFUZZ_DEVICE_TABLE_WALK_H_

#include <cstdint>

#include "host.h"
#include "memory/arena.h"

namespace dmafuzz {

// What host_iommu_attach() tells. Levels count from the table of smallest pages, 0, upwards; top_level is the level of
// the table at root_phys, in every format (AMDv1: mode - 1; x86-64 and VT-d, 4 levels: 3; LPAE: 3 - start level).
struct TableRoot {
  host_table_format format = HOST_TABLE_AMDV1;
  uint64_t root_phys = 0;
  int top_level = 0;
  int va_bits = 48;
};

enum class WalkEnd : uint8_t {
  kMapped,
  kNotMapped,  // an entry on the way is not present, or the address is outside the table's input range
  kMalformed,  // reserved bits, a table outside memory, a misaligned large page: no hardware would take it
};

struct Walk {
  WalkEnd end = WalkEnd::kNotMapped;
  bool readable = false;
  bool writable = false;
  uint8_t level = 0;      // of the last entry looked at
  uint8_t size_log2 = 0;  // of the page, contiguous and encoded sizes included
  uint64_t phys = 0;      // of the address asked for
  uint64_t entry = 0;     // the last entry looked at
};

Walk walk_amdv1(const TableRoot& root, uint64_t iova);
Walk walk_x86_64(const TableRoot& root, uint64_t iova);
Walk walk_vtdss(const TableRoot& root, uint64_t iova);
Walk walk_riscv64(const TableRoot& root, uint64_t iova);
Walk walk_arm_lpae(const TableRoot& root, uint64_t iova);
Walk walk_table(const TableRoot& root, uint64_t iova);

// Shared by the walkers.
namespace table {

constexpr uint64_t bits(unsigned high, unsigned low) {
  return (~uint64_t{0} >> (63 - high)) & (~uint64_t{0} << low);
}
constexpr bool bit(uint64_t word, unsigned n) {
  return word >> n & 1;
}
// 512 entries of 8 bytes a table in each of the formats; bytes that one entry of a level covers, as log2.
constexpr unsigned level_shift(int level) {
  return 12 + 9 * static_cast<unsigned>(level);
}

// One entry. False when the table is not in memory.
bool load(uint64_t table_phys, uint64_t index, uint64_t* entry);

// Bits from va_bits up must repeat the sign bit, or be zero where the format's address is not signed.
constexpr bool canonical(uint64_t iova, int va_bits) {
  if (va_bits >= 64) return true;
  const uint64_t high = iova >> va_bits;
  return high == 0 || (high == (~uint64_t{0} >> va_bits) && bit(iova, static_cast<unsigned>(va_bits) - 1));
}
constexpr bool in_range(uint64_t iova, int va_bits) {
  return va_bits >= 64 || iova >> va_bits == 0;
}

// Index at a level; the root's table may use fewer than 9 bits, or (AMDv1's sixth level) address bits up to 63.
constexpr uint64_t index_at(uint64_t iova, int level, int va_bits) {
  const uint64_t in = va_bits >= 64 ? iova : iova & bits(static_cast<unsigned>(va_bits) - 1, 0);
  return in >> level_shift(level) & 511;
}

}  // namespace table
}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_TABLE_WALK_H_
