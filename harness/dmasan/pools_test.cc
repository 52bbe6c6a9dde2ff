// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/pools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "backend/backend.h"
#include "dmasan/dmasan.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> g_fired, g_said;
std::vector<size_t> g_stacks;
int g_dev, g_other, g_pool, g_pool_too;
constexpr uint64_t kDma = 0x40000, kCpu = 0x7000, kPage = 4096;
constexpr uint64_t kSize = 100, kRoom = 112;  // blocks of 100 bytes, aligned to 16

// Blocks 0, 1, ... of pools whose memory is one page each.
class PoolsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    g_fired.clear();
    g_said.clear();
    g_stacks.clear();
    san_.set_report([](const Violation& v) {
      g_fired.emplace_back(check_info(v.check).id);
      g_said.push_back(v.what);
      g_stacks.push_back(v.stacks.size());
    });
    san_.pool_create(&g_pool, &g_dev, kSize);
  }
  static uint64_t dma(unsigned block) { return kDma + block * kRoom; }
  static uint64_t cpu(unsigned block) { return kCpu + block * kRoom; }

  void memory(uint64_t at = kDma, const void* dev = &g_dev) {
    Mapping m;
    m.dev = dev;
    m.dma = at;
    m.size = kPage;
    m.cpu = kCpu + (at - kDma);
    m.kind = MapKind::kCoherent;
    m.checked = true;
    san_.map(m, __builtin_frame_address(0));
  }
  void memory_back(uint64_t at = kDma) {
    san_.free(&g_dev, at, kPage, kCpu + (at - kDma), MapKind::kCoherent, 0, __builtin_frame_address(0));
  }
  void alloc(unsigned block, const void* pool = &g_pool) {
    san_.pool_alloc(pool, cpu(block), dma(block), __builtin_frame_address(0));
  }
  void free(unsigned block, const void* pool = &g_pool) { free_at(cpu(block), dma(block), pool); }
  void free_at(uint64_t cpu, uint64_t dma, const void* pool = &g_pool) {
    san_.pool_free(pool, cpu, dma, __builtin_frame_address(0));
  }
  void access(uint64_t at, size_t n, bool write = false) { san_.device_access(&g_dev, at, n, write); }

  DmaSan san_;
};

TEST_F(PoolsTest, LawfulLivesAreSilent) {
  memory();
  for (unsigned i = 0; i < 8; ++i) alloc(i);
  for (unsigned i = 0; i < 8; ++i) access(dma(i), kSize, i & 1);
  access(dma(3) + 99, 1);
  for (unsigned i = 8; i; --i) free(i - 1);
  alloc(3);
  access(dma(3), kSize);
  free(3);
  memory_back();
  san_.pool_destroy(&g_pool);
  san_.unbound(&g_dev);
  san_.check_leaks();
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST_F(PoolsTest, MemoryOfPoolsThatNobodyToldOfIsMemory) {
  memory();
  alloc(0, &g_pool_too);
  access(kDma, kPage);
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST_F(PoolsTest, DeviceTouchesAFreeBlock) {
  memory();
  alloc(0);
  alloc(1);
  alloc(2);
  free(1);
  access(dma(1), 4);
  access(dma(1) + 99, 1, true);
  EXPECT_THAT(g_fired, ElementsAre("device-access-after-unmap", "device-access-after-unmap"));
  EXPECT_THAT(g_said[0], HasSubstr("reads 0x40070: the pool's block 0x40070..0x400d4 is free"));
  EXPECT_THAT(g_said[1], HasSubstr("writes 0x400d3"));
  // Who had it, and who gave it back.
  EXPECT_EQ(g_stacks[0], 2u);
}

TEST_F(PoolsTest, DeviceTouchesWhatIsNoBlock) {
  memory();
  access(kDma + 8, 4);  // nobody knows yet that it is a pool's
  alloc(1);
  access(dma(0), 4);
  access(dma(1) + 2 * kSize, 4);
  free(1);
  access(dma(1) + kSize, 4);
  EXPECT_THAT(g_fired, ElementsAre("device-access-unmapped", "device-access-unmapped", "device-access-unmapped"));
  EXPECT_THAT(g_said[0], HasSubstr("is a pool's memory and no block in use"));
}

TEST_F(PoolsTest, DeviceGoesBeyondItsBlock) {
  memory();
  alloc(0);
  alloc(1);
  access(dma(0), kSize + 1);
  access(dma(0) + kSize, 1);
  access(dma(1) + 2 * kSize - 1, 1);
  // Into the next block, which is in use: no part of this one.
  access(dma(0) + kSize - 1, 20);
  EXPECT_THAT(g_fired, ElementsAre("device-access-out-of-bounds", "device-access-out-of-bounds",
                                   "device-access-out-of-bounds", "device-access-out-of-bounds"));
  EXPECT_THAT(g_said[0], HasSubstr("101 bytes at 0x40000, beyond the end of"));
  EXPECT_THAT(g_said[1], HasSubstr("0 bytes past"));
  EXPECT_THAT(g_said[2], HasSubstr("99 bytes past"));
  EXPECT_EQ(g_stacks[0], 1u);
}

TEST_F(PoolsTest, SmallBlocksHaveRoomAroundThem) {
  san_.pool_create(&g_pool_too, &g_dev, 1);
  memory();
  alloc(0, &g_pool_too);
  access(kDma, 1);
  access(kDma + 16, 1);
  access(kDma + 17, 1);
  EXPECT_THAT(g_fired, ElementsAre("device-access-out-of-bounds", "device-access-unmapped"));
}

TEST_F(PoolsTest, DeviceGoesBeyondTheLastBlockOfItsMemory) {
  memory();
  memory(kDma + kPage);
  const uint64_t last = kDma + kPage - kSize;
  san_.pool_alloc(&g_pool, kCpu + kPage - kSize, last, __builtin_frame_address(0));
  access(last, kSize + 4);
  EXPECT_THAT(g_fired, ElementsAre("device-access-out-of-bounds"));
}

TEST_F(PoolsTest, MemoryThatWentIsNoPoolsAnyMore) {
  memory();
  alloc(0);
  free(0);
  memory_back();
  access(dma(0), 4);
  // The same memory, for somebody else.
  memory();
  access(dma(0), kPage);
  EXPECT_THAT(g_fired, ElementsAre("device-access-after-unmap"));
}

TEST_F(PoolsTest, MemoryGoesWithItsBlocksOnly) {
  memory();
  memory(kDma + kPage);
  alloc(0);
  const uint64_t there = kDma + kPage;
  san_.pool_alloc(&g_pool, kCpu + kPage, there, __builtin_frame_address(0));
  free(0);
  memory_back();
  access(there, kSize);
  EXPECT_THAT(g_fired, IsEmpty());
  free_at(kCpu + kPage, there);
  free(0);
  EXPECT_THAT(g_fired, ElementsAre("free-coherent-mismatch"));
}

TEST_F(PoolsTest, GivenBackTwice) {
  memory();
  alloc(0);
  free(0);
  free(0);
  EXPECT_THAT(g_fired, ElementsAre("free-coherent-mismatch"));
  EXPECT_THAT(g_said[0], HasSubstr("is given back, and is free"));
  EXPECT_EQ(g_stacks[0], 2u);
}

TEST_F(PoolsTest, GivenBackToAnotherPool) {
  san_.pool_create(&g_pool_too, &g_dev, kSize);
  memory();
  alloc(0);
  free(0, &g_pool_too);
  EXPECT_THAT(g_fired, ElementsAre("free-coherent-mismatch"));
  EXPECT_THAT(g_said[0], HasSubstr("is given back to another pool"));
  // It is still in use.
  access(dma(0), kSize);
  free(0);
  EXPECT_EQ(g_fired.size(), 1u);
}

TEST_F(PoolsTest, ABlockOfAnotherDeviceIsNotTaken) {
  san_.pool_create(&g_pool_too, &g_other, kSize);
  memory(kDma, &g_other);
  alloc(0, &g_pool_too);
  free(0);
  EXPECT_THAT(g_fired, ElementsAre("free-coherent-mismatch"));
  EXPECT_THAT(g_said[0], HasSubstr("no block of it starts there"));
}

TEST_F(PoolsTest, GivenBackAtAnAddressThatIsNone) {
  memory();
  alloc(0);
  free_at(cpu(0), dma(0) + 16);
  free_at(cpu(0) + 16, dma(0));
  EXPECT_THAT(g_fired, ElementsAre("free-coherent-mismatch", "free-coherent-mismatch"));
  EXPECT_THAT(g_said[0], HasSubstr("0x40010 is given back to a pool, and no block of it starts there"));
  EXPECT_THAT(g_said[1], HasSubstr("with CPU address 0x7010, not 0x7000"));
}

TEST_F(PoolsTest, GivenBackToNoPool) {
  memory();
  alloc(0);
  free(0, &g_pool_too);
  EXPECT_THAT(g_fired, ElementsAre("free-coherent-mismatch"));
  EXPECT_THAT(g_said[0], HasSubstr("a pool that is none"));
}

TEST_F(PoolsTest, DestroyedWithABlock) {
  memory();
  alloc(2);
  alloc(1);
  alloc(0);
  free(0);
  san_.pool_destroy(&g_pool);
  EXPECT_THAT(g_fired, ElementsAre("pool-leak"));
  EXPECT_THAT(g_said[0], HasSubstr("2 of a pool's blocks of 100 bytes, the first at 0x40070, are in use when it is"));
  EXPECT_EQ(g_stacks[0], 1u);
  // Once: its memory stays with the block, and is said with it.
  san_.pool_destroy(&g_pool);
  san_.unbound(&g_dev);
  EXPECT_EQ(g_fired.size(), 1u);
}

TEST_F(PoolsTest, WhatIsNoPoolIsNotDestroyed) {
  memory();
  alloc(0);
  san_.pool_destroy(nullptr);
  san_.pool_destroy(&g_pool_too);
  free(0);
  memory_back();
  san_.pool_destroy(&g_pool);
  san_.pool_destroy(nullptr);
  EXPECT_THAT(g_fired, IsEmpty());
}

// A pool that went with a block in use keeps its memory, and with it its number.
TEST_F(PoolsTest, TheNextPoolIsAnother) {
  memory();
  alloc(0);
  san_.pool_destroy(&g_pool);
  san_.pool_create(&g_pool, &g_dev, 16);
  access(dma(0), kSize);
  EXPECT_THAT(g_fired, ElementsAre("pool-leak"));
  free(0);
  EXPECT_THAT(g_fired, ElementsAre("pool-leak", "free-coherent-mismatch"));
}

TEST_F(PoolsTest, WhatIsOffIsNotReported) {
  memory();
  alloc(0);
  for (const Check check : {Check::kPoolLeak, Check::kFreeMismatch, Check::kDeviceBounds}) san_.enable(check, false);
  free_at(cpu(0), dma(0) + 16);
  access(dma(0), kSize + 1);
  san_.pool_destroy(&g_pool);
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST_F(PoolsTest, ResetForgets) {
  memory();
  alloc(0);
  san_.reset();
  san_.check_leaks();
  EXPECT_THAT(g_fired, IsEmpty());
  san_.pool_create(&g_pool, &g_dev, kSize);
  memory();
  alloc(1);
  access(dma(0), 1);
  EXPECT_THAT(g_fired, ElementsAre("device-access-unmapped"));
}

}  // namespace
}  // namespace dmafuzz
