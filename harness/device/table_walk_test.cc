// SPDX-License-Identifier: GPL-2.0-only
// The walkers on tables built by hand, entry by entry, from the formats' specifications.
#include "device/table_walk.h"

#include <gtest/gtest.h>

#include "device/testing/fake_bus.h"

namespace dmafuzz {
namespace {

using testing::put;

constexpr uint64_t kPage = HOST_BANK_NORMAL_BASE + 0x5000;
constexpr uint64_t kBig = HOST_BANK_NORMAL_BASE;  // aligned for any large page

constexpr uint64_t b(unsigned n) {
  return uint64_t{1} << n;
}

class TableWalkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::map_arena();
    pages_.rewind();
    for (uint64_t& t : table_) t = pages_.take();
  }

  // A chain of tables from table_[top] down to table_[0], entered at index 0 but for the last, by `pointer(child)`.
  template <typename Pointer>
  TableRoot chain(host_table_format format, int top, int va_bits, Pointer pointer) {
    for (int level = top; level > 0; level--) put(table_[level], 0, pointer(table_[level - 1], level));
    return {format, table_[top], top, va_bits};
  }

  static void expect_mapped(const Walk& walk, uint64_t phys, bool readable, bool writable, unsigned size_log2) {
    EXPECT_EQ(walk.end, WalkEnd::kMapped);
    EXPECT_EQ(walk.phys, phys);
    EXPECT_EQ(walk.readable, readable);
    EXPECT_EQ(walk.writable, writable);
    EXPECT_EQ(walk.size_log2, size_log2);
  }

  testing::TablePages pages_;
  uint64_t table_[6] = {};
};

// AMDv1

uint64_t amd_table(uint64_t child, int level) {
  return child | b(0) | b(61) | b(62) | uint64_t(level) << 9;
}
uint64_t amd_page(uint64_t phys, uint64_t level_field = 0) {
  return phys | b(0) | b(61) | b(62) | level_field << 9;
}

TEST_F(TableWalkTest, AmdPages) {
  const TableRoot root = chain(HOST_TABLE_AMDV1, 2, 64, amd_table);
  put(table_[0], 3, amd_page(kPage));
  put(table_[0], 4, (amd_page(kPage) & ~b(62)));
  put(table_[0], 5, (amd_page(kPage) & ~b(61)));
  put(table_[0], 6, amd_page(kPage) & ~b(0));
  expect_mapped(walk_table(root, 0x3123), kPage + 0x123, true, true, 12);
  expect_mapped(walk_table(root, 0x4000), kPage, true, false, 12);
  expect_mapped(walk_table(root, 0x5000), kPage, false, true, 12);
  EXPECT_EQ(walk_table(root, 0x6000).end, WalkEnd::kNotMapped);
  EXPECT_EQ(walk_table(root, uint64_t{1} << 39).end, WalkEnd::kNotMapped) << "beyond a three-level table";
}

TEST_F(TableWalkTest, AmdPermissionsOfAllLevels) {
  const TableRoot root = chain(HOST_TABLE_AMDV1, 1, 64, amd_table);
  put(table_[0], 0, amd_page(kPage));
  put(table_[1], 0, amd_table(table_[0], 1) & ~b(62));
  expect_mapped(walk_table(root, 0), kPage, true, false, 12);
}

TEST_F(TableWalkTest, AmdEncodedSizes) {
  const TableRoot root = chain(HOST_TABLE_AMDV1, 2, 64, amd_table);
  // 2^(13 + n) bytes: n ones above bit 12, then a zero.
  put(table_[0], 2, amd_page(kBig, 7));  // 8 KiB
  put(table_[0], 3, amd_page(kBig, 7));
  put(table_[0], 16, amd_page(kBig | 0x7000, 7));   // 64 KiB: ones at 12..14
  put(table_[1], 1, amd_page(kBig));                // the level's own size, 2 MiB
  put(table_[1], 8, amd_page(kBig | 0x1ff000, 7));  // 4 MiB: nine ones
  expect_mapped(walk_table(root, 0x2010), kBig + 0x10, true, true, 13);
  expect_mapped(walk_table(root, 0x3010), kBig + 0x1010, true, true, 13);
  expect_mapped(walk_table(root, 0x10abc), kBig + 0xabc, true, true, 16);
  expect_mapped(walk_table(root, 0x200000 + 0x12345), kBig + 0x12345, true, true, 21);
  expect_mapped(walk_table(root, 8 * 0x200000 + 0x1), kBig + 1, true, true, 22);
}

TEST_F(TableWalkTest, AmdSkipsLevels) {
  const TableRoot root = chain(HOST_TABLE_AMDV1, 3, 64, amd_table);
  put(table_[3], 1, amd_table(table_[0], 1));  // from level 3 straight to the last table
  put(table_[0], 7, amd_page(kPage));
  const uint64_t base = uint64_t{1} << 39;
  expect_mapped(walk_table(root, base + 0x7004), kPage + 4, true, true, 12);
  EXPECT_EQ(walk_table(root, base + 0x200000 + 0x7004).end, WalkEnd::kNotMapped) << "skipped bits must be zero";
}

TEST_F(TableWalkTest, AmdMalformed) {
  const TableRoot root = chain(HOST_TABLE_AMDV1, 2, 64, amd_table);
  put(table_[2], 1, amd_table(table_[1], 3));           // a level that is not below
  put(table_[2], 2, amd_table(HOST_RESOURCE_BASE, 2));  // a table outside memory
  put(table_[1], 1, amd_page(kBig + 0x1000));           // 2 MiB, misaligned
  put(table_[1], 2, amd_page(kBig, 7));                 // encoded smaller than the level's pages
  for (uint64_t iova : {uint64_t{1} << 30, uint64_t{2} << 30, uint64_t{0x200000}, uint64_t{0x400000}})
    EXPECT_EQ(walk_table(root, iova).end, WalkEnd::kMalformed) << iova;
}

// x86-64

uint64_t x86_table(uint64_t child, int) {
  return child | b(0) | b(1) | b(2) | b(5);
}

TEST_F(TableWalkTest, X86Pages) {
  const TableRoot root = chain(HOST_TABLE_X86_64, 3, 48, x86_table);
  put(table_[0], 1, kPage | 0x67);
  put(table_[0], 2, kPage | 0x65);
  put(table_[0], 3, kPage | 0x63);
  put(table_[0], 4, kPage | 0x66);
  expect_mapped(walk_table(root, 0x1fff), kPage + 0xfff, true, true, 12);
  expect_mapped(walk_table(root, 0x2000), kPage, true, false, 12);
  expect_mapped(walk_table(root, 0x3000), kPage, false, false, 12);
  EXPECT_EQ(walk_table(root, 0x4000).end, WalkEnd::kNotMapped);
  EXPECT_EQ(walk_table(root, uint64_t{1} << 48 | 0x1000).end, WalkEnd::kNotMapped) << "not canonical";
}

TEST_F(TableWalkTest, X86LargePagesAndTheirReservedBits) {
  const TableRoot root = chain(HOST_TABLE_X86_64, 3, 48, x86_table);
  put(table_[1], 1, kBig | 0xe7);
  put(table_[2], 1, kBig | 0xe7);
  put(table_[1], 2, kBig | 0x2000 | 0xe7);
  put(table_[3], 1, kBig | 0xe7);
  expect_mapped(walk_table(root, 0x2abcde), kBig + 0xabcde, true, true, 21);
  expect_mapped(walk_table(root, (uint64_t{1} << 30) + 5), kBig + 5, true, true, 30);
  EXPECT_EQ(walk_table(root, 0x400000).end, WalkEnd::kMalformed);
  EXPECT_EQ(walk_table(root, uint64_t{1} << 39).end, WalkEnd::kMalformed) << "no 512 GiB pages";
}

TEST_F(TableWalkTest, X86SignExtends) {
  const TableRoot root = {HOST_TABLE_X86_64, table_[3], 3, 48};
  put(table_[3], 511, x86_table(table_[2], 0));
  put(table_[2], 511, x86_table(table_[1], 0));
  put(table_[1], 511, x86_table(table_[0], 0));
  put(table_[0], 511, kPage | 0x67);
  expect_mapped(walk_table(root, ~uint64_t{0}), kPage + 0xfff, true, true, 12);
}

// VT-d second stage

uint64_t vtd_table(uint64_t child, int) {
  return child | 3;
}

TEST_F(TableWalkTest, VtdPages) {
  const TableRoot root = chain(HOST_TABLE_VTDSS, 3, 48, vtd_table);
  put(table_[0], 1, kPage | 3);
  put(table_[0], 2, kPage | 1);
  put(table_[0], 3, kPage | 2);
  put(table_[0], 4, kPage | b(8) | b(11));
  put(table_[1], 1, kBig | b(7) | 3);
  put(table_[1], 2, kBig | 0x1000 | b(7) | 3);
  expect_mapped(walk_table(root, 0x1001), kPage + 1, true, true, 12);
  expect_mapped(walk_table(root, 0x2001), kPage + 1, true, false, 12);
  expect_mapped(walk_table(root, 0x3001), kPage + 1, false, true, 12);
  EXPECT_EQ(walk_table(root, 0x4000).end, WalkEnd::kNotMapped) << "no present bit: neither read nor write";
  expect_mapped(walk_table(root, 0x212345), kBig + 0x12345, true, true, 21);
  EXPECT_EQ(walk_table(root, 0x400000).end, WalkEnd::kMalformed);
  EXPECT_EQ(walk_table(root, uint64_t{1} << 48).end, WalkEnd::kNotMapped);
  put(table_[3], 0, vtd_table(table_[2], 0) & ~b(1));
  expect_mapped(walk_table(root, 0x1001), kPage + 1, true, false, 12);
}

// RISC-V

uint64_t riscv(uint64_t phys, uint64_t flags) {
  return phys >> 2 | flags;
}
uint64_t riscv_table(uint64_t child, int) {
  return riscv(child, 1);
}
constexpr uint64_t kRiscvRw = 0xd7;  // V R W U A D

TEST_F(TableWalkTest, RiscvPages) {
  const TableRoot root = chain(HOST_TABLE_RISCV64, 2, 39, riscv_table);
  put(table_[0], 1, riscv(kPage, kRiscvRw));
  put(table_[0], 2, riscv(kPage, 0x53));              // V R U A
  put(table_[0], 3, riscv(kPage, kRiscvRw & ~b(7)));  // not dirty: no hardware sets it
  put(table_[0], 4, riscv(kPage, kRiscvRw & ~b(4)));  // not the user's
  put(table_[0], 5, riscv(kPage, kRiscvRw & ~b(0)));
  expect_mapped(walk_table(root, 0x1234), kPage + 0x234, true, true, 12);
  expect_mapped(walk_table(root, 0x2000), kPage, true, false, 12);
  expect_mapped(walk_table(root, 0x3000), kPage, true, false, 12);
  expect_mapped(walk_table(root, 0x4000), kPage, false, false, 12);
  EXPECT_EQ(walk_table(root, 0x5000).end, WalkEnd::kNotMapped);
}

TEST_F(TableWalkTest, RiscvLargeAndNapotPages) {
  const TableRoot root = chain(HOST_TABLE_RISCV64, 4, 57, riscv_table);
  put(table_[1], 1, riscv(kBig, kRiscvRw));
  put(table_[2], 1, riscv(kBig, kRiscvRw));
  for (unsigned i = 16; i < 32; i++) put(table_[0], i, riscv(kBig | 0x8000, kRiscvRw) | b(63));
  expect_mapped(walk_table(root, 0x2abcde), kBig + 0xabcde, true, true, 21);
  expect_mapped(walk_table(root, (uint64_t{1} << 30) + 9), kBig + 9, true, true, 30);
  expect_mapped(walk_table(root, 0x10000), kBig, true, true, 16);
  expect_mapped(walk_table(root, 0x1f123), kBig + 0xf123, true, true, 16);
}

TEST_F(TableWalkTest, RiscvMalformed) {
  const TableRoot root = chain(HOST_TABLE_RISCV64, 2, 39, riscv_table);
  put(table_[0], 1, riscv(kPage, kRiscvRw & ~b(1)));          // write without read
  put(table_[0], 2, riscv(kPage, 1));                         // a pointer in the last table
  put(table_[0], 3, riscv(kBig | 0x4000, kRiscvRw) | b(63));  // an undefined napot size
  put(table_[0], 4, riscv(kPage, kRiscvRw) | b(61) | b(62));  // reserved memory type
  put(table_[0], 5, riscv(kPage, kRiscvRw) | b(54));
  put(table_[1], 1, riscv(kPage, kRiscvRw));      // misaligned 2 MiB
  put(table_[1], 2, riscv(table_[0], 1) | b(6));  // accessed bit in a pointer
  for (uint64_t iova : {0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x200000, 0x400000})
    EXPECT_EQ(walk_table(root, iova).end, WalkEnd::kMalformed) << iova;
}

// ARM LPAE stage 1

uint64_t arm_table(uint64_t child, int) {
  return child | 3;
}
constexpr uint64_t kArmRw = 1 << 10 | 1 << 11 | 3 << 8;

TEST_F(TableWalkTest, ArmPages) {
  const TableRoot root = chain(HOST_TABLE_ARM_LPAE, 3, 48, arm_table);
  put(table_[0], 1, kPage | kArmRw | 3);
  put(table_[0], 2, kPage | kArmRw | b(7) | 3);
  put(table_[0], 3, kPage | (kArmRw & ~b(10)) | 3);
  put(table_[0], 4, kPage | kArmRw | 2);
  put(table_[0], 5, kPage | kArmRw | 1);
  put(table_[1], 1, kBig | kArmRw | 1);
  put(table_[2], 1, kBig | kArmRw | b(52) | 1);
  put(table_[1], 2, kBig | 0x1000 | kArmRw | 1);
  put(table_[3], 1, kBig | kArmRw | 1);
  expect_mapped(walk_table(root, 0x1234), kPage + 0x234, true, true, 12);
  expect_mapped(walk_table(root, 0x2000), kPage, true, false, 12);
  expect_mapped(walk_table(root, 0x3000), kPage, false, false, 12);
  EXPECT_EQ(walk_table(root, 0x4000).end, WalkEnd::kNotMapped);
  EXPECT_EQ(walk_table(root, 0x5000).end, WalkEnd::kMalformed) << "a block in the last table";
  expect_mapped(walk_table(root, 0x212345), kBig + 0x12345, true, true, 21);
  expect_mapped(walk_table(root, (uint64_t{1} << 30) + 1), kBig + 1, true, true, 30);
  EXPECT_EQ(walk_table(root, 0x400000).end, WalkEnd::kMalformed);
  EXPECT_EQ(walk_table(root, uint64_t{1} << 39).end, WalkEnd::kMalformed);
  put(table_[3], 0, arm_table(table_[2], 0) | b(62));
  expect_mapped(walk_table(root, 0x1234), kPage + 0x234, true, false, 12);
}

TEST_F(TableWalkTest, ArmSmallRoot) {
  const TableRoot root = chain(HOST_TABLE_ARM_LPAE, 2, 32, arm_table);
  put(table_[0], 1, kPage | kArmRw | 3);
  expect_mapped(walk_table(root, 0x1000), kPage, true, true, 12);
  EXPECT_EQ(walk_table(root, uint64_t{1} << 32 | 0x1000).end, WalkEnd::kNotMapped);
}

}  // namespace
}  // namespace dmafuzz
