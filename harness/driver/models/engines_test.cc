// SPDX-License-Identifier: GPL-2.0-only
//
// DMA engines and the SCSI host by themselves, by their registers, lists and rings alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "driver/models/dw_axi_dmac.h"
#include "driver/models/plx_dma.h"
#include "driver/models/pvscsi.h"
#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

using testing::bytes;
using ::testing::ElementsAre;
using testing::FakeSurroundings;
using ::testing::SizeIs;

// A host that may refuse DMA, as one does to a device that was not made bus master, and hears of misuse.
class StrictWorld : public FakeSurroundings {
 public:
  bool read(uint64_t dma, void* to, size_t n) override { return !deaf && FakeSurroundings::read(dma, to, n); }
  bool write(uint64_t dma, const void* from, size_t n) override {
    return !deaf && FakeSurroundings::write(dma, from, n);
  }
  void misused(std::string_view why) override { complaints.emplace_back(why); }
  std::vector<uint8_t> at(uint64_t dma, size_t n) const {
    return {memory.begin() + static_cast<ptrdiff_t>(dma), memory.begin() + static_cast<ptrdiff_t>(dma + n)};
  }

  bool deaf = false;
  std::vector<std::string> complaints;
};

class PlxDmaTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kRing = 0x1000, kValid = 1u << 31, kTell = 1u << 30, kStart = 8, kWriteBack = 4;
  static constexpr uint32_t kInvalid = 1 << 8, kPaused = 1 << 9, kAborted = 1 << 10, kInProgress = 1 << 30;

  PlxDmaTest() {
    model.attach(world);
    model.reset();
  }
  void ring(uint32_t count) {
    reg(0x214, kRing);
    reg(0x21c, kRing);
    reg(0x220, count);
  }
  uint32_t reg(uint32_t at) { return static_cast<uint32_t>(model.read(0, at, 4)); }
  void reg(uint32_t at, uint32_t value) { model.write(0, at, 4, value); }
  void start() { model.write(0, 0x238, 2, kStart | kWriteBack); }
  void descriptor(unsigned n, uint32_t flags, uint64_t to, uint64_t from) {
    world.put<uint32_t>(kRing + 16 * n, flags);
    world.put<uint16_t>(kRing + 16 * n + 4, static_cast<uint16_t>(to >> 32));
    world.put<uint16_t>(kRing + 16 * n + 6, static_cast<uint16_t>(from >> 32));
    world.put<uint32_t>(kRing + 16 * n + 8, static_cast<uint32_t>(to));
    world.put<uint32_t>(kRing + 16 * n + 12, static_cast<uint32_t>(from));
  }
  uint32_t flags(unsigned n) const { return world.get<uint32_t>(kRing + 16 * n); }

  StrictWorld world;
  PlxDma model;
};

TEST_F(PlxDmaTest, CopiesAndWritesBackHowItEnded) {
  ring(4);
  const auto data = bytes(100);
  world.write(0x2001, data.data(), data.size());
  descriptor(0, kValid | kTell | 100, 0x3003, 0x2001);
  EXPECT_FALSE(model.act()) << "nobody started it";
  start();
  EXPECT_TRUE(reg(0x238) & kInProgress);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(world.at(0x3003, 100), data);
  EXPECT_EQ(flags(0), 1u << 30 | 100) << "done, so many bytes, no longer valid";
  EXPECT_EQ(reg(0x21c), kRing + 16);
  EXPECT_TRUE(model.interrupt());
  model.write(0, 0x23e, 2, 3);
  EXPECT_TRUE(model.interrupt()) << "other bits were cleared";
  model.write(0, 0x23e, 2, 4);
  EXPECT_FALSE(model.interrupt());
  EXPECT_FALSE(model.act()) << "the next one is not valid";
  EXPECT_EQ(reg(0x238) & (kInvalid | kInProgress), kInvalid);
}

TEST_F(PlxDmaTest, GoesRoundItsRingAndTellsOnlyWhereAsked) {
  ring(2);
  descriptor(0, kValid | 1, 0x3000, 0x2000);
  descriptor(1, kValid | 1, 0x3001, 0x2000);
  start();
  EXPECT_TRUE(model.act());
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.interrupt());
  EXPECT_EQ(reg(0x21c), kRing);
  reg(0x238, kStart);
  descriptor(0, kValid | 1, 0x3000, 0x2000);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(flags(0), kValid | 1) << "not asked to write back";
}

TEST_F(PlxDmaTest, SaysWhatItCouldNotReach) {
  ring(4);
  descriptor(3, kValid, 0x3000, 0x2000);
  descriptor(0, kValid | 0x5000, 0x8000, 0xd000);   // 12 KiB are there to be read
  descriptor(1, kValid | 0x7000, 0xb000, 0x2000);   // 20 KiB to be written
  descriptor(2, kValid | 16, 0x100003000, 0x2000);  // above 4 GiB
  start();
  for (unsigned n = 0; n < 4; ++n) EXPECT_TRUE(model.act());
  EXPECT_EQ(flags(0), 1u << 29) << "the first piece is not there in whole";
  EXPECT_EQ(flags(1), 1u << 28 | 0x4000) << "one piece of 16 KiB is";
  EXPECT_EQ(flags(2), 1u << 28);
  EXPECT_EQ(flags(3), 1u << 30) << "nothing is soon copied";
}

TEST_F(PlxDmaTest, DoesNothingWithoutBusMastering) {
  ring(4);
  descriptor(0, kValid | kTell | 16, 0x3000, 0x2000);
  start();
  world.deaf = true;
  EXPECT_FALSE(model.act());
  EXPECT_FALSE(reg(0x238) & kInProgress);
  world.deaf = false;
  EXPECT_FALSE(model.act()) << "until it is started again";
  EXPECT_EQ(flags(0), kValid | kTell | 16);
  EXPECT_FALSE(model.interrupt());
}

TEST_F(PlxDmaTest, StopsWhenToldTo) {
  start();
  EXPECT_THAT(world.complaints, ElementsAre("a start without a ring"));
  EXPECT_FALSE(reg(0x238) & kInProgress);
  ring(4);
  descriptor(0, kValid | 1, 0x3000, 0x2000);
  start();
  reg(0x238, 1);
  EXPECT_EQ(reg(0x238) & (kPaused | kInProgress), kPaused);
  EXPECT_FALSE(model.act());
  reg(0x238, kPaused | kStart | 1);
  EXPECT_FALSE(reg(0x238) & (kPaused | kInProgress)) << "it is paused still, if no longer newly so";
  start();
  EXPECT_TRUE(reg(0x238) & kInProgress);
  reg(0x238, 2);
  EXPECT_EQ(reg(0x238) & (kAborted | kInProgress), kAborted);
}

TEST_F(PlxDmaTest, KnowsItsOwnFields) {
  ring(4);
  EXPECT_TRUE(model.own_field(kRing + 16, 4));
  EXPECT_FALSE(model.own_field(kRing + 16, 8));
  EXPECT_FALSE(model.own_field(kRing + 20, 4));
  EXPECT_FALSE(model.own_field(kRing + 64, 4));
  EXPECT_FALSE(model.own_field(kRing - 4, 4));
}

class DwAxiDmacTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kOn = 1, kInterrupts = 2, kEnable = 0x18, kLast = 1u << 30, kValid = 1u << 31;
  static constexpr uint32_t kDone = 2, kErrors = 0x2660, kDisabled = 1u << 30;
  static constexpr uint64_t kList = 0x1000;

  DwAxiDmacTest() {
    model.attach(world);
    model.reset();
    reg(0x10, kOn | kInterrupts);
  }
  uint32_t reg(uint32_t at) { return static_cast<uint32_t>(model.read(0, at, 4)); }
  void reg(uint32_t at, uint32_t value) { model.write(0, at, 4, value); }
  // A block of `units` of 1 << width bytes, the n-th item of memory; `next`: the one that follows.
  void item(unsigned n, uint64_t to, uint64_t from, uint32_t units, unsigned width, uint32_t high, unsigned next = 0) {
    const uint64_t at = kList + 64 * n;
    world.put<uint64_t>(at, from);
    world.put<uint64_t>(at + 8, to);
    world.put<uint32_t>(at + 16, units - 1);
    world.put<uint64_t>(at + 24, next ? kList + 64 * next : 0);
    world.put<uint32_t>(at + 32, width << 8 | width << 11);
    world.put<uint32_t>(at + 36, high);
  }
  void start(unsigned channel, unsigned first) {
    const uint32_t base = 0x100 + 0x100 * channel;
    reg(base + 0x28, static_cast<uint32_t>(kList + 64 * first));
    reg(base + 0x2c, 0);
    reg(base + 0x80, kDone | kErrors | kDisabled);
    reg(base + 0x90, kDone | kErrors);
    reg(kEnable, 0x101u << channel);
  }
  uint32_t happened(unsigned channel) { return reg(0x188 + 0x100 * channel); }

  StrictWorld world;
  DwAxiDmac model;
};

TEST_F(DwAxiDmacTest, WalksAListOfBlocks) {
  const auto data = bytes(80);
  world.write(0x2000, data.data(), data.size());
  item(0, 0x3001, 0x2001, 3, 0, kValid, 2);
  item(2, 0x3010, 0x2010, 4, 3, kValid | kLast);
  start(0, 0);
  EXPECT_EQ(reg(kEnable), 1u);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(world.at(0x3001, 4), (std::vector<uint8_t>{2, 3, 4, 0}));
  EXPECT_FALSE(model.interrupt()) << "a block is not asked about";
  EXPECT_EQ(world.get<uint32_t>(kList + 36), 0u) << "it is used up";
  EXPECT_TRUE(model.act());
  EXPECT_EQ(world.at(0x3010, 32), world.at(0x2010, 32)) << "four times eight bytes";
  EXPECT_EQ(world.get<uint8_t>(0x3030), 0);
  EXPECT_TRUE(model.interrupt());
  EXPECT_EQ(happened(0), kDone);
  EXPECT_EQ(reg(kEnable), 0u);
  reg(0x198, kDone);
  EXPECT_FALSE(model.interrupt());
  EXPECT_FALSE(model.act());
}

TEST_F(DwAxiDmacTest, MindsWhatIsSwitchedOn) {
  item(0, 0x3000, 0x2000, 1, 0, kValid | kLast);
  reg(0x10, 0);
  start(2, 0);
  EXPECT_FALSE(model.act());
  reg(0x10, kOn);
  reg(kEnable, 4 << 8);
  EXPECT_TRUE(happened(2) & kDisabled) << "it was under way";
  EXPECT_FALSE(model.act());
  reg(kEnable, 4);
  EXPECT_EQ(reg(kEnable), 0u) << "without the bit that lets it be written";
  reg(kEnable, 4 | 4 << 8);
  reg(kEnable, 0);
  EXPECT_EQ(reg(kEnable), 4u);
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.interrupt());
  reg(0x10, kOn | kInterrupts);
  EXPECT_TRUE(model.interrupt());
  reg(0x390, 0);
  EXPECT_FALSE(model.interrupt()) << "seen, but not signalled";
}

TEST_F(DwAxiDmacTest, ServesChannelsInTurns) {
  for (unsigned n = 0; n < 4; ++n) {
    item(n, 0x3000 + n, 0x2000, 1, 0, kValid | (n < 2 ? 0 : kLast), n < 2 ? n + 2 : 0);
  }
  start(0, 0);
  start(3, 1);
  EXPECT_TRUE(model.act());
  EXPECT_TRUE(model.act());
  EXPECT_EQ(reg(kEnable), 9u) << "each has done its first block";
  EXPECT_TRUE(model.act());
  EXPECT_EQ(reg(kEnable), 8u);
  EXPECT_TRUE(model.act());
  EXPECT_FALSE(model.act());
}

TEST_F(DwAxiDmacTest, RefusesWhatItCannotDo) {
  item(0, 0x3000, 0x2000, 1, 0, kLast);
  start(0, 0);
  model.act();
  EXPECT_EQ(happened(0), 1u << 13) << "not valid";
  EXPECT_EQ(reg(kEnable), 0u);
  item(0, 0x3000, 0xfff0, 17, 0, kValid | kLast);
  start(1, 0);
  model.act();
  EXPECT_EQ(happened(1), 1u << 5) << "it cannot be read";
  item(0, 0xfff0, 0x2000, 17, 0, kValid | kLast);
  start(2, 0);
  model.act();
  EXPECT_EQ(happened(2), 1u << 6) << "nor written";
  start(3, 0);
  world.deaf = true;
  model.act();
  EXPECT_EQ(happened(3), 1u << 9) << "nor the list";
  world.deaf = false;
  EXPECT_FALSE(model.act());
  EXPECT_TRUE(world.complaints.empty());
  item(0, 0x3000, 0x2000, 1, 0, kValid | kLast);
  world.put<uint32_t>(kList + 32, 1 << 4 | 1 << 8);
  start(0, 0);
  model.act();
  EXPECT_THAT(world.complaints, SizeIs(2)) << "one address stays, and widths differ";
}

TEST_F(DwAxiDmacTest, HasNoBlockOfNothing) {
  item(0, 0x3000, 0x2000, 1, 0, kValid | kLast);
  world.put<uint32_t>(kList + 16, 0xffc00000);
  world.put<uint8_t>(0x2000, 7);
  start(0, 0);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(world.get<uint16_t>(0x3000), 7) << "a unit";
  EXPECT_EQ(happened(0), kDone) << "the upper bits of the count do not exist";
}

TEST_F(DwAxiDmacTest, KnowsItsOwnFields) {
  EXPECT_TRUE(model.own_field(kList + 36, 4));
  EXPECT_TRUE(model.own_field(kList + 64 + 40, 8));
  EXPECT_FALSE(model.own_field(kList + 24, 8)) << "where the list goes on";
  EXPECT_FALSE(model.own_field(kList + 32, 4));
  EXPECT_FALSE(model.own_field(kList + 36, 8));
}

class PvscsiTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kState = 0x1000, kRequests = 0x2000, kCompletions = 0x3000, kSaid = 0x4000;
  static constexpr uint32_t kToHost = 8, kToDevice = 16;

  void begin(uint32_t variant = 0) {
    model.attach(world);
    model.vary(variant);
    model.reset();
    set_up(1);
    reg(0x2010, 5);
  }
  uint32_t reg(uint32_t at) { return static_cast<uint32_t>(model.read(0, at, 4)); }
  void reg(uint32_t at, uint32_t value) { model.write(0, at, 4, value); }
  void command(uint32_t number, const std::vector<uint32_t>& words = {}) {
    reg(0, number);
    for (const uint32_t word : words) reg(4, word);
  }
  void set_up(uint32_t pages) {
    std::vector<uint32_t> words(132);
    words[0] = pages;
    words[1] = 1;
    words[2] = kState >> 12;
    words[4] = kRequests >> 12;
    words[68] = kCompletions >> 12;
    command(3, words);
  }
  uint32_t state(unsigned at) const { return world.get<uint32_t>(kState + at); }
  // Puts a request into the ring, of which it is told.
  void request(std::initializer_list<uint8_t> cdb, uint64_t data, uint64_t length, uint32_t flags, uint8_t target = 0) {
    const uint64_t at = kRequests + state(0) % 32 * 128;
    std::fill_n(world.memory.begin() + static_cast<ptrdiff_t>(at), 128, uint8_t{0});
    world.put<uint64_t>(at, ++name);
    world.put<uint64_t>(at + 8, data);
    world.put<uint64_t>(at + 16, length);
    world.put<uint64_t>(at + 24, 0x9000);
    world.put<uint32_t>(at + 32, 96);
    world.put<uint32_t>(at + 36, flags);
    std::copy(cdb.begin(), cdb.end(), world.memory.begin() + static_cast<ptrdiff_t>(at + 40));
    world.put<uint8_t>(at + 56, static_cast<uint8_t>(cdb.size()));
    world.put<uint8_t>(at + 67, target);
    world.put<uint32_t>(kState, state(0) + 1);
    reg(0x3014, 0);
  }
  struct Answer {
    uint64_t name, length;
    uint32_t sense;
    uint16_t host, scsi;
    bool operator==(const Answer&) const = default;
  };
  Answer answer(unsigned n) const {
    const uint64_t at = kCompletions + n * 32;
    return {world.get<uint64_t>(at), world.get<uint64_t>(at + 8), world.get<uint32_t>(at + 16),
            world.get<uint16_t>(at + 20), world.get<uint16_t>(at + 22)};
  }

  StrictWorld world;
  Pvscsi model;
  uint64_t name = 0;
};

TEST_F(PvscsiTest, SaysHowLongItsCommandsAre) {
  begin();
  EXPECT_EQ(state(8), 5u) << "32 requests, as a power of two";
  EXPECT_EQ(state(20), 7u);
  reg(0, 3);
  EXPECT_EQ(reg(8), 132u);
  reg(0, 2);
  EXPECT_EQ(reg(8), ~0u) << "nobody knows that one";
  begin(Pvscsi::kOld);
  reg(0, 8);
  EXPECT_EQ(reg(8), ~0u);
  EXPECT_TRUE(world.complaints.empty());
  set_up(3);
  set_up(64);
  EXPECT_THAT(world.complaints, SizeIs(2)) << "rings of three pages, and of 64";
  model.write(0, 0, 2, 1);
  EXPECT_THAT(world.complaints, SizeIs(3));
}

TEST_F(PvscsiTest, CarriesCommandsOut) {
  begin();
  request({0x12, 0, 0, 0, 36, 0}, 0x8000, 36, kToHost);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(answer(0), (Answer{1, 36, 0, 0, 0}));
  EXPECT_EQ(state(12), 1u);
  EXPECT_EQ(reg(0x100c), 1u);
  EXPECT_TRUE(model.interrupt());
  reg(0x100c, 1);
  EXPECT_FALSE(model.interrupt());
  EXPECT_FALSE(model.act());
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(answer(1), (Answer{2, 0, 18, 0, 2})) << "it was switched on";
  EXPECT_EQ(world.get<uint8_t>(0x9002) & 15, 6);
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0, 5);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(answer(2), (Answer{3, 0, 0, 0x11, 0})) << "nobody is there";
}

TEST_F(PvscsiTest, MovesDataByLists) {
  begin();
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  model.act();
  const auto data = bytes(512);
  world.write(0xa000, data.data(), 200);
  world.write(0xb001, data.data() + 200, 312);
  const auto element = [&](uint64_t at, uint64_t address, uint32_t length, uint32_t flags) {
    world.put(at, address);
    world.put(at + 8, length);
    world.put(at + 12, flags);
  };
  element(0x8000, 0xa000, 200, 0);
  element(0x8010, 0x8100, 0, 1);
  element(0x8100, 0xb001, 312, 0);
  request({0x2a, 0, 0, 0, 0, 9, 0, 0, 1, 0}, 0x8000, 512, kToDevice | 1);
  request({0x28, 0, 0, 0, 0, 9, 0, 0, 1, 0}, 0xc000, 512, kToHost);
  request({0x28, 0, 0, 0, 0, 9, 0, 0, 1, 0}, 0xd000, 100, kToHost);
  request({0x28, 0, 0, 0, 0, 9, 0, 0, 0, 0}, 0xd000, 0, kToHost);
  for (unsigned n = 0; n < 4; ++n) EXPECT_TRUE(model.act());
  EXPECT_EQ(answer(1), (Answer{2, 512, 0, 0, 0}));
  EXPECT_EQ(answer(2), (Answer{3, 512, 0, 0, 0}));
  EXPECT_EQ(world.at(0xc000, 512), data);
  EXPECT_EQ(answer(3), (Answer{4, 100, 0, 0, 0})) << "no more than there is room for";
  EXPECT_EQ(world.get<uint8_t>(0xd064), 0);
  EXPECT_EQ(answer(4), (Answer{5, 0, 0, 0, 0})) << "no block is no error";
  request({0x28, 0, 0xff, 0, 0, 0, 0, 0, 1, 0}, 0xd000, 512, kToHost);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(answer(5), (Answer{6, 0, 18, 0, 2})) << "beyond its end";
}

TEST_F(PvscsiTest, RefusesRequestsThatCannotBe) {
  begin();
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  world.put<uint64_t>(kRequests, 0);
  model.act();
  EXPECT_THAT(world.complaints, ElementsAre("a request without a name"));
  request({}, 0, 0, 0);
  model.act();
  EXPECT_THAT(world.complaints, SizeIs(2)) << "a command of no bytes";
  world.put<uint32_t>(kState, state(0) + 33);
  reg(0x3014, 0);
  EXPECT_FALSE(model.act());
  EXPECT_THAT(world.complaints, SizeIs(3)) << "more requests than there is room for";
}

TEST_F(PvscsiTest, WaitsForRoomToAnswer) {
  begin();
  world.put<uint32_t>(kState + 16, static_cast<uint32_t>(-128));
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  EXPECT_FALSE(model.act());
  EXPECT_EQ(state(12), 0u);
  world.put<uint32_t>(kState + 16, static_cast<uint32_t>(-127));
  EXPECT_TRUE(model.act());
  EXPECT_EQ(state(12), 1u);
}

TEST_F(PvscsiTest, DoesNothingWithoutBusMastering) {
  begin(Pvscsi::kBackwards);
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  world.deaf = true;
  EXPECT_FALSE(model.act());
  world.deaf = false;
  EXPECT_EQ(state(12), 0u);
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(answer(0).name, 2u) << "it has taken both";
  reg(0x100c, 1);
  world.deaf = true;
  model.act();
  EXPECT_FALSE(model.interrupt()) << "an answer that cannot be written is none";
  world.deaf = false;
  EXPECT_EQ(state(12), 1u);
}

TEST_F(PvscsiTest, EndsWhatIsAbortedOrReset) {
  begin();
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  command(6, {1, 0, 0, 0});
  EXPECT_EQ(answer(0), (Answer{1, 0, 0, 0x26, 0}));
  command(6, {7, 0, 0, 0});
  EXPECT_EQ(state(12), 1u) << "there is none of that name";
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  command(5, {3, 0, 0});
  EXPECT_EQ(state(12), 1u) << "another device was reset";
  command(4);
  EXPECT_EQ(answer(1), (Answer{2, 0, 0, 0x25, 0}));
  request({0, 0, 0, 0, 0, 0}, 0, 0, 0);
  command(1);
  EXPECT_FALSE(model.act()) << "it knows no ring any more";
  EXPECT_EQ(state(12), 2u);
}

TEST_F(PvscsiTest, SaysThatADiskCame) {
  begin(Pvscsi::kComesAndGoes);
  std::vector<uint32_t> words(34);
  words[0] = 1;
  words[2] = kSaid >> 12;
  command(8, words);
  EXPECT_EQ(state(136), 5u);
  for (unsigned n = 0; n < 8; ++n) {
    EXPECT_EQ(state(128), 0u);
    request({0x12, 0, 0, 0, 36, 0}, 0x8000, 36, kToHost);
    EXPECT_TRUE(model.act());
  }
  EXPECT_EQ(state(128), 1u);
  EXPECT_EQ(world.get<uint32_t>(kSaid), 0u) << "added";
  EXPECT_EQ(world.get<uint32_t>(kSaid + 8), 1u) << "target 1";
  EXPECT_EQ(reg(0x100c), 5u);
}

TEST_F(PvscsiTest, KnowsItsOwnFields) {
  begin();
  EXPECT_TRUE(model.own_field(kCompletions + 4092, 4));
  EXPECT_FALSE(model.own_field(kCompletions + 4092, 8));
  EXPECT_FALSE(model.own_field(kRequests, 4));
  EXPECT_FALSE(model.own_field(kState, 4)) << "how many requests were made";
  EXPECT_TRUE(model.own_field(kState + 12, 4));
}

}  // namespace
}  // namespace dmafuzz
