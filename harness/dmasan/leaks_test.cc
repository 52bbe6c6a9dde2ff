// SPDX-License-Identifier: GPL-2.0-only
// What is live when a driver goes, or a program ends, is a leak: each check on its own kind, and on nothing else.
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
int g_dev, g_other, g_pool;
constexpr uint64_t kDma = 0x12000;

class LeaksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    g_fired.clear();
    g_said.clear();
    san_.set_report([](const Violation& v) {
      g_fired.emplace_back(check_info(v.check).id);
      g_said.push_back(v.what);
    });
  }
  void map(MapKind kind, uint64_t dma = kDma, const void* dev = &g_dev, bool cpu_first = false) {
    Mapping m;
    m.dev = dev;
    m.dma = dma;
    m.size = 4096;
    m.cpu = 0x1000;
    m.kind = kind;
    m.dir = kind == MapKind::kCoherent ? DMAF_BIDIRECTIONAL : DMAF_TO_DEVICE;
    m.checked = true;
    m.cpu_first = cpu_first;
    san_.map(m, __builtin_frame_address(0));
  }
  void block(uint64_t dma = kDma) {
    san_.pool_create(&g_pool, &g_dev, 64);
    map(MapKind::kCoherent, dma);
    san_.pool_alloc(&g_pool, 0x1000, dma, __builtin_frame_address(0));
  }

  DmaSan san_;
};

TEST_F(LeaksTest, NothingIsNone) {
  san_.unbound(&g_dev);
  map(MapKind::kPhys);
  san_.unmap(&g_dev, kDma, 4096, DMAF_TO_DEVICE, 0, MapKind::kPhys, __builtin_frame_address(0));
  san_.unbound(&g_dev);
  san_.check_leaks();
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST_F(LeaksTest, MappingsAreLeft) {
  map(MapKind::kPhys);
  map(MapKind::kResource, kDma + 0x1000);
  map(MapKind::kSg, kDma + 0x2000);
  san_.unbound(&g_dev);
  EXPECT_THAT(g_fired, ElementsAre("mapping-leak", "mapping-leak", "mapping-leak"));
  EXPECT_THAT(g_said[0], HasSubstr("the single mapping 0x12000..0x13000, TO_DEVICE is left when its driver has gone"));
}

TEST_F(LeaksTest, MemoryIsLeft) {
  map(MapKind::kCoherent);
  map(MapKind::kPages, kDma + 0x1000);
  // dma_alloc_noncontiguous(): a list for the registry.
  map(MapKind::kSg, kDma + 0x2000, &g_dev, true);
  san_.unbound(&g_dev);
  EXPECT_THAT(g_fired, ElementsAre("coherent-leak", "coherent-leak", "coherent-leak"));
}

TEST_F(LeaksTest, OtherDevicesKeepTheirs) {
  map(MapKind::kPhys, kDma, &g_other);
  block(kDma + 0x1000);
  san_.unbound(&g_pool);
  EXPECT_THAT(g_fired, IsEmpty());
  san_.unbound(&g_other);
  EXPECT_THAT(g_fired, ElementsAre("mapping-leak"));
}

TEST_F(LeaksTest, BlocksAreLeft) {
  block();
  san_.unbound(&g_dev);
  EXPECT_THAT(g_fired, ElementsAre("pool-leak"));
  EXPECT_THAT(g_said[0],
              HasSubstr("1 of a pool's blocks of 64 bytes, the first at 0x12000, is in use when its driver"));
}

TEST_F(LeaksTest, APoolIsLeftWithoutBlocks) {
  block();
  san_.pool_free(&g_pool, 0x1000, kDma, __builtin_frame_address(0));
  san_.unbound(&g_dev);
  EXPECT_THAT(g_fired, ElementsAre("coherent-leak"));
  EXPECT_THAT(g_said[0], HasSubstr("of a pool is left"));
}

TEST_F(LeaksTest, TheEndOfAProgramIsOfAllDevices) {
  map(MapKind::kPhys, kDma, &g_other);
  block(kDma + 0x1000);
  map(MapKind::kCoherent, kDma + 0x2000);
  san_.check_leaks();
  EXPECT_THAT(g_fired, ElementsAre("pool-leak", "mapping-leak", "coherent-leak"));
  EXPECT_THAT(g_said[1], HasSubstr("is left when everything was given back"));
}

}  // namespace
}  // namespace dmafuzz
