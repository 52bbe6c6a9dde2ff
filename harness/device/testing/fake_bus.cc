// SPDX-License-Identifier: GPL-2.0-only
// A machine for the tests of this room.
#include "device/testing/fake_bus.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace dmafuzz::testing {

FakeBus fake_bus;

void map_arena() {
  static const bool once = [] {
    for (const Bank& bank : kBanks) {
      void* want = phys_to_virt(bank.base);
      if (mmap(want, bank.size, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != want)
        std::abort();
    }
    return true;
  }();
  (void)once;
}

uint64_t TablePages::take() {
  const uint64_t phys = HOST_BANK_DMA32_BASE + 0x100000 + kPageSize * used_++;
  std::memset(at(phys), 0, kPageSize);
  return phys;
}

void put(uint64_t table, unsigned index, uint64_t entry) {
  std::memcpy(at(table + index * 8), &entry, 8);
}

}  // namespace dmafuzz::testing

extern "C" {

void host_copy_raw(void* dst, const void* src, unsigned long n) {
  std::memcpy(dst, src, n);
}

unsigned long long kernel_bus_to_phys(void*, unsigned long long dma) {
  const auto& bus = dmafuzz::testing::fake_bus;
  return dma > bus.limit ? ~0ull : dma + bus.offset;
}

}  // extern "C"
