// SPDX-License-Identifier: GPL-2.0-only
//
// That memory changes at the load that the program names, wherever the driver may find what the device wrote.
#include "driver/hostile.h"

#include <gtest/gtest.h>

#include "dmasan/dmasan.h"
#include "driver/model.h"
#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kDma = 0x8000, kSize = 64, kCpu = 0x230000001000;

class HostileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Mapping ring;
    ring.dev = &dev_;
    ring.dma = kDma;
    ring.size = kSize;
    ring.cpu = kCpu;
    ring.kind = MapKind::kCoherent;
    ring.dir = DMAF_BIDIRECTIONAL;
    ring.checked = true;
    dmasan().map(ring, __builtin_frame_address(0));
    hostile_.open(*model_, world_, &dev_, Degree::kUntrusted, [] {});
  }
  void TearDown() override { dmasan().reset(); }
  static LifeOp change(uint32_t after) {
    return {.code = static_cast<uint8_t>(LifeCode::kChange), .flags = 0, .x = 0, .a = 8, .b = 0x11223344, .c = after};
  }
  void load(uint64_t cpu, unsigned n = 4, bool write = false) {
    hostile_.before_access(reinterpret_cast<const void*>(cpu), n, write);
  }
  uint32_t now() const { return world_.get<uint32_t>(kDma + 8); }

  int dev_ = 0;
  std::unique_ptr<DeviceModel> model_ = make_model("e1000");
  testing::FakeSurroundings world_;
  Hostile hostile_;
};

TEST_F(HostileTest, ChangesCoherentMemoryAtTheLoad) {
  hostile_.change(change(1));
  load(kCpu);
  EXPECT_EQ(now(), 0u) << "one load too early";
  load(kCpu + kSize - 1, 1);
  EXPECT_EQ(now(), 0x11223344u);
  EXPECT_FALSE(hostile_.watches());
}

TEST_F(HostileTest, CountsLoadsOfWhatTheDeviceWritesOnly) {
  hostile_.change(change(0));
  load(kCpu - 4);
  load(kCpu + kSize);
  load(kCpu, 4, true);
  EXPECT_EQ(now(), 0u);
  load(kCpu - 1, 2);
  EXPECT_EQ(now(), 0x11223344u);
}

TEST_F(HostileTest, ForgetsMemoryThatWasGivenBack) {
  hostile_.change(change(1));
  load(kCpu);
  dmasan().free(&dev_, kDma, kSize, kCpu, MapKind::kCoherent, DMAF_BIDIRECTIONAL, __builtin_frame_address(0));
  load(kCpu);
  EXPECT_TRUE(hostile_.watches()) << "it is nobody's now";
}

}  // namespace
}  // namespace dmafuzz
