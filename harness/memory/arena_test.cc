// SPDX-License-Identifier: GPL-2.0-only
//
// The arena: address arithmetic at the edges of the banks, the memfd behind them,
// and the device's view of them.
#include "memory/arena.h"

#include <unistd.h>

#include <cstring>

#include "memory/testing/fake_host.h"

namespace dmafuzz {
namespace {

TEST(Arena, FramesAndAddressesRoundTrip) {
  EXPECT_EQ(kFrames, (4u + 32 + 32) * 256);
  for (const Bank& bank : kBanks) {
    for (uint64_t phys : {bank.base, bank.base + bank.size - 1}) {
      EXPECT_EQ(bank_of(phys), &bank);
      uint32_t frame = frame_of_phys(phys);
      ASSERT_NE(frame, kNoFrame);
      EXPECT_EQ(phys_of_frame(frame), phys & ~0xfffull);
      EXPECT_EQ(frame_of_address(phys_to_virt(phys)), frame);
      EXPECT_EQ(virt_to_phys(phys_to_virt(phys)), phys);
      EXPECT_EQ(kBanks[bank_index_of_frame(frame)].zone, bank.zone);
      EXPECT_TRUE(host_pfn_valid(phys >> 12));
    }
    for (uint64_t phys : {bank.base - 1, bank.base + bank.size}) {
      if (bank.zone == HOST_ZONE_NORMAL && phys < bank.base) continue;
      EXPECT_EQ(bank_of(phys), nullptr) << std::hex << phys;
      EXPECT_EQ(frame_of_phys(phys), kNoFrame);
      EXPECT_FALSE(host_pfn_valid(phys >> 12));
    }
  }
  EXPECT_EQ(frame_of_phys(0), kNoFrame);
  EXPECT_EQ(frame_of_phys(HOST_RESOURCE_BASE), kNoFrame);
  EXPECT_EQ(frame_of_phys(~0ull), kNoFrame);
  EXPECT_EQ(frame_of_address(nullptr), kNoFrame);
}

TEST_F(MemoryTest, FreshMemoryIsPoisonedAndZero) {
  for (const Bank& bank : kBanks) {
    auto* p = static_cast<char*>(phys_to_virt(bank.base));
    EXPECT_EQ(poisoned(p, 64), "0..64");
    EXPECT_EQ(poisoned(p + bank.size - 64, 64), "0..64");
    EXPECT_EQ(bytes_at(p, 64), std::vector<uint8_t>(64, 0));
  }
  EXPECT_DEATH(*static_cast<volatile char*>(phys_to_virt(HOST_BANK_NORMAL_BASE)), "heap-buffer-overflow");
}

TEST_F(MemoryTest, TheFileHoldsTheSameBytes) {
  long pfn = host_pages_alloc(0, HOST_ZONE_DMA32, HOST_ALLOC_ZERO);
  ASSERT_GE(pfn, 0);
  uint64_t phys = (static_cast<uint64_t>(pfn) << 12) + 100, offset = 0;
  strcpy(static_cast<char*>(phys_to_virt(phys)), "hello");
  ASSERT_TRUE(Arena::file_offset(phys, &offset));
  char text[6] = {};
  ASSERT_EQ(pread(m.arena().fd(), text, 6, static_cast<off_t>(offset)), 6);
  EXPECT_STREQ(text, "hello");
  EXPECT_FALSE(Arena::file_offset(0x1000, &offset));
}

TEST_F(MemoryTest, DeviceAccessGoesByBanksAlone) {
  char text[8] = "device!";
  char back[8] = {};
  // Unallocated memory: no ownership here.
  uint64_t last = HOST_BANK_DMA_BASE + HOST_BANK_DMA_SIZE - 8;
  EXPECT_TRUE(m.device_write(last, text, 8));
  EXPECT_TRUE(m.device_read(last, back, 8));
  EXPECT_STREQ(back, text);
  EXPECT_FALSE(m.device_write(last + 1, text, 8));
  EXPECT_FALSE(m.device_read(last + 1, back, 8));
  EXPECT_FALSE(m.device_read(0, back, 1));
  EXPECT_FALSE(m.device_read(HOST_BANK_NORMAL_BASE - 1, back, 1));
  EXPECT_TRUE(m.device_read(last, back, 0));
  EXPECT_FALSE(m.device_read(last, back, ~size_t{0}));
}

TEST_F(MemoryTest, ReservedAddressSpaceIsZeroAndFixed) {
  constexpr unsigned long kAt = 0x230000000000UL;
  auto* p = static_cast<char*>(host_reserve(kAt, 1ul << 34));
  EXPECT_EQ(reinterpret_cast<unsigned long>(p), kAt);
  EXPECT_EQ(p[(1ul << 34) - 1], 0);
  p[12345] = 1;
  EXPECT_DEATH(host_reserve(kAt + 4096, 4096), "panic: memory: the address range .* is taken");
}

}  // namespace
}  // namespace dmafuzz
