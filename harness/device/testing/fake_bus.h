// SPDX-License-Identifier: GPL-2.0-only
// A machine for the tests of this room: a bare arena, a bridge with a window, and pages to build tables in.
// It defines the functions of the seam that shims and memory implement elsewhere.
#ifndef DMAFUZZ_DEVICE_TESTING_FAKE_BUS_H_
#define DMAFUZZ_DEVICE_TESTING_FAKE_BUS_H_

#include <cstdint>

#include "memory/arena.h"

namespace dmafuzz::testing {

// What the fake kernel_bus_to_phys() does: DMA address = physical address - offset, below `limit` only.
struct FakeBus {
  uint64_t offset = 0;
  uint64_t limit = ~uint64_t{0};
};
extern FakeBus fake_bus;

// Maps the banks at their place, once.
void map_arena();

inline char* at(uint64_t phys) {
  return static_cast<char*>(phys_to_virt(phys));
}

// Zeroed pages, one after the other from the DMA32 bank; rewind() starts over.
class TablePages {
 public:
  uint64_t take();
  void rewind() { used_ = 0; }

 private:
  unsigned used_ = 0;
};

void put(uint64_t table, unsigned index, uint64_t entry);

}  // namespace dmafuzz::testing

#endif  // DMAFUZZ_DEVICE_TESTING_FAKE_BUS_H_
