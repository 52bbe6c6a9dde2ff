// SPDX-License-Identifier: GPL-2.0-only
// Check info-leak: what the device could read in two runs, kept and compared; and when DmaSan looks.
#include "dmasan/info_leak.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "dmasan/dmasan.h"
#include "host.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Turn = InfoLeak::Run;

int g_dev, g_other;
constexpr uint64_t kDma = 0x7fff40;
constexpr uint64_t kPhys = HOST_BANK_NORMAL_BASE + 0x3f40;
constexpr uint64_t kSize = 64;
// What the device reads from kDma on.
std::array<uint8_t, 4 * kSize> g_bus;
unsigned g_looks;
bool g_blind;  // the device reads nothing at all

bool look(const void* dev, uint64_t dma, uint8_t* bytes, size_t n) {
  ++g_looks;
  if (g_blind || dev != &g_dev || dma < kDma || dma + n > kDma + g_bus.size()) return false;
  std::memcpy(bytes, g_bus.data() + (dma - kDma), n);
  return true;
}

class InfoLeakTest : public ::testing::Test {
 protected:
  void SetUp() override {
    g_bus.fill(0);
    g_looks = 0;
    g_blind = false;
    leak_.set_look(look);
  }
  InfoLeak leak_;
};

TEST_F(InfoLeakTest, SameBytesAreNoLeak) {
  for (Turn run : {Turn::kFirst, Turn::kSecond}) {
    leak_.begin(run);
    EXPECT_FALSE(leak_.readable(&g_dev, kDma, kSize));
    EXPECT_FALSE(leak_.readable(&g_dev, kDma + kSize, kSize));
  }
  EXPECT_FALSE(leak_.apart());
}

TEST_F(InfoLeakTest, NamesTheFirstByteThatDiffers) {
  leak_.begin(Turn::kFirst);
  g_bus[kSize + 5] = 1;
  EXPECT_FALSE(leak_.readable(&g_dev, kDma, kSize));
  EXPECT_FALSE(leak_.readable(&g_dev, kDma + kSize, kSize));
  leak_.begin(Turn::kSecond);
  g_bus[kSize + 5] = 2;
  g_bus[kSize + 9] = 3;
  EXPECT_FALSE(leak_.readable(&g_dev, kDma, kSize));
  const auto leak = leak_.readable(&g_dev, kDma + kSize, kSize);
  ASSERT_TRUE(leak);
  EXPECT_EQ(leak->byte, 5u);
  EXPECT_EQ(leak->count, 2u);
  EXPECT_EQ(leak->first, 1);
  EXPECT_EQ(leak->second, 2);
}

TEST_F(InfoLeakTest, TheLastByteCounts) {
  leak_.begin(Turn::kFirst);
  leak_.readable(&g_dev, kDma, kSize);
  leak_.begin(Turn::kSecond);
  g_bus[kSize - 1] = 1;
  g_bus[kSize] = 1;
  const auto leak = leak_.readable(&g_dev, kDma, kSize);
  ASSERT_TRUE(leak);
  EXPECT_EQ(leak->byte, kSize - 1);
  EXPECT_EQ(leak->count, 1u);
}

TEST_F(InfoLeakTest, LooksAtNothingUnlessItRunsTwice) {
  leak_.begin(Turn::kNone);
  EXPECT_FALSE(leak_.readable(&g_dev, kDma, kSize));
  EXPECT_EQ(g_looks, 0u);
}

TEST_F(InfoLeakTest, WhatCannotBeReadIsNotCompared) {
  leak_.begin(Turn::kFirst);
  EXPECT_FALSE(leak_.readable(&g_other, kDma, kSize));
  EXPECT_FALSE(leak_.readable(&g_dev, kDma, kSize));
  leak_.begin(Turn::kSecond);
  g_bus.fill(1);
  EXPECT_FALSE(leak_.readable(&g_other, kDma, kSize));
  EXPECT_TRUE(leak_.readable(&g_dev, kDma, kSize));
}

TEST_F(InfoLeakTest, WhatOneRunCannotReadIsNotComparedEither) {
  for (const bool first : {true, false}) {
    leak_.begin(Turn::kFirst);
    g_blind = first;
    leak_.readable(&g_dev, kDma, kSize);
    leak_.begin(Turn::kSecond);
    g_blind = !first;
    g_bus.fill(1);
    EXPECT_FALSE(leak_.readable(&g_dev, kDma, kSize));
    EXPECT_FALSE(leak_.apart());
  }
}

TEST_F(InfoLeakTest, RunsThatPartAreNotComparedAnyMore) {
  leak_.begin(Turn::kFirst);
  leak_.readable(&g_dev, kDma, kSize);
  leak_.readable(&g_dev, kDma, kSize);
  leak_.begin(Turn::kSecond);
  g_bus.fill(1);
  EXPECT_FALSE(leak_.readable(&g_dev, kDma + 1, kSize));
  EXPECT_TRUE(leak_.apart());
  EXPECT_FALSE(leak_.readable(&g_dev, kDma, kSize));
  leak_.begin(Turn::kFirst);
  EXPECT_FALSE(leak_.apart());
}

TEST_F(InfoLeakTest, MoreThanTheFirstRunHadIsApart) {
  leak_.begin(Turn::kFirst);
  leak_.readable(&g_dev, kDma, kSize);
  leak_.begin(Turn::kSecond);
  leak_.readable(&g_dev, kDma, kSize);
  EXPECT_FALSE(leak_.apart());
  EXPECT_FALSE(leak_.readable(&g_dev, kDma, kSize));
  EXPECT_TRUE(leak_.apart());
}

TEST_F(InfoLeakTest, AFirstRunForgetsTheOneBefore) {
  leak_.begin(Turn::kFirst);
  leak_.readable(&g_dev, kDma, kSize);
  leak_.begin(Turn::kFirst);
  leak_.readable(&g_dev, kDma + kSize, kSize);
  leak_.begin(Turn::kSecond);
  g_bus.fill(1);
  EXPECT_TRUE(leak_.readable(&g_dev, kDma + kSize, kSize));
}

std::vector<std::string> g_fired;

// DmaSan with a bus on which every byte differs in the second run, from `from` on.
class InfoLeakCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    g_fired.clear();
    san_.set_report([](const Violation& v) {
      g_fired.push_back(std::string(check_info(v.check).id));
      what_ = v.what;
    });
    san_.info_leak().set_look(look);
  }
  Mapping mapping(MapKind kind, unsigned dir) {
    Mapping m;
    m.dev = &g_dev;
    m.dma = kDma;
    m.phys = kPhys;
    m.size = kSize;
    m.kind = kind;
    m.dir = static_cast<uint8_t>(dir);
    m.checked = true;
    return m;
  }
  template <typename Program>
  const std::vector<std::string>& twice(Program program) {
    for (Turn run : {Turn::kFirst, Turn::kSecond}) {
      g_bus.fill(run == Turn::kFirst ? 0x11 : 0x22);
      san_.info_leak().begin(run);
      program();
      san_.reset();
    }
    san_.info_leak().begin(Turn::kNone);
    return g_fired;
  }
  const void* frame() { return __builtin_frame_address(0); }

  DmaSan san_;
  static inline std::string what_;
};

TEST_F(InfoLeakCheck, FiresWhenUnwrittenMemoryIsMapped) {
  EXPECT_THAT(twice([&] { san_.map(mapping(MapKind::kPhys, DMAF_TO_DEVICE), frame()); }), ElementsAre("info-leak"));
  EXPECT_THAT(what_, HasSubstr("may read byte 0 of the single mapping"));
  EXPECT_THAT(what_, HasSubstr("0x11"));
  EXPECT_THAT(what_, HasSubstr("0x22"));
  EXPECT_THAT(what_, HasSubstr("64 of 64 bytes"));
}

TEST_F(InfoLeakCheck, FiresForBothDirectionsThatTheDeviceReads) {
  EXPECT_THAT(twice([&] { san_.map(mapping(MapKind::kPhys, DMAF_BIDIRECTIONAL), frame()); }), ElementsAre("info-leak"));
}

TEST_F(InfoLeakCheck, IsSilentWhereTheDeviceOnlyWrites) {
  EXPECT_THAT(twice([&] {
                san_.map(mapping(MapKind::kPhys, DMAF_FROM_DEVICE), frame());
                san_.sync(&g_dev, kDma, kSize, DMAF_FROM_DEVICE, false, frame());
              }),
              IsEmpty());
}

TEST_F(InfoLeakCheck, RegistersHoldNoSecrets) {
  EXPECT_THAT(twice([&] { san_.map(mapping(MapKind::kResource, DMAF_BIDIRECTIONAL), frame()); }), IsEmpty());
}

TEST_F(InfoLeakCheck, FiresForThePartOfAList) {
  EXPECT_THAT(twice([&] {
                Mapping m = mapping(MapKind::kSg, DMAF_TO_DEVICE);
                m.size = 2 * kSize;
                san_.map(m, frame());
                if (san_.info_leak().run() == Turn::kSecond) std::fill_n(g_bus.begin(), kSize + 3, 0x11);
                san_.map_part(&g_dev, kDma, kPhys, kSize);
                san_.map_part(&g_dev, kDma + kSize, kPhys + kPageSize, kSize);
              }),
              ElementsAre("info-leak"));
  EXPECT_THAT(what_, HasSubstr("may read byte 67 of the scatterlist mapping"));
}

TEST_F(InfoLeakCheck, FiresForCoherentMemoryThatWasNotCleared) {
  EXPECT_THAT(twice([&] { san_.map(mapping(MapKind::kCoherent, DMAF_BIDIRECTIONAL), frame()); }),
              ElementsAre("info-leak"));
}

TEST_F(InfoLeakCheck, FiresForWhatTheCpuCopiedIntoCoherentMemory) {
  const auto copied = [&](auto then) {
    g_fired.clear();
    return twice([&] {
      const auto now = g_bus;
      g_bus.fill(0);
      san_.map(mapping(MapKind::kCoherent, DMAF_BIDIRECTIONAL), frame());
      g_bus = now;
      then();
    });
  };
  EXPECT_THAT(copied([&] { san_.device_access(&g_dev, kDma + 8, 4, false); }), ElementsAre("info-leak"));
  EXPECT_THAT(what_, HasSubstr("may read byte 8 of"));
  EXPECT_THAT(copied([&] { san_.free(&g_dev, kDma, kSize, 0, MapKind::kCoherent, DMAF_BIDIRECTIONAL, frame()); }),
              ElementsAre("info-leak"));
  EXPECT_THAT(copied([&] { san_.device_access(&g_dev, kDma + 8, 4, true); }), IsEmpty());
}

TEST_F(InfoLeakCheck, LeavesOutMemoryWithoutAKernelMapping) {
  EXPECT_THAT(twice([&] {
                Mapping m = mapping(MapKind::kCoherent, DMAF_BIDIRECTIONAL);
                m.attrs = DMAF_A_NO_KERNEL_MAPPING;
                san_.map(m, frame());
                san_.device_access(&g_dev, kDma, 4, false);
              }),
              IsEmpty());
}

TEST_F(InfoLeakCheck, MemoryThatIsTheCpusFirstLeaksWhenItIsHandedOver) {
  for (const MapKind kind : {MapKind::kPages, MapKind::kSg}) {
    g_fired.clear();
    bool handed_over = false;
    EXPECT_THAT(twice([&] {
                  Mapping m = mapping(kind, DMAF_TO_DEVICE);
                  m.cpu_first = kind == MapKind::kSg;
                  san_.map(m, frame());
                  if (kind == MapKind::kSg) san_.map_part(&g_dev, kDma, kPhys, kSize);
                  EXPECT_THAT(g_fired, IsEmpty());
                  san_.sync(&g_dev, kDma, kSize, DMAF_TO_DEVICE, true, frame());
                  EXPECT_THAT(g_fired, IsEmpty());
                  san_.sync(&g_dev, kDma + 16, 8, DMAF_TO_DEVICE, false, frame());
                  handed_over = true;
                }),
                ElementsAre("info-leak"));
    EXPECT_TRUE(handed_over);
    EXPECT_THAT(what_, HasSubstr("may read byte 16 of"));
  }
}

TEST_F(InfoLeakCheck, SoDoesWhatIsMappedWithoutASync) {
  EXPECT_THAT(twice([&] {
                Mapping m = mapping(MapKind::kPhys, DMAF_TO_DEVICE);
                m.attrs = DMAF_A_SKIP_CPU_SYNC;
                san_.map(m, frame());
                EXPECT_THAT(g_fired, IsEmpty());
                san_.sync(&g_dev, kDma, kSize, DMAF_TO_DEVICE, false, frame());
              }),
              ElementsAre("info-leak"));
}

TEST_F(InfoLeakCheck, SaysNothingWhenItIsOff) {
  san_.enable(Check::kInfoLeak, false);
  EXPECT_THAT(twice([&] { san_.map(mapping(MapKind::kPhys, DMAF_TO_DEVICE), frame()); }), IsEmpty());
}

TEST_F(InfoLeakCheck, SaysNothingOfASingleRun) {
  san_.map(mapping(MapKind::kPhys, DMAF_TO_DEVICE), frame());
  EXPECT_THAT(g_fired, IsEmpty());
}

}  // namespace
}  // namespace dmafuzz
