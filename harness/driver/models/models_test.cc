// SPDX-License-Identifier: GPL-2.0-only
//
// The models by themselves, by their registers and rings alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/models/e1000.h"
#include "driver/models/rtl8139cp.h"
#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

using testing::bytes;
using ::testing::ElementsAre;
using testing::FakeSurroundings;
using ::testing::SizeIs;

// Reads a word as drivers do it; `drive` sets select, clock and data, `out` is the answering line.
template <typename Drive, typename Out>
uint16_t read_word(Drive drive, Out out, unsigned address) {
  drive(true, false, false);
  const unsigned command = 6u << Microwire::kAddressBits | address;  // start bit, read
  for (int bit = 2 + Microwire::kAddressBits; bit >= 0; --bit) {
    drive(true, false, command >> bit & 1);
    drive(true, true, command >> bit & 1);
  }
  unsigned word = 0;
  for (int bit = 0; bit < 16; ++bit) {
    drive(true, false, false);
    drive(true, true, false);
    word = word << 1 | out();
  }
  drive(false, false, false);
  return static_cast<uint16_t>(word);
}

TEST(Microwire, ReadsWordsAndTakesWrites) {
  Microwire rom;
  rom.words[0] = 0x8129;
  rom.words[63] = 0x1234;
  const auto drive = [&](bool select, bool clock, bool in) { rom.drive(select, clock, in); };
  const auto out = [&] { return rom.out(); };
  EXPECT_EQ(read_word(drive, out, 0), 0x8129);
  EXPECT_EQ(read_word(drive, out, 63), 0x1234);
  EXPECT_EQ(read_word(drive, out, 1), 0);
  const unsigned write = 5u << Microwire::kAddressBits | 9;
  for (int bit = 2 + Microwire::kAddressBits; bit >= 0; --bit) {
    drive(true, false, write >> bit & 1);
    drive(true, true, write >> bit & 1);
  }
  for (int bit = 15; bit >= 0; --bit) {
    drive(true, false, 0xbeef >> bit & 1);
    drive(true, true, 0xbeef >> bit & 1);
  }
  drive(false, false, false);
  EXPECT_EQ(read_word(drive, out, 9), 0xbeef);
}

class E1000Test : public ::testing::Test {
 protected:
  E1000Test() {
    model.attach(world);
    model.reset();
  }
  uint32_t reg(uint32_t at) { return static_cast<uint32_t>(model.read(0, at, 4)); }
  void reg(uint32_t at, uint32_t value) { model.write(0, at, 4, value); }

  FakeSurroundings world;
  E1000 model;
};

TEST_F(E1000Test, EepromAddsUp) {
  const auto drive = [&](bool select, bool clock, bool in) { reg(0x10, select * 2u + clock * 1u + in * 4u); };
  const auto out = [&] { return (reg(0x10) & 8) != 0; };
  uint16_t sum = 0;
  for (unsigned i = 0; i < 64; ++i) sum = static_cast<uint16_t>(sum + read_word(drive, out, i));
  EXPECT_EQ(sum, 0xbaba);
}

TEST_F(E1000Test, SendsWhatTheRingHolds) {
  const auto first = bytes(20), second = bytes(30);
  world.write(0x2000, first.data(), first.size());
  world.write(0x3000, second.data(), second.size());
  world.put<uint64_t>(0x1000, 0x2000);
  world.put<uint32_t>(0x1008, 20 | 8u << 24);  // report status
  world.put<uint64_t>(0x1010, 0x3000);
  world.put<uint32_t>(0x1018, 30 | 9u << 24);  // and end of packet
  reg(0x3800, 0x1000);
  reg(0x3808, 128);
  EXPECT_FALSE(model.act());
  reg(0x3818, 2);
  EXPECT_FALSE(model.act()) << "transmitting is off";
  reg(0x400, 2);
  EXPECT_TRUE(model.act());
  EXPECT_TRUE(world.frames.empty());
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.act());
  ASSERT_THAT(world.frames, ElementsAre(SizeIs(50)));
  EXPECT_FALSE(world.last_rewritten);
  EXPECT_EQ(world.get<uint8_t>(0x100c) & 1, 1);
  EXPECT_EQ(world.get<uint8_t>(0x101c) & 1, 1);
  EXPECT_EQ(reg(0x3810), 2u);
  EXPECT_FALSE(model.interrupt());
  reg(0xd0, 3);
  EXPECT_TRUE(model.interrupt());
  EXPECT_EQ(reg(0xc0) & 3, 3u);
  EXPECT_FALSE(model.interrupt()) << "reading the cause clears it";
}

TEST_F(E1000Test, ReceivesIntoBuffersWithRoom) {
  const auto frame = bytes(60);
  EXPECT_FALSE(model.receive(frame));
  reg(0x2800, 0x1000);
  reg(0x2808, 128);
  reg(0x100, 2);
  EXPECT_FALSE(model.receive(frame)) << "head and tail are equal: there is no buffer";
  world.put<uint64_t>(0x1000, 0x2000);
  reg(0x2818, 1);
  ASSERT_TRUE(model.receive(frame));
  EXPECT_EQ(std::memcmp(&world.memory[0x2000], frame.data(), 60), 0);
  EXPECT_EQ(world.get<uint16_t>(0x1008), 64) << "with its check sequence";
  EXPECT_EQ(world.get<uint8_t>(0x100c) & 3, 3);
  EXPECT_FALSE(model.receive(frame));
  EXPECT_FALSE(model.receive(bytes(1519))) << "long packets are off";
}

TEST_F(E1000Test, KnowsItsOwnFields) {
  reg(0x2800, 0x1000);
  reg(0x2808, 128);
  EXPECT_FALSE(model.own_field(0x1000, 4));
  EXPECT_TRUE(model.own_field(0x1008, 4));
  EXPECT_TRUE(model.own_field(0x107c, 4));
  EXPECT_FALSE(model.own_field(0x1006, 4));
  EXPECT_FALSE(model.own_field(0x1080, 4));
}

class Rtl8139cpTest : public ::testing::Test {
 protected:
  Rtl8139cpTest() {
    model.attach(world);
    model.reset();
    model.write(0, 0x20, 4, 0x1000);
    model.write(0, 0xe4, 4, 0x2000);
    model.write(0, 0x37, 1, 0x0c);
  }
  FakeSurroundings world;
  Rtl8139cp model;
};

TEST_F(Rtl8139cpTest, SendsWhenPolledAndTakesTheLength) {
  const auto frame = bytes(100);
  world.write(0x3000, frame.data(), frame.size());
  world.put<uint32_t>(0x1000, 0xb0000064);  // own, first, last
  world.put<uint64_t>(0x1008, 0x3000);
  EXPECT_FALSE(model.act());
  model.write(0, 0xd9, 1, 0x40);
  EXPECT_TRUE(model.act());
  ASSERT_THAT(world.frames, ElementsAre(frame));
  EXPECT_EQ(world.get<uint32_t>(0x1000), 0x30000000u) << "the length bits of a status are reserved";
  model.write(0, 0x3c, 2, 4);
  EXPECT_TRUE(model.interrupt());
  model.write(0, 0x3e, 2, 4);
  EXPECT_FALSE(model.interrupt());
}

TEST_F(Rtl8139cpTest, ReceivesIntoItsOwnDescriptorsOnly) {
  const auto frame = bytes(60);
  EXPECT_FALSE(model.receive(frame));
  world.put<uint32_t>(0x2000, 0x80000040);
  world.put<uint64_t>(0x2008, 0x4000);
  ASSERT_TRUE(model.receive(frame));
  EXPECT_EQ(world.get<uint32_t>(0x2000), 0x30000040u);
  EXPECT_EQ(std::memcmp(&world.memory[0x4000], frame.data(), 60), 0);
  world.put<uint32_t>(0x2010, 0x8000003f);
  EXPECT_FALSE(model.receive(frame)) << "a byte too small for the frame and its check sequence";
}

TEST_F(Rtl8139cpTest, StartsItsRingsAnew) {
  world.put<uint32_t>(0x2000, 0x80000100);
  world.put<uint64_t>(0x2008, 0x4000);
  ASSERT_TRUE(model.receive(bytes(60)));
  model.write(0, 0x37, 1, 0);
  model.write(0, 0x37, 1, 0x0c);
  world.put<uint32_t>(0x2000, 0x80000100);
  EXPECT_TRUE(model.receive(bytes(60))) << "from the first descriptor again";
}

}  // namespace
}  // namespace dmafuzz
