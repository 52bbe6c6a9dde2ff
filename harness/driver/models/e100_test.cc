// SPDX-License-Identifier: GPL-2.0-only
//
// The model of the 82559 by itself.
#include "driver/models/e100.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using testing::FakeSurroundings;

class E100Test : public ::testing::Test {
 protected:
  static constexpr uint32_t kBlocks = 0x1000, kFrames = 0x4000;

  E100Test() {
    model.attach(world);
    model.reset();
  }
  uint64_t reg(unsigned at, unsigned size) { return model.read(0, at, size); }
  void start(unsigned command, uint32_t pointer) {
    model.write(0, 4, 4, pointer);
    model.write(0, 2, 1, command);
    EXPECT_EQ(reg(2, 1), 0u) << "taken";
  }
  void block(uint32_t at, uint16_t command, uint32_t link) {
    world.put<uint16_t>(at, 0);
    world.put<uint16_t>(at + 2, command);
    world.put<uint32_t>(at + 4, link);
  }
  void frame_descriptor(uint32_t at, uint16_t command, uint32_t link, uint16_t size) {
    block(at, command, link);
    world.put<uint16_t>(at + 12, 0);
    world.put<uint16_t>(at + 14, size);
  }
  void set_address() {
    block(kBlocks, 0x8001, 0);
    world.write(kBlocks + 8, mac, sizeof mac);
    start(0x10, kBlocks);
    EXPECT_EQ(world.get<uint16_t>(kBlocks), 0xa000) << "done, well";
  }
  std::vector<uint8_t> frame(size_t n) {
    std::vector<uint8_t> out(n);
    std::iota(out.begin(), out.end(), uint8_t{1});
    std::memcpy(out.data(), mac, sizeof mac);
    return out;
  }

  const uint8_t mac[6] = {2, 1, 2, 3, 4, 5};
  FakeSurroundings world;
  E100 model;
};

TEST_F(E100Test, TestsItselfAndHasAPhy) {
  model.write(0, 8, 4, 0x2000 | 1);
  EXPECT_NE(world.get<uint32_t>(0x2000), 0u);
  EXPECT_EQ(world.get<uint32_t>(0x2004), 0u);
  EXPECT_TRUE(reg(16, 4) & 1u << 28) << "ready";
  model.write(0, 16, 4, 1u << 21 | 1u << 16 | 2u << 26);
  EXPECT_EQ(reg(16, 4) & 4, 4u) << "a link";
  model.write(0, 16, 4, 9u << 21 | 1u << 16 | 2u << 26);
  EXPECT_EQ(reg(16, 2), 0xffffu) << "nobody there";
}

TEST_F(E100Test, EepromTellsTheLengthOfItsAddresses) {
  const auto drive = [&](unsigned lines) { model.write(0, 14, 1, lines); };
  drive(2);
  const unsigned command = 6u << 6;  // start, read, address 0
  for (int bit = 8; bit >= 0; --bit) {
    EXPECT_EQ(reg(14, 1) & 8, 8u) << bit;
    drive(2 | (command >> bit & 1) << 2);
    drive(3 | (command >> bit & 1) << 2);
  }
  EXPECT_EQ(reg(14, 1) & 8, 0u);
}

TEST_F(E100Test, SendsFromItsListAndStopsWhereItIsTold) {
  const auto bytes = frame(90);
  world.write(0x3000, bytes.data(), bytes.size());
  block(kBlocks, 0x000c, kBlocks + 0x40);
  world.put<uint32_t>(kBlocks + 8, kBlocks + 16);
  world.put<uint32_t>(kBlocks + 12, 2u << 24);
  world.put<uint32_t>(kBlocks + 16, 0x3000);
  world.put<uint32_t>(kBlocks + 20, 60);
  world.put<uint32_t>(kBlocks + 24, 0x3000 + 60);
  world.put<uint32_t>(kBlocks + 28, 30);
  block(kBlocks + 0x40, 0x400c, kBlocks + 0x80);
  world.put<uint32_t>(kBlocks + 0x48, kBlocks + 16);
  world.put<uint32_t>(kBlocks + 0x4c, 1u << 24);
  start(0x10, kBlocks);
  EXPECT_EQ(reg(0, 1) >> 6, 2u) << "active";
  EXPECT_TRUE(model.act());
  ASSERT_THAT(world.frames, ElementsAre(bytes));
  EXPECT_EQ(world.get<uint16_t>(kBlocks), 0xa000);
  EXPECT_FALSE(model.interrupt());
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.act());
  EXPECT_EQ(reg(0, 1) >> 6, 1u) << "suspended";
  EXPECT_TRUE(model.interrupt());
  model.write(0, 3, 1, 1);
  EXPECT_FALSE(model.interrupt()) << "masked";
  model.write(0, 3, 1, 0);
  model.write(0, 1, 1, 0x20);
  EXPECT_FALSE(model.interrupt()) << "acknowledged";
  block(kBlocks + 0x80, 0xc000, 0);
  model.write(0, 2, 1, 0x20);
  EXPECT_EQ(world.get<uint16_t>(kBlocks + 0x80), 0xa000) << "resumed at the next";
  EXPECT_EQ(reg(0, 1) >> 6, 0u) << "idle";
}

TEST_F(E100Test, ReceivesUntilItsResourcesEnd) {
  set_address();
  const auto bytes = frame(60);
  EXPECT_FALSE(model.receive(bytes));
  frame_descriptor(kFrames, 0, kFrames + 0x800, 1522);
  frame_descriptor(kFrames + 0x800, 0x8000, 0, 0);
  start(1, kFrames);
  EXPECT_EQ(reg(0, 1) & 0x3c, 0x10u) << "ready";
  auto other = bytes;
  other[5] ^= 1;
  EXPECT_FALSE(model.receive(other));
  ASSERT_TRUE(model.receive(bytes));
  EXPECT_EQ(world.get<uint16_t>(kFrames), 0xa000);
  EXPECT_EQ(world.get<uint16_t>(kFrames + 12), 0xc000 | 60);
  EXPECT_EQ(std::memcmp(&world.memory[kFrames + 16], bytes.data(), bytes.size()), 0);
  EXPECT_FALSE(model.receive(bytes)) << "the last descriptor, without room";
  EXPECT_EQ(world.get<uint16_t>(kFrames + 0x800), 0);
  EXPECT_EQ(reg(0, 1) & 0x3c, 0x08u) << "no resources";
  EXPECT_EQ(reg(1, 1) & 0x50, 0x50u);
}

TEST_F(E100Test, LoopsBackAndCounts) {
  block(kBlocks, 0x8002, 0);
  const uint8_t config[] = {22, 0, 0, 0, 0, 0, 0x36, 0, 0, 0, 0x40, 0, 0, 0, 0, 1, 0, 0, 8, 0, 0, 0};
  world.write(kBlocks + 8, config, sizeof config);
  start(0x10, kBlocks);
  frame_descriptor(kFrames, 0x8000, 0, 1522);
  start(1, kFrames);
  const auto bytes = frame(100);
  world.write(kBlocks + 16, bytes.data(), bytes.size());
  block(kBlocks, 0x8004, 0);
  world.put<uint32_t>(kBlocks + 12, 100);
  start(0x10, kBlocks);
  EXPECT_TRUE(world.frames.empty());
  EXPECT_EQ(std::memcmp(&world.memory[kFrames + 16], bytes.data(), bytes.size()), 0);
  start(0x40, 0x6000);
  model.write(0, 2, 1, 0x70);
  EXPECT_EQ(world.get<uint32_t>(0x6000), 1u);
  EXPECT_EQ(world.get<uint32_t>(0x6000 + 9 * 4), 1u);
  EXPECT_EQ(world.get<uint32_t>(0x6000 + 80), 0xa007u) << "behind the counters of TCO traffic";
}

TEST_F(E100Test, KnowsItsOwnFields) {
  set_address();
  frame_descriptor(kFrames, 0, kFrames + 0x800, 1522);
  frame_descriptor(kFrames + 0x800, 0x8000, 0, 0);
  start(1, kFrames);
  EXPECT_TRUE(model.own_field(kBlocks, 2));
  EXPECT_FALSE(model.own_field(kBlocks, 4)) << "the command is the driver's";
  EXPECT_TRUE(model.own_field(kFrames + 0x800, 2));
  EXPECT_TRUE(model.own_field(kFrames + 12, 2));
  EXPECT_FALSE(model.own_field(kFrames + 4, 4)) << "a link";
  EXPECT_FALSE(model.own_field(kFrames + 14, 2)) << "a size";
  EXPECT_TRUE(model.own_field(kFrames + 16, 4));
}

}  // namespace
}  // namespace dmafuzz
