// SPDX-License-Identifier: GPL-2.0-only
//
// The model of VMXNET3 by itself.
#include "driver/models/vmxnet3.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using testing::FakeSurroundings;

class Vmxnet3Test : public ::testing::Test {
 protected:
  static constexpr uint32_t kShared = 0x1000, kQueues = 0x2000, kTx = 0x3000, kTxDone = 0x3400, kRx = 0x3800,
                            kRx2 = 0x3c00, kRxDone = 0x4000, kSmall = 0x5000;

  Vmxnet3Test() {
    model.attach(world);
    model.reset();
  }
  uint32_t command(uint32_t value) {
    model.write(1, 0x20, 4, value);
    return static_cast<uint32_t>(model.read(1, 0x20, 4));
  }
  // Four descriptors a ring; frames of up to 128 bytes go into small buffers if `small`.
  void activate(bool small = false) {
    world.put<uint32_t>(kShared, 0xbabefee1);
    world.put<uint64_t>(kShared + 40, kQueues);
    world.put<uint32_t>(kShared + 56, 1500);
    world.put<uint8_t>(kShared + 62, 1);
    world.put<uint8_t>(kShared + 63, 1);
    world.put<uint8_t>(kShared + 80, 1);
    world.put<uint32_t>(kShared + 120, 5);  // to us and to all
    const uint32_t rx = kQueues + 256;
    world.put<uint64_t>(kQueues + 16, kTx);
    world.put<uint64_t>(kQueues + 32, kTxDone);
    world.put<uint32_t>(kQueues + 56, 4);
    world.put<uint32_t>(kQueues + 64, 4);
    world.put<uint64_t>(rx + 16, kRx);
    world.put<uint64_t>(rx + 24, kRx2);
    world.put<uint64_t>(rx + 32, kRxDone);
    world.put<uint64_t>(rx + 48, kSmall);
    world.put<uint32_t>(rx + 56, 4);
    world.put<uint32_t>(rx + 60, 4);
    world.put<uint32_t>(rx + 64, 8);
    world.put<uint16_t>(rx + 74, small ? 128 : 0);
    model.write(1, 0x10, 4, kShared);
    model.write(1, 0x18, 4, 0);
    EXPECT_EQ(command(0xcafe0000), 0u);
    model.write(0, 0, 4, 0);
  }
  void descriptor(uint32_t at, uint64_t address, uint32_t low, uint32_t high = 0) {
    world.put<uint64_t>(at, address);
    world.put<uint32_t>(at + 8, low);
    world.put<uint32_t>(at + 12, high);
  }
  std::vector<uint8_t> frame(size_t n) {
    std::vector<uint8_t> out(n);
    std::iota(out.begin(), out.end(), uint8_t{1});
    std::fill_n(out.begin(), 6, uint8_t{0xff});
    return out;
  }

  FakeSurroundings world;
  Vmxnet3 model;
};

TEST_F(Vmxnet3Test, SaysWhatItIs) {
  EXPECT_EQ(model.read(1, 0, 4) & 0x40, 0x40u) << "version 7";
  EXPECT_EQ(command(0xf00d0002) & 1, 1u) << "there is a link";
  EXPECT_EQ(command(0xcafe0000), 1u) << "without a shared area it cannot be activated";
}

TEST_F(Vmxnet3Test, SendsByGenerationAndCompletes) {
  const auto bytes = frame(100);
  world.write(0x6000, bytes.data(), bytes.size());
  activate();
  descriptor(kTx, 0x6000, 60 | 1u << 14);
  descriptor(kTx + 16, 0x6000 + 60, 40 | 1u << 14, 3u << 12);
  EXPECT_FALSE(model.act()) << "nobody said that there is something";
  model.write(0, 0x600, 4, 2);
  EXPECT_TRUE(model.act());
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.act());
  ASSERT_THAT(world.frames, ElementsAre(bytes));
  EXPECT_EQ(world.get<uint32_t>(kTxDone), 1u) << "the last descriptor of the frame";
  EXPECT_EQ(world.get<uint32_t>(kTxDone + 12) >> 31, 1u);
  EXPECT_TRUE(model.interrupt());
  EXPECT_EQ(model.read(1, 0x38, 4), 1u);
  EXPECT_FALSE(model.interrupt());
}

TEST_F(Vmxnet3Test, MasksItselfWhenItIsAsked) {
  activate();
  descriptor(kRx, 0x6000, 1522 | 1u << 31);
  descriptor(kRx + 16, 0x7000, 1522 | 1u << 31);
  ASSERT_TRUE(model.receive(frame(60)));
  model.read(1, 0x38, 4);
  ASSERT_TRUE(model.receive(frame(60)));
  EXPECT_FALSE(model.interrupt());
  model.write(0, 0, 4, 0);
  EXPECT_TRUE(model.interrupt());
}

TEST_F(Vmxnet3Test, ReceivesIntoHeadsAndBodies) {
  activate();
  EXPECT_FALSE(model.receive(frame(60))) << "no buffer";
  descriptor(kRx, 0x6000, 100 | 1u << 31);
  descriptor(kRx2, 0x7000, 4096 | 1u << 14 | 1u << 31);
  const auto bytes = frame(150);
  ASSERT_TRUE(model.receive(bytes));
  EXPECT_EQ(world.get<uint32_t>(kRxDone) & 0x3ffffff, 0u | 1u << 15) << "first piece, ring 1";
  EXPECT_EQ(world.get<uint32_t>(kRxDone + 8), 100u);
  EXPECT_EQ(world.get<uint32_t>(kRxDone + 16) & 0x3ffffff, 0u | 1u << 14 | 1u << 16) << "last piece, ring 2";
  EXPECT_EQ(world.get<uint32_t>(kRxDone + 24), 50u);
  EXPECT_EQ(std::memcmp(&world.memory[0x6000], bytes.data(), 100), 0);
  EXPECT_EQ(std::memcmp(&world.memory[0x7000], bytes.data() + 100, 50), 0);
  EXPECT_FALSE(model.receive(frame(2000))) << "longer than the MTU";
}

TEST_F(Vmxnet3Test, SmallFramesHaveBuffersOfTheirOwn) {
  activate(true);
  descriptor(kRx, 0x6000, 1522 | 1u << 31);
  const auto bytes = frame(64);
  ASSERT_TRUE(model.receive(bytes));
  EXPECT_EQ(world.get<uint32_t>(kRxDone) >> 16 & 0x3ff, 2u);
  EXPECT_EQ(std::memcmp(&world.memory[kSmall], bytes.data(), bytes.size()), 0);
}

TEST_F(Vmxnet3Test, GenerationsTurn) {
  activate();
  for (unsigned i = 0; i < 4; ++i) descriptor(kRx + 16 * i, 0x6000, 1522 | 1u << 31);
  for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(model.receive(frame(60))) << i;
  EXPECT_FALSE(model.receive(frame(60))) << "those of the round before";
  descriptor(kRx, 0x6000, 1522);
  EXPECT_TRUE(model.receive(frame(60)));
}

TEST_F(Vmxnet3Test, KnowsItsOwnFields) {
  EXPECT_FALSE(model.own_field(kTxDone, 4));
  activate(true);
  EXPECT_TRUE(model.own_field(kTxDone, 4));
  EXPECT_TRUE(model.own_field(kRxDone + 7 * 16 + 12, 4));
  EXPECT_FALSE(model.own_field(kTx, 4));
  EXPECT_FALSE(model.own_field(kRx, 4));
  EXPECT_TRUE(model.own_field(kShared + 696, 4));
  EXPECT_FALSE(model.own_field(kShared + 40, 4));
  EXPECT_TRUE(model.own_field(kQueues + 88, 4));
  EXPECT_FALSE(model.own_field(kQueues + 256 + 16, 4));
  EXPECT_TRUE(model.own_field(kSmall + 100, 4));
}

}  // namespace
}  // namespace dmafuzz
