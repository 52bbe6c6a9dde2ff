// SPDX-License-Identifier: GPL-2.0-only
//
// QEMU's educational device by itself, by its registers alone.
#include "driver/models/edu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

using testing::bytes;
using ::testing::ElementsAre;
using testing::FakeSurroundings;

class World : public FakeSurroundings {
 public:
  bool message(unsigned) override {
    ++messages;
    return false;
  }
  void misused(std::string_view why) override { complaints.emplace_back(why); }
  uint64_t now() override { return time; }

  uint64_t time = 5;
  unsigned messages = 0;
  std::vector<std::string> complaints;
};

class EduTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kSource = 0x80, kDestination = 0x88, kCount = 0x90, kCommand = 0x98;
  static constexpr uint64_t kStart = 1, kToHost = 2, kTell = 4;
  static constexpr uint64_t kBuffer = Edu::kBuffer, kWhole = Edu::kBufferBytes;

  EduTest() {
    model.attach(world);
    model.reset();
  }
  uint64_t reg(uint64_t at, unsigned size = 4) { return model.read(0, at, size); }
  void set(uint64_t at, uint64_t value, unsigned size = 4) { model.write(0, at, size, value); }
  void transfer(uint64_t from, uint64_t to, uint64_t n, uint64_t command) {
    set(kSource, from);
    set(kDestination, to);
    set(kCount, n);
    set(kCommand, kStart | command);
  }

  World world;
  Edu model;
};

TEST_F(EduTest, KnowsItselfAndInvertsWhatItIsGiven) {
  EXPECT_EQ(reg(0x00), 0x010000edu);
  set(0x04, 0x12345678);
  EXPECT_EQ(reg(0x04), 0xedcba987u);
  set(0x08, 5);
  EXPECT_EQ(reg(0x08), 120u);
  EXPECT_FALSE(model.interrupt());
  set(0x20, 0xff);
  EXPECT_EQ(reg(0x20), 0x80u) << "the other bits are not for drivers";
  set(0x08, ~0u);
  EXPECT_EQ(reg(0x08), 0u);
  EXPECT_EQ(reg(0x24), 1u);
  EXPECT_EQ(reg(0x04, 8), ~uint64_t{0}) << "8 bytes at a time only from 0x80 on";
}

TEST_F(EduTest, RaisesAndAcknowledgesByBits) {
  set(0x60, 0x30);
  EXPECT_TRUE(model.interrupt());
  set(0x64, 0x10);
  EXPECT_EQ(reg(0x24), 0x20u);
  EXPECT_TRUE(model.interrupt());
  set(0x64, 0x20);
  EXPECT_FALSE(model.interrupt());
  EXPECT_EQ(world.messages, 1u) << "one for each time that it was raised";
}

TEST_F(EduTest, CopiesBothWaysIn100Milliseconds) {
  const auto data = bytes(100);
  world.write(0x2001, data.data(), data.size());
  EXPECT_EQ(model.next(), DeviceModel::kNothing);
  transfer(0x2001, kBuffer + 3, 100, 0);
  EXPECT_FALSE(model.act()) << "it takes its time";
  EXPECT_EQ(model.next(), 5 + Edu::kTransferNs);
  EXPECT_EQ(reg(kCommand) & kStart, kStart);
  world.time += Edu::kTransferNs - 1;
  EXPECT_FALSE(model.act());
  world.time += 1;
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.interrupt()) << "nobody asked for one";
  EXPECT_FALSE(model.act());

  transfer(kBuffer + 4, 0x3000, 99, kToHost | kTell);
  EXPECT_TRUE(model.own_field(0x3000, 99));
  EXPECT_FALSE(model.own_field(0x3000, 100));
  EXPECT_FALSE(model.own_field(0x2fff, 1));
  world.time += Edu::kTransferNs;
  EXPECT_EQ(reg(kCommand) & kStart, 0u) << "whoever looks sees how it is now";
  EXPECT_TRUE(std::equal(data.begin() + 1, data.end(), world.memory.begin() + 0x3000));
  EXPECT_EQ(reg(0x24), 0x100u);
  EXPECT_EQ(reg(kCount), 99u);
  EXPECT_THAT(world.complaints, ElementsAre());
}

TEST_F(EduTest, HoldsAWholeBufferAndNotAByteMore) {
  transfer(0, kBuffer, kWhole, 0);
  EXPECT_THAT(world.complaints, ElementsAre());
  world.time += Edu::kTransferNs;
  EXPECT_TRUE(model.act());
  transfer(0, kBuffer + 1, kWhole, 0);
  transfer(0, kBuffer - 1, 1, 0);
  transfer(0, ~uint64_t{0}, 2, 0);
  EXPECT_THAT(world.complaints, ElementsAre("a transfer beyond its buffer", "a transfer beyond its buffer",
                                            "a transfer beyond its buffer"));
  world.time += Edu::kTransferNs;
  EXPECT_FALSE(model.act()) << "none of them was begun";
}

TEST_F(EduTest, SaysWhatNoDriverMayAsk) {
  transfer(kBuffer, 0x0fffffff, 2, kToHost);
  transfer(kBuffer, 0x1000, 0, kToHost);
  transfer(kBuffer, 0x1000, 8, kToHost);
  set(kCount, 16);
  set(0x04, 1, 2);
  EXPECT_THAT(world.complaints,
              ElementsAre("an address beyond the 28 bits that it drives", "a transfer of nothing",
                          "a register of the transfer that is under way", "a register written in parts"));
  EXPECT_EQ(reg(kCount), 8u);
}

TEST_F(EduTest, HasOneMessage) {
  PciFunction function;
  function.open({}, model);
  model.appear(function);
  EXPECT_EQ(model.line(), static_cast<unsigned>(HOST_IRQ_PCI));
  constexpr unsigned kCapability = 0x40;
  function.config_write(kCapability + 12, 2, 33);
  function.config_write(kCapability + 2, 2, 1);
  EXPECT_EQ(model.line(), 33u);
  model.lose_power();
  EXPECT_EQ(model.line(), static_cast<unsigned>(HOST_IRQ_PCI));
}

}  // namespace
}  // namespace dmafuzz
