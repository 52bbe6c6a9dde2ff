// SPDX-License-Identifier: GPL-2.0-only
// The IOTLB by itself: it keeps, and it forgets exactly what it is told.
#include "device/iotlb.h"

#include <gtest/gtest.h>

namespace dmafuzz {
namespace {

TEST(Iotlb, KeepsAPage) {
  Iotlb tlb;
  EXPECT_EQ(tlb.find(0), nullptr) << "an empty entry is not page 0";
  tlb.fill(7, 0x1000, true, false);
  ASSERT_NE(tlb.find(7), nullptr);
  EXPECT_EQ(tlb.find(7)->phys, 0x1000u);
  EXPECT_TRUE(tlb.find(7)->readable);
  EXPECT_FALSE(tlb.find(7)->writable);
  EXPECT_EQ(tlb.find(7 + 256), nullptr);
}

TEST(Iotlb, FlushesARangeBothEndsIncluded) {
  Iotlb tlb;
  for (uint64_t page = 10; page < 20; page++) tlb.fill(page, page << 12, true, true);
  tlb.flush(12, 14);
  for (uint64_t page = 10; page < 20; page++) EXPECT_EQ(tlb.find(page) == nullptr, page >= 12 && page <= 14) << page;
  tlb.flush(19, 12);
  EXPECT_NE(tlb.find(19), nullptr) << "a reversed range is nothing";
}

TEST(Iotlb, FlushesALongRangeAndTheTopOfTheSpace) {
  Iotlb tlb;
  tlb.fill(1, 0, true, true);
  tlb.fill(1000, 0, true, true);
  tlb.fill(~uint64_t{0} >> 12, 0, true, true);
  tlb.flush(2, 5000);
  EXPECT_NE(tlb.find(1), nullptr);
  EXPECT_EQ(tlb.find(1000), nullptr);
  tlb.flush(~uint64_t{0} >> 12, ~uint64_t{0} >> 12);
  EXPECT_EQ(tlb.find(~uint64_t{0} >> 12), nullptr);
  tlb.flush(0, ~uint64_t{0} >> 12);
  EXPECT_EQ(tlb.find(1), nullptr);
}

TEST(Iotlb, FlushesAll) {
  Iotlb tlb;
  tlb.fill(3, 0, true, true);
  tlb.flush_all();
  EXPECT_EQ(tlb.find(3), nullptr);
}

}  // namespace
}  // namespace dmafuzz
