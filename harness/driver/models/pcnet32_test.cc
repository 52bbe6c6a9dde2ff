// SPDX-License-Identifier: GPL-2.0-only
//
// The model of the Am79C973 by itself.
#include "driver/models/pcnet32.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using testing::FakeSurroundings;

class Pcnet32Test : public ::testing::Test {
 protected:
  static constexpr uint32_t kBlock = 0x400, kRx = 0x1000, kTx = 0x2000;

  Pcnet32Test() {
    model.attach(world);
    model.reset();
  }
  uint16_t csr(unsigned at) {
    model.write(0, 0x12, 2, at);
    return static_cast<uint16_t>(model.read(0, 0x10, 2));
  }
  void csr(unsigned at, uint16_t value) {
    model.write(0, 0x12, 2, at);
    model.write(0, 0x10, 2, value);
  }
  uint16_t bcr(unsigned at) {
    model.write(0, 0x12, 2, at);
    return static_cast<uint16_t>(model.read(0, 0x16, 2));
  }
  void bcr(unsigned at, uint16_t value) {
    model.write(0, 0x12, 2, at);
    model.write(0, 0x16, 2, value);
  }
  // Rings of four each; interrupts on.
  void start(uint16_t mode = 0, unsigned style = 2) {
    bcr(20, static_cast<uint16_t>(style));
    world.put<uint16_t>(kBlock, mode);
    world.put<uint16_t>(kBlock + 2, 2 << 12 | 2 << 4);
    world.write(kBlock + 4, mac, sizeof mac);
    world.put<uint32_t>(kBlock + 20, kRx);
    world.put<uint32_t>(kBlock + 24, kTx);
    csr(1, kBlock);
    csr(2, 0);
    csr(0, 1);
    EXPECT_EQ(csr(0) & 0x100, 0x100) << "initialization is done";
    csr(0, 0x142);
  }
  void descriptor(uint32_t at, uint32_t address, uint16_t status, unsigned length) {
    world.put<uint32_t>(at, address);
    world.put<uint16_t>(at + 4, static_cast<uint16_t>(-length));
    world.put<uint16_t>(at + 6, status);
  }
  std::vector<uint8_t> frame(size_t n) {
    std::vector<uint8_t> out(n);
    std::iota(out.begin(), out.end(), uint8_t{1});
    std::memcpy(out.data(), mac, sizeof mac);
    return out;
  }

  const uint8_t mac[6] = {2, 1, 2, 3, 4, 5};
  FakeSurroundings world;
  Pcnet32 model;
};

TEST_F(Pcnet32Test, SaysWhoItIs) {
  EXPECT_EQ(csr(0), 4) << "stopped";
  EXPECT_EQ(csr(88), 0x5003);
  EXPECT_EQ(csr(89), 0x0262);
  EXPECT_EQ(model.read(0, 14, 1), uint64_t{'W'});
  bcr(33, 30 << 5 | 1);
  EXPECT_EQ(bcr(34) & 4, 4) << "the PHY has a link";
  bcr(33, 3 << 5 | 1);
  EXPECT_EQ(bcr(34), 0xffff) << "there is one PHY";
}

TEST_F(Pcnet32Test, ALongWriteMakesRegistersWide) {
  EXPECT_EQ(model.read(0, 0x10, 4), ~uint64_t{0});
  model.write(0, 0x10, 4, 0);
  model.write(0, 0x14, 4, 88);
  EXPECT_EQ(model.read(0, 0x14, 4), 88u);
  EXPECT_EQ(model.read(0, 0x10, 4), 0x5003u);
}

TEST_F(Pcnet32Test, SendsWhatItOwns) {
  const auto bytes = frame(100);
  world.write(0x3000, bytes.data(), bytes.size());
  descriptor(kTx, 0x3000, 0x8200, 60);
  descriptor(kTx + 16, 0x3000 + 60, 0x8100, 40);
  EXPECT_FALSE(model.act()) << "stopped";
  start();
  EXPECT_TRUE(model.act());
  EXPECT_TRUE(world.frames.empty());
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.act());
  ASSERT_THAT(world.frames, ElementsAre(bytes));
  EXPECT_EQ(world.get<uint16_t>(kTx + 6), 0x0200);
  EXPECT_EQ(world.get<uint16_t>(kTx + 4), static_cast<uint16_t>(-60)) << "the count is the driver's";
  EXPECT_TRUE(model.interrupt());
  csr(3, 0x5f00);
  EXPECT_FALSE(model.interrupt()) << "masked";
  csr(3, 0);
  csr(0, 0x240);
  EXPECT_FALSE(model.interrupt()) << "acknowledged";
}

TEST_F(Pcnet32Test, ReceivesForItsAddressWithTheCheckSequence) {
  start();
  const auto bytes = frame(60);
  EXPECT_FALSE(model.receive(bytes)) << "no buffer";
  EXPECT_EQ(csr(112), 1);
  descriptor(kRx, 0x4000, 0x8000, 1544);
  ASSERT_TRUE(model.receive(bytes));
  EXPECT_EQ(world.get<uint16_t>(kRx + 6), 0x0340);
  EXPECT_EQ(world.get<uint32_t>(kRx + 8), 64u);
  EXPECT_EQ(std::memcmp(&world.memory[0x4000], bytes.data(), bytes.size()), 0);
  auto other = bytes;
  other[5] ^= 1;
  descriptor(kRx + 16, 0x4000, 0x8000, 1544);
  EXPECT_FALSE(model.receive(other)) << "for somebody else";
  csr(5, 1);
  EXPECT_FALSE(model.receive(bytes)) << "suspended";
}

TEST_F(Pcnet32Test, ChainsWhatIsTooLong) {
  start();
  descriptor(kRx, 0x4000, 0x8000, 1500);
  EXPECT_FALSE(model.receive(frame(1600)));
  EXPECT_EQ(world.get<uint16_t>(kRx + 6), 0x5700) << "first and last, error, no buffer, overflow";
  descriptor(kRx + 16, 0x4000, 0x8000, 1500);
  descriptor(kRx + 32, 0x5000, 0x8000, 1500);
  EXPECT_FALSE(model.receive(frame(1600)));
  EXPECT_EQ(world.get<uint16_t>(kRx + 16 + 6), 0x0200);
  EXPECT_EQ(world.get<uint16_t>(kRx + 32 + 6), 0x0140);
  EXPECT_EQ(world.get<uint32_t>(kRx + 32 + 8), 1604u);
}

TEST_F(Pcnet32Test, LoopsBack) {
  const auto bytes = frame(75);
  world.write(0x3000, bytes.data(), bytes.size());
  descriptor(kTx, 0x3000, 0x8300, 75);
  descriptor(kRx, 0x4000, 0x8000, 1544);
  start(0x44);
  EXPECT_TRUE(world.frames.empty());
  EXPECT_EQ(std::memcmp(&world.memory[0x4000], bytes.data(), bytes.size()), 0);
  EXPECT_EQ(world.get<uint16_t>(kRx + 6) & 0x8000, 0);
}

TEST_F(Pcnet32Test, StyleThreeHasTheAddressLast) {
  const auto bytes = frame(60);
  world.put<uint32_t>(kRx + 4, 0x80000000 | (-1544u & 0xffff));
  world.put<uint32_t>(kRx + 8, 0x4000);
  start(0, 3);
  ASSERT_TRUE(model.receive(bytes));
  EXPECT_EQ(world.get<uint32_t>(kRx), 64u);
  EXPECT_EQ(world.get<uint32_t>(kRx + 8), 0x4000u);
}

TEST_F(Pcnet32Test, KnowsItsOwnFields) {
  start();
  EXPECT_FALSE(model.own_field(kRx, 4)) << "an address";
  EXPECT_FALSE(model.own_field(kRx + 4, 4)) << "a count";
  EXPECT_TRUE(model.own_field(kRx + 6, 4));
  EXPECT_TRUE(model.own_field(kTx + 16 + 8, 4));
  EXPECT_FALSE(model.own_field(kTx + 12, 4));
  EXPECT_FALSE(model.own_field(kTx + 64 + 8, 4)) << "beyond the ring";
}

}  // namespace
}  // namespace dmafuzz
