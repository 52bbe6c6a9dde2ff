// SPDX-License-Identifier: GPL-2.0-only
// Each check fires on its mistake, once, and stays silent on the lawful twin.
#include "dmasan/dmasan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "backend/backend.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string_view> g_fired;
int g_dev, g_other;
constexpr uint64_t kDma = 0x12340;

class DmaSanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    g_fired.clear();
    san_.set_report([](const Violation& v) { g_fired.push_back(check_info(v.check).id); });
  }
  void map(MapKind kind = MapKind::kPhys, unsigned dir = DMAF_TO_DEVICE, uint64_t dma = kDma, bool checked = true) {
    Mapping m;
    m.dev = &g_dev;
    m.dma = dma;
    m.size = 256;
    m.cpu = kind == MapKind::kCoherent ? 0x1000 : 0;
    m.kind = kind;
    m.dir = static_cast<uint8_t>(dir);
    m.checked = checked;
    san_.map(m, __builtin_frame_address(0));
  }
  void unmap(uint64_t dma = kDma, uint64_t size = 256, unsigned dir = DMAF_TO_DEVICE, MapKind kind = MapKind::kPhys,
             const void* dev = &g_dev) {
    san_.unmap(dev, dma, size, dir, 0, kind, __builtin_frame_address(0));
  }
  void free(uint64_t size = 256, uint64_t cpu = 0x1000, MapKind kind = MapKind::kCoherent, unsigned dir = 0) {
    san_.free(&g_dev, kDma, size, cpu, kind, dir, __builtin_frame_address(0));
  }
  void list(uint32_t entries, uint32_t segments) {
    for (uint32_t i = 0; i < segments; ++i) {
      Mapping m;
      m.dev = &g_dev;
      m.dma = kDma + i * 0x1000;
      m.size = 256;
      m.kind = MapKind::kSg;
      m.dir = DMAF_TO_DEVICE;
      m.checked = true;
      m.entries = i ? 0 : entries;
      m.segments = i ? 0 : segments;
      san_.map(m, __builtin_frame_address(0));
    }
  }

  DmaSan san_;
};

TEST_F(DmaSanTest, WhatIsOffIsNotReported) {
  san_.enable(Check::kUnmapNotMapped, false);
  unmap();
  EXPECT_THAT(g_fired, IsEmpty());
  san_.enable(Check::kUnmapNotMapped, true);
  unmap();
  EXPECT_THAT(g_fired, ElementsAre("unmap-not-mapped"));
}

TEST_F(DmaSanTest, WhatIsDeafKeepsNothingAndSaysNothing) {
  san_.set_deaf(true);
  map();
  map(MapKind::kCoherent);
  san_.pool_create(&g_dev, &g_dev, 64);
  EXPECT_EQ(san_.registry().live(), 0u);
  unmap();
  free();
  san_.free_by_cpu(&g_dev, 0x1000, __builtin_frame_address(0));
  san_.unmap_segment(&g_dev, kDma, DMAF_TO_DEVICE, 0, 5, __builtin_frame_address(0));
  san_.sync(&g_dev, kDma, 256, DMAF_TO_DEVICE, true, __builtin_frame_address(0));
  san_.device_access(&g_dev, kDma, 256, true);
  san_.map_memory(nullptr, 256);
  san_.pool_free(&g_dev, 0x1000, kDma, __builtin_frame_address(0));
  san_.unbound(&g_dev);
  san_.check_leaks();
  EXPECT_THAT(g_fired, IsEmpty());
}

// Memory of a device's own is given back by its CPU address alone.
TEST_F(DmaSanTest, OwnMemoryIsFreedOnce) {
  map(MapKind::kCoherent);
  san_.free_by_cpu(&g_dev, 0x1000, __builtin_frame_address(0));
  EXPECT_THAT(g_fired, IsEmpty());
  EXPECT_EQ(san_.registry().live(), 0u);
  san_.free_by_cpu(&g_dev, 0x1000, __builtin_frame_address(0));
  EXPECT_THAT(g_fired, ElementsAre("free-coherent-mismatch"));
}

TEST_F(DmaSanTest, LawfulLivesAreSilent) {
  map();
  san_.sync(&g_dev, kDma + 8, 248, DMAF_TO_DEVICE, true, __builtin_frame_address(0));
  san_.sync(&g_dev, kDma, 256, DMAF_TO_DEVICE, false, __builtin_frame_address(0));
  san_.device_access(&g_dev, kDma, 256, false);
  unmap();
  map(MapKind::kPhys, DMAF_BIDIRECTIONAL, kDma, false);
  san_.mapping_error(&g_dev, kDma);
  san_.sync(&g_dev, kDma, 1, DMAF_FROM_DEVICE, true, __builtin_frame_address(0));
  san_.device_access(&g_dev, kDma, 256, true);
  san_.device_access(&g_dev, kDma, 256, false);
  unmap(kDma, 256, DMAF_BIDIRECTIONAL);
  map(MapKind::kCoherent, DMAF_BIDIRECTIONAL);
  san_.device_access(&g_dev, kDma, 256, true);
  free();
  list(5, 2);
  ASSERT_EQ(san_.segments_of(&g_dev, kDma), 2u);
  san_.unmap_segment(&g_dev, kDma, DMAF_TO_DEVICE, 0, 5, __builtin_frame_address(0));
  san_.unmap_segment(&g_dev, kDma + 0x1000, DMAF_TO_DEVICE, 0, 0, __builtin_frame_address(0));
  san_.check_leaks();
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST_F(DmaSanTest, TwoMappingsOfOneAddressAreToldApart) {
  map(MapKind::kPhys, DMAF_TO_DEVICE);
  map(MapKind::kPhys, DMAF_FROM_DEVICE);
  unmap(kDma, 256, DMAF_TO_DEVICE);
  unmap(kDma, 256, DMAF_FROM_DEVICE);
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST_F(DmaSanTest, UnmapMismatches) {
  unmap();
  map();
  unmap();
  unmap();
  EXPECT_THAT(g_fired, ElementsAre("unmap-not-mapped", "unmap-not-mapped"));
  g_fired.clear();
  map();
  unmap(kDma, 255);
  map();
  unmap(kDma, 256, DMAF_FROM_DEVICE);
  map();
  unmap(kDma, 256, DMAF_TO_DEVICE, MapKind::kResource);
  map();
  unmap(kDma, 256, DMAF_TO_DEVICE, MapKind::kPhys, &g_other);
  EXPECT_THAT(g_fired, ElementsAre("unmap-size-mismatch", "unmap-direction-mismatch", "unmap-type-mismatch",
                                   "unmap-device-mismatch"));
}

TEST_F(DmaSanTest, AnUncheckedMappingIsToldAtUnmap) {
  map(MapKind::kPhys, DMAF_TO_DEVICE, kDma, false);
  san_.mapping_error(&g_other, kDma);
  san_.mapping_error(&g_dev, kDma + 1);
  unmap();
  EXPECT_THAT(g_fired, ElementsAre("mapping-error-unchecked"));
}

TEST_F(DmaSanTest, ListMismatches) {
  list(5, 1);
  san_.unmap_segment(&g_dev, kDma, DMAF_TO_DEVICE, 0, 4, __builtin_frame_address(0));
  list(5, 1);
  san_.unmap_segment(&g_dev, kDma, DMAF_FROM_DEVICE, 0, 5, __builtin_frame_address(0));
  san_.unmap_segment(&g_dev, kDma, DMAF_TO_DEVICE, 0, 5, __builtin_frame_address(0));
  map();
  san_.unmap_segment(&g_dev, kDma, DMAF_TO_DEVICE, 0, 5, __builtin_frame_address(0));
  EXPECT_THAT(g_fired, ElementsAre("unmap-size-mismatch", "unmap-direction-mismatch", "unmap-not-mapped",
                                   "unmap-type-mismatch"));
}

TEST_F(DmaSanTest, FreeMismatches) {
  free();
  map(MapKind::kCoherent);
  free(128);
  map(MapKind::kCoherent);
  free(256, 0x2000);
  map(MapKind::kCoherent);
  free(256, 0x1000, MapKind::kPages);
  map();
  free();
  EXPECT_THAT(g_fired, ElementsAre("free-coherent-mismatch", "free-coherent-mismatch", "free-coherent-mismatch",
                                   "free-coherent-mismatch", "free-coherent-mismatch"));
  g_fired.clear();
  map(MapKind::kPages, DMAF_FROM_DEVICE, kDma + 0x10000);
  san_.free(&g_dev, kDma + 0x10000, 256, 0, MapKind::kPages, DMAF_TO_DEVICE, __builtin_frame_address(0));
  EXPECT_THAT(g_fired, ElementsAre("unmap-direction-mismatch"));
}

TEST_F(DmaSanTest, SyncMismatches) {
  san_.sync(&g_dev, kDma, 1, DMAF_TO_DEVICE, true, __builtin_frame_address(0));
  map();
  san_.sync(&g_dev, kDma, 257, DMAF_TO_DEVICE, true, __builtin_frame_address(0));
  san_.sync(&g_dev, kDma + 255, 2, DMAF_TO_DEVICE, false, __builtin_frame_address(0));
  san_.sync(&g_dev, kDma, 256, DMAF_FROM_DEVICE, true, __builtin_frame_address(0));
  san_.sync(&g_dev, kDma + 256, 1, DMAF_TO_DEVICE, true, __builtin_frame_address(0));
  EXPECT_THAT(g_fired, ElementsAre("sync-not-mapped", "sync-out-of-range", "sync-out-of-range",
                                   "sync-direction-mismatch", "sync-not-mapped"));
}

TEST_F(DmaSanTest, DeviceAccesses) {
  san_.device_access(&g_dev, kDma, 1, false);
  map();
  san_.device_access(&g_dev, kDma, 257, false);
  san_.device_access(&g_dev, kDma + 255, 1, true);
  unmap();
  san_.device_access(&g_dev, kDma + 3, 1, false);
  map(MapKind::kPhys, DMAF_FROM_DEVICE, kDma + 0x10000);
  san_.device_access(&g_dev, kDma + 0x10000, 1, false);
  san_.device_access(&g_other, kDma + 0x10000, 1, true);
  EXPECT_THAT(g_fired,
              ElementsAre("device-access-unmapped", "device-access-out-of-bounds", "device-write-to-device-mapping",
                          "device-access-after-unmap", "device-read-from-device-mapping", "device-access-unmapped"));
}

TEST_F(DmaSanTest, WhatAnIommuKeptTheDeviceFrom) {
  constexpr uint64_t kPage = kDma & ~uint64_t{0xfff};
  san_.device_blocked(&g_dev, kPage, false);
  map();
  san_.device_blocked(&g_dev, kPage, true);
  san_.device_blocked(&g_dev, kPage + 0x1000, false);  // the next page
  san_.device_blocked(&g_other, kPage, true);
  map(MapKind::kPhys, DMAF_FROM_DEVICE, kDma + 0x100);
  unmap(kDma + 0x100, 256, DMAF_FROM_DEVICE);
  san_.device_blocked(&g_dev, kPage, true);  // what is there may be read only, what was there was to be written
  unmap();
  san_.device_blocked(&g_dev, kPage, false);
  map(MapKind::kPhys, DMAF_FROM_DEVICE, kDma + 0x10000);
  san_.device_blocked(&g_dev, kPage + 0x10000, false);
  EXPECT_THAT(g_fired, ElementsAre("device-access-unmapped", "device-write-to-device-mapping",
                                   "device-access-out-of-bounds", "device-access-unmapped", "device-access-after-unmap",
                                   "device-access-after-unmap", "device-read-from-device-mapping"));
}

TEST_F(DmaSanTest, AnAccessMayRunThroughNeighbours) {
  map();
  map(MapKind::kPhys, DMAF_TO_DEVICE, kDma + 256);
  san_.device_access(&g_dev, kDma + 250, 12, false);
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST_F(DmaSanTest, Leaks) {
  map();
  map(MapKind::kCoherent, 0, kDma + 0x1000);
  san_.check_leaks();
  EXPECT_THAT(g_fired, ElementsAre("mapping-leak", "coherent-leak"));
  g_fired.clear();
  san_.reset();
  san_.check_leaks();
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST(Checks, IdsAreUniqueAndFound) {
  for (size_t i = 0; i < kChecks.size(); ++i) {
    EXPECT_EQ(find_check(kChecks[i].id), static_cast<Check>(i));
    EXPECT_FALSE(kChecks[i].meaning.empty());
  }
  EXPECT_EQ(find_check("no-such-check"), std::nullopt);
}

}  // namespace
}  // namespace dmafuzz
