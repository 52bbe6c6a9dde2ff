// SPDX-License-Identifier: GPL-2.0-only
// Tables built by hand: every page of them is listed, what still maps is counted, and wild pointers lead nowhere.
#include "device/table_contents.h"

#include <gtest/gtest.h>

#include "device/testing/fake_bus.h"

namespace dmafuzz {
namespace {

using testing::put;
using Frames = std::vector<uint32_t>;

class TableContentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::map_arena();
    pages_.rewind();
    for (uint64_t& t : table_) t = pages_.take();
  }
  uint32_t frame(unsigned i) const { return frame_of_phys(table_[i]); }

  testing::TablePages pages_;
  uint64_t table_[5] = {};
  TableContents contents_;
};

uint64_t amd(uint64_t child, unsigned next) {
  return child | 1 | uint64_t{next} << 9;
}

TEST_F(TableContentsTest, AmdTablesAreListedAndWhatMapsIsCounted) {
  const TableRoot root{HOST_TABLE_AMDV1, table_[0], 2, 57};
  ASSERT_TRUE(list_table(root, contents_));
  EXPECT_EQ(contents_.frames, Frames{frame(0)});
  EXPECT_EQ(contents_.mapped, 0u);

  put(table_[0], 0, amd(table_[1], 2));
  put(table_[0], 511, amd(table_[2], 1));  // a level skipped
  put(table_[1], 7, amd(table_[3], 1));
  put(table_[1], 8, amd(table_[4], 1) & ~uint64_t{1});  // not present
  ASSERT_TRUE(list_table(root, contents_));
  EXPECT_EQ(contents_.frames, (Frames{frame(0), frame(1), frame(3), frame(2)}));
  EXPECT_EQ(contents_.mapped, 0u);

  put(table_[3], 511, amd(HOST_BANK_NORMAL_BASE, 0));
  put(table_[1], 9, amd(HOST_BANK_NORMAL_BASE, 7));  // a large page
  ASSERT_TRUE(list_table(root, contents_));
  EXPECT_EQ(contents_.frames.size(), 4u);
  EXPECT_EQ(contents_.mapped, 2u);
  EXPECT_EQ(contents_.first_mapped_entry, amd(HOST_BANK_NORMAL_BASE, 0));
}

TEST_F(TableContentsTest, ArmTablesToo) {
  const TableRoot root{HOST_TABLE_ARM_LPAE, table_[0], 3, 48};
  put(table_[0], 1, table_[1] | 3);
  put(table_[1], 2, table_[2] | 3);
  put(table_[2], 3, table_[3] | 3);
  put(table_[2], 4, HOST_BANK_NORMAL_BASE | 1);  // a block
  put(table_[3], 0, HOST_BANK_NORMAL_BASE | 3);
  ASSERT_TRUE(list_table(root, contents_));
  EXPECT_EQ(contents_.frames, (Frames{frame(0), frame(1), frame(2), frame(3)}));
  EXPECT_EQ(contents_.mapped, 2u);
}

TEST_F(TableContentsTest, WildPointersLeadNowhere) {
  put(table_[0], 0, amd(uint64_t{1} << 50, 2));
  put(table_[0], 1, amd(table_[0], 3));  // itself, at its own level: no table follows
  ASSERT_TRUE(list_table({HOST_TABLE_AMDV1, table_[0], 2, 57}, contents_));
  EXPECT_EQ(contents_.frames, Frames{frame(0)});
  EXPECT_EQ(contents_.mapped, 1u);
  ASSERT_TRUE(list_table({HOST_TABLE_AMDV1, uint64_t{1} << 50, 2, 57}, contents_));
  EXPECT_TRUE(contents_.frames.empty());
  EXPECT_FALSE(list_table({HOST_TABLE_X86_64, table_[0], 3, 48}, contents_));
}

}  // namespace
}  // namespace dmafuzz
