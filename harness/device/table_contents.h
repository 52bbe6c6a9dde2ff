// SPDX-License-Identifier: GPL-2.0-only
// What an I/O page table consists of, and whether anything is still mapped by it. Much faster than asking the code that
// built it to tear it down, and independent of that code.
#ifndef DMAFUZZ_DEVICE_TABLE_CONTENTS_H_
#define DMAFUZZ_DEVICE_TABLE_CONTENTS_H_

#include <cstdint>
#include <vector>

#include "device/table_walk.h"

namespace dmafuzz {

struct TableContents {
  std::vector<uint32_t> frames;     // the root's first, each once for each entry that leads to it
  unsigned mapped = 0;              // entries that map something
  uint64_t first_mapped_entry = 0;  // the first of them, as it stands in the table
};

// Fills in `out` (what it held is dropped, its room kept). Entries that lead out of memory are left out. Formats that
// domains of programs have: HOST_TABLE_AMDV1 and HOST_TABLE_ARM_LPAE; false for any other.
bool list_table(const TableRoot& root, TableContents& out);

}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_TABLE_CONTENTS_H_
