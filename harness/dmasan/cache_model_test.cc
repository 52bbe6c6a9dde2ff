// SPDX-License-Identifier: GPL-2.0-only
// The cache model on a bare arena: which copy each side sees, by whole lines.
// host_copy_raw is the harness's; here it is a plain copy, so that this room is tested alone.
#include "dmasan/cache_model.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <string>

extern "C" void host_copy_raw(void* dst, const void* src, unsigned long n) {
  std::memcpy(dst, src, n);
}

namespace dmafuzz {
namespace {

constexpr uint64_t kAt = HOST_BANK_NORMAL_BASE + 0x3000;

class CacheModelTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const Bank& bank : kBanks)
      mmap(phys_to_virt(bank.base), bank.size, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  }
  void SetUp() override {
    cache_.reset();
    cache_.set_active(true);
    cache_.set_line_size(64);
    std::memset(cpu(kAt), 'c', 0x2000);
  }
  void TearDown() override { cache_.reset(); }

  static char* cpu(uint64_t phys) { return static_cast<char*>(phys_to_virt(phys)); }
  std::string device(uint64_t phys, size_t n) {
    std::string out(n, '?');
    cache_.device_read(phys, out.data(), n);
    return out;
  }
  void device_write(uint64_t phys, const std::string& bytes) { cache_.device_write(phys, bytes.data(), bytes.size()); }

  CacheModel& cache_ = cache_model();
};

TEST_F(CacheModelTest, OffMeansOneCopy) {
  cache_.set_active(false);
  EXPECT_EQ(device(kAt, 3), "ccc");
  device_write(kAt + 1, "d");
  EXPECT_EQ(std::string(cpu(kAt), 3), "cdc");
  EXPECT_EQ(cache_.first_difference(kAt, 3), kNoAddress);
}

TEST_F(CacheModelTest, NeverSyncedReadsStale) {
  EXPECT_EQ(device(kAt, 8), "<StaLe>!");
  EXPECT_EQ(device(kAt + 3, 6), "aLe>!<") << "the text follows the address";
  EXPECT_EQ(cache_.first_difference(kAt, 8), kAt);
}

TEST_F(CacheModelTest, SyncForDeviceWritesWholeLinesBack) {
  for (int dir : {DMAF_TO_DEVICE, DMAF_FROM_DEVICE, DMAF_BIDIRECTIONAL}) {
    cache_.reset();
    cache_.set_active(true);
    host_sync_for_device(kAt + 70, 1, dir);
    EXPECT_EQ(device(kAt + 63, 2), "!c");
    EXPECT_EQ(device(kAt + 127, 2), "c<");
  }
}

TEST_F(CacheModelTest, LineSizeIsTheDevices) {
  cache_.set_line_size(128);
  host_sync_for_device(kAt + 130, 1, DMAF_TO_DEVICE);
  EXPECT_EQ(device(kAt + 127, 2), "!c");
  EXPECT_EQ(device(kAt + 255, 2), "c<");
  cache_.set_line_size(32);
  host_sync_for_device(kAt + 0x400, 1, DMAF_TO_DEVICE);
  EXPECT_EQ(device(kAt + 0x41f, 2), "c<");
}

TEST_F(CacheModelTest, WritingBackACleanLineKeepsWhatTheDeviceWrote) {
  host_sync_for_device(kAt, 64, DMAF_FROM_DEVICE);
  device_write(kAt + 4, "dev");
  host_sync_for_device(kAt, 4096, DMAF_FROM_DEVICE);
  EXPECT_EQ(device(kAt + 3, 5), "cdevc") << "the CPU wrote nothing since: its line is clean";
  host_sync_for_cpu(kAt, 64, DMAF_FROM_DEVICE);
  EXPECT_EQ(std::string(cpu(kAt + 3), 5), "cdevc");
}

TEST_F(CacheModelTest, WritingBackADirtyLineLosesWhatTheDeviceWrote) {
  host_sync_for_device(kAt, 64, DMAF_FROM_DEVICE);
  device_write(kAt + 4, "dev");
  *cpu(kAt + 20) = 'w';
  host_sync_for_device(kAt, 64, DMAF_FROM_DEVICE);
  EXPECT_EQ(device(kAt + 3, 5), "ccccc");
  EXPECT_EQ(device(kAt + 20, 1), "w");
}

TEST_F(CacheModelTest, DeviceWritesReachTheCpuOnlyBySync) {
  host_sync_for_device(kAt, 64, DMAF_FROM_DEVICE);
  device_write(kAt + 4, "dev");
  EXPECT_EQ(std::string(cpu(kAt), 8), "cccccccc");
  EXPECT_EQ(cache_.first_difference(kAt, 64), kAt + 4);
  host_sync_for_cpu(kAt, 8, DMAF_TO_DEVICE);
  EXPECT_EQ(std::string(cpu(kAt), 8), "cccccccc") << "to_device is not invalidated";
  host_sync_for_cpu(kAt, 8, DMAF_FROM_DEVICE);
  EXPECT_EQ(std::string(cpu(kAt), 8), "ccccdevc");
  EXPECT_EQ(cache_.first_difference(kAt, 64), kNoAddress);
}

TEST_F(CacheModelTest, SharedLineLosesTheCpusWrite) {
  host_sync_for_device(kAt, 32, DMAF_FROM_DEVICE);
  *cpu(kAt + 40) = 'x';  // a neighbour in the same line
  host_sync_for_cpu(kAt, 32, DMAF_FROM_DEVICE);
  EXPECT_EQ(*cpu(kAt + 40), 'c');
}

TEST_F(CacheModelTest, InvalidateWithoutCleanBringsStaleBytes) {
  host_sync_for_cpu(kAt, 8, DMAF_BIDIRECTIONAL);
  EXPECT_EQ(std::string(cpu(kAt), 8), "<StaLe>!");
  EXPECT_EQ(*cpu(kAt + 64), 'c');
}

TEST_F(CacheModelTest, RangesCrossPages) {
  const uint64_t edge = kAt + 0x1000;
  host_sync_for_device(edge - 64, 128, DMAF_BIDIRECTIONAL);
  device_write(edge - 3, "abcdef");
  EXPECT_EQ(device(edge - 4, 8), "cabcdefc");
  host_sync_for_cpu(edge - 64, 128, DMAF_BIDIRECTIONAL);
  EXPECT_EQ(std::string(cpu(edge - 4), 8), "cabcdefc");
  device_write(edge - 200, std::string(400, 'L'));
  EXPECT_EQ(device(edge - 200, 400), std::string(400, 'L'));
  EXPECT_EQ(device(edge + 200, 2), "<S");
}

TEST_F(CacheModelTest, UncachedPagesAreShared) {
  host_memory_uncached(kAt, 1, 1);
  EXPECT_TRUE(cache_.uncached(kAt + 0xfff));
  EXPECT_EQ(device(kAt, 2), "cc");
  device_write(kAt, "d");
  EXPECT_EQ(*cpu(kAt), 'd');
  host_sync_for_cpu(kAt, 64, DMAF_FROM_DEVICE);
  EXPECT_EQ(*cpu(kAt), 'd');
  host_memory_uncached(kAt, 1, 0);
  *cpu(kAt) = 'e';
  EXPECT_EQ(device(kAt, 2), "dc") << "cached again: DRAM has what was there";
}

TEST_F(CacheModelTest, PrepCoherentCleans) {
  host_dma_prep_coherent(kAt, 4096);
  EXPECT_EQ(device(kAt + 4095, 1), "c");
}

TEST_F(CacheModelTest, ResetForgetsTheInputAndKeepsBoot) {
  host_memory_uncached(kAt + 0x1000, 4096, 1);
  cache_.snapshot();
  cache_.set_active(true);
  host_sync_for_device(kAt, 64, DMAF_TO_DEVICE);
  host_memory_uncached(kAt, 4096, 1);
  host_memory_uncached(kAt + 0x1000, 4096, 0);
  cache_.reset();
  EXPECT_FALSE(cache_.active());
  cache_.set_active(true);
  EXPECT_EQ(device(kAt, 8), "<StaLe>!");
  EXPECT_FALSE(cache_.uncached(kAt));
  EXPECT_TRUE(cache_.uncached(kAt + 0x1000));
  host_memory_uncached(kAt + 0x1000, 4096, 0);
  cache_.snapshot();
}

TEST_F(CacheModelTest, WhatIsNoMemoryIsPassedOver) {
  host_sync_for_device(HOST_RESOURCE_BASE, 4096, DMAF_BIDIRECTIONAL);
  host_sync_for_cpu(HOST_RESOURCE_BASE, 4096, DMAF_BIDIRECTIONAL);
  EXPECT_EQ(cache_.first_difference(HOST_RESOURCE_BASE, 64), kNoAddress);
}

TEST_F(CacheModelTest, ResetComesBackToWhatDramHeldAtTheSnapshot) {
  cache_.set_active(true);
  host_sync_for_device(kAt, 64, DMAF_TO_DEVICE);
  const std::string was = device(kAt, 64);
  ASSERT_NE(was.substr(0, 8), "<StaLe>!");
  cache_.snapshot();
  for (int round = 0; round < 2; ++round) {
    cache_.device_write(kAt + 3, "xyz", 3);
    cache_.device_write(kAt + 0x2000, "xyz", 3);
    EXPECT_EQ(device(kAt + 3, 3), "xyz");
    cache_.reset();
    cache_.set_active(true);
    EXPECT_EQ(device(kAt, 64), was);
    EXPECT_EQ(device(kAt + 0x2000, 8), "<StaLe>!");
    EXPECT_EQ(device(kAt + 64, 8), "<StaLe>!");
  }
  cache_.reset();
}

}  // namespace
}  // namespace dmafuzz
