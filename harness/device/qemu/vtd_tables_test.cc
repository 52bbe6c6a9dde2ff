// SPDX-License-Identifier: GPL-2.0-only
//
// The tables are read back as the hardware would: by the walker of device/table_walk.h's format, from a copy of them in
// a bank (walkers read no other memory), so that writer and walker check each other.
#include "device/qemu/vtd_tables.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "device/table_walk.h"
#include "device/testing/fake_bus.h"

namespace dmafuzz {
namespace {

using Change = VtdTables::Change;

constexpr unsigned kDevfn = 1 << 3;
constexpr uint64_t kMoved = HOST_BANK_DMA_BASE;  // where the copy is, less where the tables are
constexpr uint64_t kHigh = HOST_BANK_NORMAL_BASE + 0x7000, kLow = HOST_BANK_DMA_BASE + 0x3000;

class VtdTablesTest : public ::testing::Test {
 protected:
  VtdTablesTest() {
    testing::map_arena();
    tables_.open(memory_.data(), kDevfn);
  }
  uint64_t word(uint64_t at) const {
    uint64_t value = 0;
    std::memcpy(&value, memory_.data() + at, sizeof value);
    return value;
  }
  // "r", "w", "rw" or "": what the device may do at an address.
  std::string may(uint64_t address) const {
    const uint64_t context = word(VtdTables::kRoot) & ~0xfffu;
    const uint64_t top = word(context + 16 * kDevfn) & ~0xfffu;
    // Entries that lead to tables are moved along with them; a table is any page that one leads to.
    std::vector<uint8_t> copy = memory_;
    move(copy, top, 2);
    std::memcpy(testing::at(kMoved), copy.data(), VtdTables::kEnd);
    const Walk walk = walk_vtdss({HOST_TABLE_VTDSS, kMoved + top, 2, VtdTables::kBits}, address);
    if (walk.end != WalkEnd::kMapped) return {};
    EXPECT_EQ(walk.phys, address);
    EXPECT_EQ(walk.size_log2, 12);
    return std::string(walk.readable ? "r" : "") + (walk.writable ? "w" : "");
  }
  static void move(std::vector<uint8_t>& copy, uint64_t table, int level) {
    for (uint64_t at = table; level && at < table + 4096; at += 8) {
      uint64_t entry = 0;
      std::memcpy(&entry, &copy[at], sizeof entry);
      if (!entry) continue;
      move(copy, entry & ~0xfffu, level - 1);
      entry += kMoved;
      std::memcpy(&copy[at], &entry, sizeof entry);
    }
  }

  std::vector<uint8_t> memory_ = std::vector<uint8_t>(VtdTables::kEnd, 0xee);
  VtdTables tables_;
};

TEST_F(VtdTablesTest, RootAndContextNameTheDeviceAlone) {
  EXPECT_EQ(word(VtdTables::kRoot) & 0xfff, 1u);
  const uint64_t context = word(VtdTables::kRoot) & ~0xfffu;
  for (unsigned devfn = 0; devfn < 256; ++devfn) {
    EXPECT_EQ(word(context + 16 * devfn) & 1, devfn == kDevfn) << devfn;
  }
  EXPECT_EQ(word(context + 16 * kDevfn + 8), 0x101u) << "three levels, domain 1";
  EXPECT_EQ(may(kLow), "");
}

TEST_F(VtdTablesTest, PagesOfRangesAreMappedAndNoOthers) {
  const watch_range ranges[] = {{.address = kHigh + 0xffe, .bytes = 4, .read = 1, .write = 0},
                                {.address = kLow + 0x10, .bytes = 16, .read = 0, .write = 1}};
  EXPECT_EQ(tables_.map_exactly(ranges), Change::kMore);
  EXPECT_EQ(may(kHigh - 1), "");
  EXPECT_EQ(may(kHigh), "r");
  EXPECT_EQ(may(kHigh + 0x1fff), "r");
  EXPECT_EQ(may(kHigh + 0x2000), "");
  EXPECT_EQ(may(kLow + 0xfff), "w");
  EXPECT_EQ(may(kLow + 0x1000), "");
  EXPECT_EQ(may(0x1000), "");
}

TEST_F(VtdTablesTest, APageMayWhatAnyRangeOnItMay) {
  const watch_range ranges[] = {{.address = kLow, .bytes = 16, .read = 1, .write = 0},
                                {.address = kLow + 0x800, .bytes = 16, .read = 0, .write = 1}};
  EXPECT_EQ(tables_.map_exactly(ranges), Change::kMore);
  EXPECT_EQ(may(kLow), "rw");
  EXPECT_EQ(tables_.map_exactly(std::span(ranges).first(1)), Change::kLess);
  EXPECT_EQ(may(kLow), "r");
}

TEST_F(VtdTablesTest, SaysWhenWhatIsCachedMustGo) {
  const watch_range a = {.address = kLow, .bytes = 1, .read = 1, .write = 1},
                    b = {.address = kHigh, .bytes = 1, .read = 1, .write = 1};
  EXPECT_EQ(tables_.map_exactly({{a}}), Change::kMore);
  EXPECT_EQ(tables_.map_exactly({{a, b}}), Change::kMore);
  EXPECT_EQ(tables_.map_exactly({{a, b}}), Change::kMore);
  EXPECT_EQ(tables_.map_exactly({{b}}), Change::kLess);
  EXPECT_EQ(may(kLow), "");
  EXPECT_EQ(may(kHigh), "rw");
  EXPECT_EQ(tables_.map_exactly({}), Change::kLess);
  EXPECT_EQ(may(kHigh), "");
  EXPECT_EQ(tables_.map_exactly({}), Change::kMore);
}

TEST_F(VtdTablesTest, HasRoomForAllMemoryAndSaysWhenItHasNot) {
  std::vector<watch_range> all;
  for (const Bank& bank : kBanks) all.push_back({.address = bank.base, .bytes = bank.size, .read = 1, .write = 1});
  EXPECT_EQ(tables_.map_exactly(all), Change::kMore);
  for (const Bank& bank : kBanks) EXPECT_EQ(may(bank.base + bank.size - 1), "rw");
  // A page each in more tables than there is room for.
  for (uint64_t i = 0; i < 200; ++i)
    all.push_back({.address = 0x200000000 + (i << 21), .bytes = 1, .read = 1, .write = 0});
  EXPECT_EQ(tables_.map_exactly(all), Change::kFull);
}

TEST_F(VtdTablesTest, AddressesBeyondTheTablesHaveNoEntry) {
  const watch_range far = {.address = uint64_t{1} << 39, .bytes = 4096, .read = 1, .write = 1};
  EXPECT_EQ(tables_.map_exactly({{far}}), Change::kMore);
  const watch_range over = {.address = (uint64_t{1} << 39) - 4096, .bytes = 0x10000, .read = 1, .write = 1};
  EXPECT_EQ(tables_.map_exactly({{over}}), Change::kMore);
  EXPECT_EQ(may((uint64_t{1} << 39) - 1), "rw");
}

}  // namespace
}  // namespace dmafuzz
