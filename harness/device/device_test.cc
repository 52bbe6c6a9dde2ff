// SPDX-License-Identifier: GPL-2.0-only
// The device's accesses: bridge and mask, IOMMU and IOTLB, segments, and which copy of memory it sees.
#include "device/device.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "device/testing/fake_bus.h"
#include "dmasan/cache_model.h"

namespace dmafuzz {
namespace {

using testing::at;
using testing::put;

constexpr uint64_t kPhys = HOST_BANK_NORMAL_BASE + 0x10000;

class DeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::map_arena();
    testing::fake_bus = {};
    cache_model().reset();
    open(DMAF_PATH_DIRECT);
    std::memset(at(kPhys), '.', 0x4000);
  }
  void TearDown() override {
    device_.set_observer(nullptr, nullptr);
    device_.close();
    cache_model().reset();
  }

  void open(dmaf_path path, unsigned mask_bits = 64) {
    dmaf_config config{};
    config.path = static_cast<dmaf_u8>(path);
    config.mask_bits = config.coherent_mask_bits = static_cast<dmaf_u8>(mask_bits);
    device_.close();
    device_.open(nullptr, config);
  }
  AccessResult write(uint64_t dma, const std::string& text) { return device_.write(dma, text.data(), text.size()); }
  AccessResult read(uint64_t dma, size_t n) {
    text_.assign(n, '?');
    return device_.read(dma, text_.data(), n);
  }
  void expect(const AccessResult& result, AccessError error, uint64_t address, size_t done) {
    EXPECT_EQ(result.error, error) << access_error_name(result.error);
    EXPECT_EQ(result.address, address);
    EXPECT_EQ(result.done, done);
  }

  // A two-level AMD table: pages at iova 0x1000 .. of table_.
  void attach() {
    open(DMAF_PATH_IOMMU);
    pages_.rewind();
    const uint64_t top = pages_.take();
    table_ = pages_.take();
    put(top, 0, table_ | 1 | uint64_t{1} << 9 | uint64_t{3} << 61);
    host_iommu_attach(HOST_TABLE_AMDV1, top, 1, 64);
  }
  void map(unsigned page, uint64_t phys, uint64_t permissions = 3) { put(table_, page, phys | 1 | permissions << 61); }

  Device& device_ = device();
  testing::TablePages pages_;
  uint64_t table_ = 0;
  std::string text_;
};

TEST_F(DeviceTest, DirectAccessCrossesPages) {
  EXPECT_TRUE(write(kPhys + 0xffe, "abcd").ok());
  EXPECT_EQ(std::string(at(kPhys + 0xffd), 6), ".abcd.");
  EXPECT_TRUE(read(kPhys + 0xfff, 2).ok());
  EXPECT_EQ(text_, "bc");
}

TEST_F(DeviceTest, BridgeOffsetAndWindow) {
  testing::fake_bus = {HOST_BANK_NORMAL_BASE, 0x11fff};
  EXPECT_TRUE(write(0x10000, "x").ok());
  EXPECT_EQ(*at(kPhys), 'x');
  expect(read(0x11ff0, 0x20), AccessError::kNotDecoded, 0x12000, 0x10);
}

TEST_F(DeviceTest, HolesAreNotDecodedAndWindowsRead) {
  expect(read(0x40000000, 4), AccessError::kNotDecoded, 0x40000000, 0);
  EXPECT_TRUE(read(HOST_RESOURCE_BASE, 2).ok());
  EXPECT_EQ(text_, "\xff\xff");
  EXPECT_TRUE(write(HOST_RESOURCE_BASE, "ab").ok());
  const uint64_t end = HOST_BANK_NORMAL_BASE + HOST_BANK_NORMAL_SIZE;
  expect(write(end - 2, "abcd"), AccessError::kNotDecoded, end, 2);
}

TEST_F(DeviceTest, MaskIsToTheByte) {
  open(DMAF_PATH_DIRECT, 32);
  expect(write(kPhys, "a"), AccessError::kMaskExceeded, kPhys, 0);
  const uint64_t last = HOST_BANK_DMA32_BASE + HOST_BANK_DMA32_SIZE - 1;
  device_.set_mask(last - 2);
  std::memset(at(last - 3), '.', 4);
  expect(write(last - 3, "abcd"), AccessError::kMaskExceeded, last - 1, 2);
  EXPECT_EQ(std::string(at(last - 3), 4), "ab..");
  device_.set_mask(~uint64_t{0});
  const AccessResult wraps = read(~uint64_t{0} - 1, 4);
  EXPECT_FALSE(wraps.ok());
}

TEST_F(DeviceTest, IommuTranslatesAndProtects) {
  attach();
  map(1, kPhys + 0x1000);
  map(2, kPhys);
  map(3, kPhys, 1);  // read only
  map(4, kPhys, 2);  // write only
  EXPECT_TRUE(write(0x1ffe, "abcd").ok());
  EXPECT_EQ(std::string(at(kPhys + 0x1ffe), 2), "ab");
  EXPECT_EQ(std::string(at(kPhys), 2), "cd");
  EXPECT_TRUE(read(0x3000, 2).ok());
  EXPECT_EQ(text_, "cd");
  expect(write(0x3004, "x"), AccessError::kPermission, 0x3004, 0);
  expect(read(0x4004, 1), AccessError::kPermission, 0x4004, 0);
  expect(write(0x4ffe, "abcd"), AccessError::kNotMapped, 0x5000, 2);
  EXPECT_EQ(device_.peek(0x1004), kPhys + 0x1004);
  EXPECT_EQ(device_.peek(0x9000), kNoAddress);
}

TEST_F(DeviceTest, IommuWithoutATableLetsNothingThrough) {
  open(DMAF_PATH_IOMMU_LAZY);
  expect(read(kPhys, 1), AccessError::kNotMapped, kPhys, 0);
}

TEST_F(DeviceTest, BadTableIsSaid) {
  attach();
  put(table_, 1, kPhys | 1 | uint64_t{4} << 9 | uint64_t{3} << 61);
  expect(read(0x1000, 1), AccessError::kBadTable, 0x1000, 0);
}

TEST_F(DeviceTest, StaleIotlbEntryIsFollowedAndReported) {
  attach();
  map(1, kPhys);
  EXPECT_TRUE(read(0x1000, 1).ok());
  put(table_, 1, 0);
  expect(write(0x1010, "late"), AccessError::kStaleIotlb, 0x1010, 4);
  EXPECT_EQ(std::string(at(kPhys + 0x10), 4), "late") << "hardware does not know better";
  host_iotlb_flush(0x1000, 0x1fff);
  expect(write(0x1010, "gone"), AccessError::kNotMapped, 0x1010, 0);
}

TEST_F(DeviceTest, StaleWhenThePageMovedOrLostPermission) {
  attach();
  map(1, kPhys);
  map(2, kPhys + 0x2000);
  EXPECT_TRUE(write(0x1000, "a").ok());
  EXPECT_TRUE(write(0x2000, "a").ok());
  map(1, kPhys + 0x1000);
  map(2, kPhys + 0x2000, 1);
  expect(read(0x1000, 1), AccessError::kStaleIotlb, 0x1000, 1);
  expect(write(0x2000, "b"), AccessError::kStaleIotlb, 0x2000, 1);
  EXPECT_TRUE(read(0x2000, 1).ok()) << "reading is still allowed";
  host_iotlb_flush_all();
  EXPECT_TRUE(read(0x1000, 1).ok());
  expect(write(0x2000, "b"), AccessError::kPermission, 0x2000, 0);
}

TEST_F(DeviceTest, GainedPermissionNeedsNoFlush) {
  attach();
  map(1, kPhys, 1);
  EXPECT_TRUE(read(0x1000, 1).ok());
  map(1, kPhys, 3);
  EXPECT_TRUE(write(0x1000, "a").ok());
}

TEST_F(DeviceTest, DetachForgetsTranslations) {
  attach();
  map(1, kPhys);
  EXPECT_TRUE(read(0x1000, 1).ok());
  host_iommu_detach();
  expect(read(0x1000, 1), AccessError::kNotMapped, 0x1000, 0);
}

TEST_F(DeviceTest, Segments) {
  const std::vector<dmaf_segment> segments = {{kPhys, 4}, {kPhys + 0x1000, 0}, {kPhys + 0x2000, 4}};
  EXPECT_TRUE(device_.write(segments, 2, "abcd", 4).ok());
  EXPECT_EQ(std::string(at(kPhys), 5), "..ab.");
  EXPECT_EQ(std::string(at(kPhys + 0x2000), 5), "cd...");
  char got[4];
  EXPECT_TRUE(device_.read(segments, 3, got, 2).ok());
  EXPECT_EQ(std::string(got, 2), "bc");
  expect(device_.write(segments, 6, "xyz", 3), AccessError::kOutOfBounds, 8, 2);
  expect(device_.read(segments, 9, got, 1), AccessError::kOutOfBounds, 9, 0);
  EXPECT_TRUE(device_.read(segments, 8, got, 0).ok());
}

TEST_F(DeviceTest, SegmentFaultNamesTheDmaAddress) {
  const std::vector<dmaf_segment> segments = {{kPhys, 4}, {0x40000000, 4}};
  expect(device_.write(segments, 0, "abcdefgh", 8), AccessError::kNotDecoded, 0x40000000, 4);
}

TEST_F(DeviceTest, NonCoherentDeviceSeesDram) {
  cache_model().set_active(true);
  host_sync_for_device(kPhys, 64, DMAF_BIDIRECTIONAL);
  EXPECT_TRUE(write(kPhys, "dev").ok());
  EXPECT_EQ(std::string(at(kPhys), 3), "...");
  EXPECT_TRUE(read(kPhys, 4).ok());
  EXPECT_EQ(text_, "dev.");
  host_sync_for_cpu(kPhys, 64, DMAF_BIDIRECTIONAL);
  EXPECT_EQ(std::string(at(kPhys), 4), "dev.");
}

TEST_F(DeviceTest, ObserverSeesEachPieceBeforeItMoves) {
  struct Seen {
    std::vector<uint64_t> dma;
    bool before = true;
  } seen;
  device_.set_observer(
      [](void* context, uint64_t dma, uint64_t phys, size_t, bool write) {
        auto* s = static_cast<Seen*>(context);
        s->dma.push_back(dma);
        s->before = s->before && write && *at(phys) == '.';
      },
      &seen);
  EXPECT_TRUE(write(kPhys + 0xfff, "ab").ok());
  EXPECT_EQ(seen.dma, (std::vector<uint64_t>{kPhys + 0xfff, kPhys + 0x1000}));
  EXPECT_TRUE(seen.before);
}

}  // namespace
}  // namespace dmafuzz
