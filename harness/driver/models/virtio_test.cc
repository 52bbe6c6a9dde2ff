// SPDX-License-Identifier: GPL-2.0-only
//
// The virtio devices by themselves, over queues that are written by hand as the specification has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "driver/models/virtio_blk.h"
#include "driver/models/virtio_net.h"
#include "driver/models/virtio_rng.h"
#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using testing::FakeSurroundings;
using ::testing::SizeIs;

constexpr uint64_t kVersion1 = 1ull << 32, kAccessPlatform = 1ull << 33, kPacked = 1ull << 34;
constexpr uint32_t kIsr = 0x1000, kConfig = 0x2000, kNotify = 0x8000;
constexpr uint16_t kNext = 1, kWrite = 2;

class World : public FakeSurroundings {
 public:
  bool message(unsigned n) override {
    if (!messages_on) return false;
    messages.push_back(n);
    return true;
  }
  void misused(std::string_view why) override { complaints.emplace_back(why); }

  bool read(uint64_t dma, void* to, size_t n) override { return !deaf && FakeSurroundings::read(dma, to, n); }

  bool deaf = false;  // refuses DMA, as to a device that is no bus master
  bool messages_on = false;
  std::vector<unsigned> messages;
  std::vector<std::string> complaints;
};

template <typename Model>
class VirtioTest : public ::testing::Test {
 protected:
  void begin(uint32_t variant = 0) {
    model.attach(world);
    model.vary(variant);
    model.reset();
  }
  uint64_t reg(uint32_t at, unsigned size) { return model.read(0, at, size); }
  void reg(uint32_t at, unsigned size, uint64_t value) { model.write(0, at, size, value); }
  uint64_t offered() {
    uint64_t features = 0;
    for (unsigned half = 0; half < 2; ++half) {
      reg(0, 4, half);
      features |= reg(4, 4) << 32 * half;
    }
    return features;
  }
  // Up to FEATURES_OK; what became of it.
  bool negotiate(uint64_t features) {
    features |= kVersion1 | kAccessPlatform;
    reg(20, 1, 3);
    for (unsigned half = 0; half < 2; ++half) {
      reg(8, 4, half);
      reg(12, 4, features >> 32 * half & 0xffffffff);
    }
    reg(20, 1, 11);
    return reg(20, 1) & 8;
  }
  // Queue n of 8 has its descriptors, driver and device area at 0x1000, 0x1400 and 0x1800, and so on.
  static uint64_t area(unsigned n) { return 0x1000 + 0x1000 * n; }
  void enable(unsigned n, uint16_t vector = 0xffff) {
    reg(22, 2, n);
    reg(24, 2, 8);
    for (unsigned part = 0; part < 3; ++part) {
      reg(32 + 8 * part, 4, area(n) + 0x400 * part);
      reg(36 + 8 * part, 4, 0);
    }
    reg(26, 2, vector);
    reg(28, 2, 1);
  }
  void start() { reg(20, 1, 15); }
  void desc(unsigned n, unsigned i, uint64_t address, uint32_t length, uint16_t flags, uint16_t next = 0) {
    const uint64_t at = area(n) + 16 * i;
    world.put(at, address);
    world.put(at + 8, length);
    world.put(at + 12, flags);
    world.put(at + 14, next);
  }
  // The chain that begins at `head` is the index-th that is available.
  void give(unsigned n, uint16_t index, uint16_t head, bool notify = true) {
    world.put<uint16_t>(area(n) + 0x404 + 2 * (index % 8), head);
    world.put<uint16_t>(area(n) + 0x402, static_cast<uint16_t>(index + 1));
    if (notify) reg(kNotify + 4 * n, 2, n);
  }
  uint16_t used(unsigned n) { return world.template get<uint16_t>(area(n) + 0x802); }
  uint32_t used_length(unsigned n, unsigned i) { return world.template get<uint32_t>(area(n) + 0x808 + 8 * i); }

  World world;
  Model model;
};

class VirtioRngTest : public VirtioTest<VirtioRng> {};
class VirtioNetTest : public VirtioTest<VirtioNet> {};

TEST_F(VirtioRngTest, TakesWhatItOffers) {
  begin();
  EXPECT_EQ(offered() & (kVersion1 | kAccessPlatform | kPacked), kVersion1 | kAccessPlatform);
  EXPECT_TRUE(negotiate(0));
  reg(20, 1, 0);
  EXPECT_FALSE(negotiate(kPacked)) << "packed rings were not offered";
  begin(kVirtioPacked);
  EXPECT_TRUE(offered() & kPacked);
  EXPECT_TRUE(negotiate(kPacked));
}

TEST_F(VirtioRngTest, FillsBuffersInItsTurn) {
  begin();
  negotiate(0);
  enable(0);
  start();
  desc(0, 0, 0x8000, 32, kWrite);
  give(0, 0, 0);
  EXPECT_EQ(used(0), 0);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(used(0), 1);
  EXPECT_EQ(used_length(0, 0), 32u);
  EXPECT_TRUE(model.interrupt());
  EXPECT_EQ(reg(kIsr, 1), 1u);
  EXPECT_FALSE(model.interrupt()) << "reading it clears it";
  EXPECT_FALSE(model.act());
  const auto bytes = std::span<const uint8_t>(world.memory).subspan(0x8000, 32);
  EXPECT_EQ(model.gave(bytes.first(10)), 0u);
  EXPECT_EQ(model.gave(bytes.subspan(12, 20)), 2u) << "two were passed over";
  EXPECT_EQ(model.gave(bytes.first(1)), DeviceModel::kNever);
  EXPECT_THAT(world.complaints, ElementsAre());
}

TEST_F(VirtioRngTest, LooksOnlyWhenNotified) {
  begin();
  negotiate(0);
  enable(0);
  start();
  desc(0, 0, 0x8000, 32, kWrite);
  give(0, 0, 0, false);
  EXPECT_FALSE(model.act());
  reg(kNotify, 2, 0);
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.act());
  EXPECT_EQ(world.get<uint16_t>(area(0) + 0x800), 0) << "notifications are wanted again";
}

TEST_F(VirtioRngTest, SendsMessages) {
  begin();
  world.messages_on = true;
  negotiate(0);
  enable(0, 3);
  EXPECT_EQ(reg(26, 2), 3u);
  start();
  desc(0, 0, 0x8000, 32, kWrite);
  give(0, 0, 0);
  model.act();
  EXPECT_THAT(world.messages, ElementsAre(3u));
  EXPECT_FALSE(model.interrupt());
  reg(26, 2, 8);
  EXPECT_EQ(reg(26, 2), 0xffffu) << "it has eight";
  begin(kVirtioNoVectors);
  reg(16, 2, 0);
  EXPECT_EQ(reg(16, 2), 0xffffu);
}

TEST_F(VirtioRngTest, SaysWhatIsWrong) {
  begin();
  negotiate(0);
  reg(kNotify, 2, 0);
  EXPECT_THAT(world.complaints, ElementsAre("a notification of a queue that is not enabled"));
  EXPECT_TRUE(reg(20, 1) & 0x40) << "it needs a reset";
  reg(20, 1, 0);
  EXPECT_EQ(reg(20, 1), 0u);
  negotiate(0);
  enable(0);
  start();
  desc(0, 0, 0x8000, 32, kNext, 0);
  give(0, 0, 0);
  EXPECT_FALSE(model.act());
  EXPECT_EQ(world.complaints.back(), "a chain without end");
}

TEST_F(VirtioRngTest, KnowsItsOwnFields) {
  begin();
  negotiate(0);
  enable(0);
  EXPECT_FALSE(model.own_field(area(0), 4));
  EXPECT_FALSE(model.own_field(area(0) + 0x402, 2));
  EXPECT_TRUE(model.own_field(area(0) + 0x800, 4));
  EXPECT_TRUE(model.own_field(area(0) + 0x800 + 4 + 64, 2)) << "where it asks to be notified";
  EXPECT_FALSE(model.own_field(area(0) + 0x800 + 4 + 64 + 2, 1));
  begin(kVirtioPacked);
  negotiate(kPacked);
  enable(0);
  EXPECT_FALSE(model.own_field(area(0), 4)) << "an address is the driver's";
  EXPECT_TRUE(model.own_field(area(0) + 8, 4));
  EXPECT_TRUE(model.own_field(area(0) + 16 + 12, 4));
  EXPECT_FALSE(model.own_field(area(0) + 14, 4));
  EXPECT_FALSE(model.own_field(area(0) + 0x400, 4));
  EXPECT_TRUE(model.own_field(area(0) + 0x800, 4));
}

constexpr uint64_t kMergeable = 1 << 15, kControl = 1 << 17, kControlRx = 1 << 18, kCsum = 1;

TEST_F(VirtioNetTest, Transmits) {
  begin();
  negotiate(kCsum);
  enable(1);
  start();
  const std::string frame(60, 'x');
  world.write(0x800c, frame.data(), frame.size());
  desc(1, 0, 0x8000, 40, kNext, 1);
  desc(1, 1, 0x8028, 32, 0);
  give(1, 0, 0);
  EXPECT_TRUE(model.act());
  ASSERT_EQ(world.frames.size(), 1u);
  EXPECT_EQ(std::string(world.frames[0].begin(), world.frames[0].end()), frame);
  EXPECT_FALSE(world.last_rewritten);
  world.put<uint8_t>(0x8000, 1);
  give(1, 1, 0);
  EXPECT_TRUE(model.act());
  EXPECT_TRUE(world.last_rewritten);
  EXPECT_THAT(world.complaints, ElementsAre());
  world.put<uint8_t>(0x8001, 1);
  give(1, 2, 0);
  model.act();
  EXPECT_THAT(world.complaints, ElementsAre("segments that were not negotiated"));
}

TEST_F(VirtioNetTest, ReceivesIntoAsManyBuffersAsItTakes) {
  begin();
  negotiate(kMergeable);
  enable(0);
  start();
  desc(0, 0, 0x8000, 40, kWrite);
  desc(0, 1, 0x9000, 40, kWrite);
  const std::vector<uint8_t> frame(60, 'y');
  give(0, 0, 0);
  EXPECT_FALSE(model.receive(frame)) << "one has no room";
  EXPECT_EQ(used(0), 0);
  give(0, 1, 1);
  EXPECT_TRUE(model.receive(frame));
  EXPECT_EQ(used(0), 2);
  EXPECT_EQ(used_length(0, 0), 40u);
  EXPECT_EQ(used_length(0, 1), 32u);
  EXPECT_EQ(world.get<uint16_t>(0x800a), 2) << "buffers";
  EXPECT_EQ(world.memory[0x9000 + 31], 'y');
  EXPECT_EQ(world.memory[0x9000 + 32], 0);
  EXPECT_FALSE(model.receive(std::vector<uint8_t>(1515))) << "longer than Ethernet has them";
}

TEST_F(VirtioNetTest, WithoutMergingAFrameLiesInOneBuffer) {
  begin(kNetNoMergeable);
  EXPECT_FALSE(offered() & kMergeable);
  negotiate(0);
  enable(0);
  start();
  desc(0, 0, 0x8000, 40, kWrite);
  give(0, 0, 0);
  EXPECT_FALSE(model.receive(std::vector<uint8_t>(60)));
  EXPECT_TRUE(model.receive(std::vector<uint8_t>(28))) << "the buffer is still there";
  EXPECT_EQ(world.get<uint16_t>(0x800a), 1);
}

TEST_F(VirtioNetTest, AnswersCommandsWithinTheNotification) {
  begin();
  EXPECT_EQ(reg(18, 2), 3u) << "queues";
  negotiate(kControl | kControlRx);
  enable(2);
  start();
  const uint8_t promiscuous[] = {0, 0, 1};
  world.write(0x8000, promiscuous, sizeof promiscuous);
  desc(2, 0, 0x8000, 2, kNext, 1);
  desc(2, 1, 0x8002, 1, kNext, 2);
  desc(2, 2, 0x8010, 1, kWrite);
  world.memory[0x8010] = 0xff;
  give(2, 0, 0);
  EXPECT_EQ(used(2), 1);
  EXPECT_EQ(world.memory[0x8010], 0);
  world.memory[0x8000] = 9;
  give(2, 1, 0);
  EXPECT_EQ(world.memory[0x8010], 1) << "it knows no such command";
}

TEST_F(VirtioNetTest, HasAnAddressAndALink) {
  begin();
  EXPECT_EQ(reg(kConfig, 1), 2u);
  EXPECT_EQ(reg(kConfig + 6, 2), 1u);
  EXPECT_EQ(reg(kConfig + 8, 2), 1u);
}

class VirtioBlkTest : public VirtioTest<VirtioBlk> {
 protected:
  static constexpr uint64_t kFlush = 1 << 9, kDiscard = 1 << 13, kZeroes = 1 << 14, kSegMax = 1 << 2, kSizeMax = 1 << 1;
  static constexpr uint64_t kHeader = 0x6000, kStatus = 0x6100, kData = 0x7000;

  void up(uint32_t variant = 0) {
    begin(variant);
    ASSERT_TRUE(negotiate(offered() & (kFlush | kDiscard | kZeroes | kSegMax | kSizeMax)));
    enable(0);
    start();
    given = 0;
  }
  void offer(uint32_t type, uint64_t sector, uint32_t length, bool to_driver) {
    world.put<uint32_t>(kHeader, type);
    world.put<uint64_t>(kHeader + 8, sector);
    world.put<uint8_t>(kStatus, 0xee);
    desc(0, 0, kHeader, 16, kNext, length ? 1 : 2);
    desc(0, 1, kData, length, static_cast<uint16_t>(kNext | (to_driver ? kWrite : 0)), 2);
    desc(0, 2, kStatus, 1, kWrite);
    give(0, given++, 0);
  }
  // The status that a request ends with.
  unsigned request(uint32_t type, uint64_t sector, uint32_t length, bool to_driver) {
    offer(type, sector, length, to_driver);
    EXPECT_TRUE(model.act());
    EXPECT_EQ(used(0), given);
    return world.get<uint8_t>(kStatus);
  }
  void range(uint64_t sector, uint32_t sectors, uint32_t flags) {
    world.put(kData, sector);
    world.put(kData + 8, sectors);
    world.put(kData + 12, flags);
  }

  uint16_t given = 0;
};

TEST_F(VirtioBlkTest, KeepsWhatIsWritten) {
  up();
  world.put<uint64_t>(kData + 512, 0x1122334455667788);
  EXPECT_EQ(request(1, 5, 1024, false), 0u);
  EXPECT_EQ(used_length(0, 0), 1u) << "the status alone";
  EXPECT_EQ(request(0, 6, 512, true), 0u);
  EXPECT_EQ(used_length(0, 1), 513u);
  EXPECT_EQ(world.get<uint64_t>(kData), 0x1122334455667788u);
  EXPECT_EQ(request(4, 0, 0, false), 0u);
  EXPECT_EQ(request(8, 0, 20, true), 0u);
  EXPECT_EQ(std::memcmp(&world.memory[kData], "dmafuzz-disk-01", 16), 0);
  EXPECT_EQ(request(99, 0, 0, false), 2u);
  EXPECT_THAT(world.complaints, ElementsAre());
}

TEST_F(VirtioBlkTest, RefusesWhatItDoesNotHave) {
  up();
  EXPECT_EQ(request(0, 131071, 1024, true), 1u) << "beyond its end";
  EXPECT_EQ(request(0, ~0ull, 512, true), 1u);
  EXPECT_EQ(request(0, 0, 100, true), 1u) << "no whole sector";
  EXPECT_EQ(request(0, 0, 0, true), 1u) << "nothing at all";
  EXPECT_EQ(request(1, 0, 0, false), 1u);
  EXPECT_EQ(request(8, 0, 19, true), 1u) << "no room for its name";
  up(kBlkReadOnly | kBlkNoCache | kBlkNoExtras);
  EXPECT_EQ(request(1, 0, 512, false), 1u);
  EXPECT_EQ(request(4, 0, 0, false), 2u) << "there is nothing to flush";
  EXPECT_EQ(request(11, 0, 16, false), 2u);
  EXPECT_THAT(world.complaints, ElementsAre());
}

TEST_F(VirtioBlkTest, ForgetsRanges) {
  up();
  world.put<uint32_t>(kData, 77);
  EXPECT_EQ(request(1, 8, 512, false), 0u);
  range(8, 1, 0);
  EXPECT_EQ(request(11, 0, 16, false), 0u);
  EXPECT_EQ(request(0, 8, 512, true), 0u);
  EXPECT_EQ(world.get<uint32_t>(kData), 0u);
  range(8, 1, 1);
  EXPECT_EQ(request(11, 0, 16, false), 2u) << "a discard has no such flag";
  EXPECT_EQ(request(13, 0, 16, false), 0u);
  range(8, 65537, 0);
  EXPECT_EQ(request(13, 0, 16, false), 1u) << "more than it said";
  range(131072, 1, 0);
  EXPECT_EQ(request(13, 0, 16, false), 1u);
  EXPECT_EQ(request(13, 0, 32, false), 1u) << "two ranges";
  EXPECT_EQ(request(13, 0, 0, false), 1u);
  EXPECT_EQ(request(14, 0, 16, false), 2u) << "secure erasure was not offered";
}

TEST_F(VirtioBlkTest, IsBrokenByWhatNoDriverMayDo) {
  up();
  desc(0, 0, kHeader, 16, 0);
  give(0, given++, 0);
  model.act();
  EXPECT_THAT(world.complaints, ElementsAre("a request without room for its status"));
  EXPECT_TRUE(reg(20, 1) & 0x40);
  up();
  desc(0, 0, kHeader, 15, kNext, 2);
  desc(0, 2, kStatus, 1, kWrite);
  give(0, given++, 0);
  model.act();
  EXPECT_THAT(world.complaints.back(), "a request without a whole header");
  up(kBlkSmallParts);
  request(0, 0, 8192, true);
  EXPECT_THAT(world.complaints, SizeIs(2));
  request(0, 0, 8704, true);
  EXPECT_THAT(world.complaints.back(), "a longer piece of memory than it said that it takes");
}

TEST_F(VirtioBlkTest, DoesNothingWithoutBusMastering) {
  up();
  world.deaf = true;
  offer(0, 0, 512, true);
  model.act();
  world.deaf = false;
  EXPECT_EQ(used(0), 0);
  EXPECT_EQ(world.get<uint8_t>(kStatus), 0xee);
  EXPECT_FALSE(model.interrupt());
}

TEST_F(VirtioBlkTest, EndsTheLastFirst) {
  up(kBlkBackwards);
  offer(0, 0, 512, true);
  desc(0, 3, kHeader, 16, kNext, 4);
  desc(0, 4, kStatus + 1, 1, kWrite);
  give(0, given++, 3);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(used(0), 1);
  EXPECT_EQ(world.get<uint32_t>(area(0) + 0x804), 3u);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(world.get<uint32_t>(area(0) + 0x80c), 0u);
  EXPECT_FALSE(model.act());
}

TEST_F(VirtioBlkTest, GrowsAfterItsSixthRequest) {
  up(kBlkGrows);
  const uint64_t generation = reg(21, 1);
  for (unsigned n = 0; n < 5; ++n) EXPECT_EQ(request(4, 0, 0, false), 0u);
  EXPECT_EQ(reg(kConfig, 4), 131072u);
  EXPECT_EQ(request(4, 0, 0, false), 0u);
  EXPECT_EQ(reg(kConfig, 4), 262144u);
  EXPECT_NE(reg(21, 1), generation);
  EXPECT_EQ(reg(kIsr, 1) & 2, 2u);
  EXPECT_EQ(request(0, 262143, 512, true), 0u);
}

}  // namespace
}  // namespace dmafuzz
