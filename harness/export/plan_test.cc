// SPDX-License-Identifier: GPL-2.0-only
#include "export/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program/text.h"

namespace dmafuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const ExportTree kTree = {7, 3, "7.3.4"};

Plan plan_of(const std::string& text, const ExportHistory& history = {}) {
  ProgramFile file;
  const auto error = parse_text("dma 1\n" + text, file);
  EXPECT_FALSE(error) << error->str("test");
  return plan_export(file.program, kTree, history);
}

TEST(ExportTree, ReadsReleases) {
  const auto tree = export_tree("6.12.117");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->version, 6u);
  EXPECT_EQ(tree->patchlevel, 12u);
  EXPECT_FALSE(tree->has_map_phys());
  EXPECT_TRUE(export_tree("7.4.0-rc2")->has_map_phys());
  EXPECT_FALSE(export_tree(""));
  EXPECT_FALSE(export_tree("7"));
  EXPECT_FALSE(export_tree("x.y"));
}

TEST(Plan, KnowsWhatBytesMustBe) {
  const Plan plan = plan_of(
      "b0 = alloc kmalloc len=256\nfill b0 len=256 seed=7\nm0 = map single b0+64 len=128 bidirectional\n"
      "dev_read m0 len=16\ndev_write m0+8 len=8 seed=9\nunmap m0\ncheck b0+64 len=32\n");
  ASSERT_EQ(plan.refused, "");
  ASSERT_THAT(plan.steps, SizeIs(7));
  // Byte 0 of the mapping is byte 64 of what was written.
  ASSERT_THAT(plan.steps[3].promises, SizeIs(1));
  EXPECT_EQ(plan.steps[3].promises[0].source.seed, 7);
  EXPECT_EQ(plan.steps[3].promises[0].at + plan.steps[3].promises[0].source.shift, 64u);
  ASSERT_THAT(plan.steps[6].promises, SizeIs(3));
  EXPECT_EQ(plan.steps[6].promises[1].at, 72u);
  EXPECT_EQ(plan.steps[6].promises[1].n, 8u);
  EXPECT_EQ(plan.steps[6].promises[1].source.seed, 9);
  EXPECT_EQ(plan.steps[6].promises[1].at + plan.steps[6].promises[1].source.shift, 8u);
}

TEST(Plan, KnowsWhatIsHeld) {
  const Plan plan = plan_of(
      "b0 = alloc pages len=8192\ns0 = sg_alloc table b0 len=4096 count=2\nsg_map sgtable s0 from_device\n"
      "sg_unmap s0\n");
  ASSERT_EQ(plan.refused, "");
  EXPECT_THAT(plan.steps[0].held, IsEmpty());
  EXPECT_THAT(plan.steps[3].held, SizeIs(3));
  ASSERT_TRUE(plan.steps[3].undoes);
  EXPECT_TRUE(plan.steps[3].undoes->list_mapping);
  EXPECT_THAT(plan.left, SizeIs(2));
}

TEST(Plan, MistakesUndoNothingAsTheyShould) {
  const Plan plan =
      plan_of("mode raw\nb0 = alloc pages len=4096\nm0 = map page b0 len=4096 from_device\nunmap m0 wrong_size\n");
  EXPECT_FALSE(plan.steps[2].undoes);
  // But nothing is unmapped twice.
  EXPECT_THAT(plan.left, SizeIs(1));
}

TEST(Plan, WhatTheDeviceManagedGoesWithTheDriver) {
  const Plan plan = plan_of(
      "mode raw\np0 = pool_create managed size=64\nk0 = pool_alloc p0\nunbind\nm0 = map single b0 len=8 to_device\n");
  ASSERT_EQ(plan.refused, "");
  EXPECT_THAT(plan.left, IsEmpty());
  EXPECT_THAT(plan.left_out, ElementsAre(HasSubstr("names nothing that is there")));
}

TEST(Plan, MemoryThatWasNotAllocatedIsNotGivenBack) {
  const Plan plan = plan_of("mode raw\nb0 = alloc static len=64\nm0 = map single b0 len=64 to_device\nunmap m0\n");
  ASSERT_EQ(plan.refused, "");
  EXPECT_THAT(plan.left, IsEmpty());
}

TEST(Plan, AfterAFindingTheDeviceWritesNothing) {
  const std::string text =
      "mode raw\nb0 = alloc pages len=4096\nm0 = map page b0 len=4096 from_device\nunmap m0 wrong_size\n"
      "dev_write m0 len=8 seed=1 stale\n";
  EXPECT_THAT(plan_of(text, {.finding_at = 2}).left_out, ElementsAre(HasSubstr("nobody knows")));
  EXPECT_THAT(plan_of(text, {.finding_at = 3}).left_out, IsEmpty());
}

TEST(Plan, WhatFailedMayNotFailElsewhere) {
  const std::string text = "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\n";
  EXPECT_EQ(plan_of(text).refused, "");
  EXPECT_THAT(plan_of(text, {.failed = {1}}).refused, HasSubstr("operation 1"));
  EXPECT_EQ(
      plan_of("mode raw\nb0 = alloc kmalloc len=64\nm0 = map single b0 len=64 to_device unchecked\n", {.failed = {1}})
          .refused,
      "");
}

TEST(Plan, SaysWhatCannotBeExported) {
  EXPECT_THAT(plan_of("device path=iommu\nb0 = alloc kmalloc len=64\n").refused, HasSubstr("path iommu"));
  EXPECT_THAT(plan_of("fail_alloc nth=1\n").refused, HasSubstr("operation 0 (fail_alloc nth=1)"));
  EXPECT_THAT(plan_of("b0 = alloc pages len=8192\ns0 = sg_alloc chained b0 len=4096 count=2\n").refused,
              HasSubstr("sg_alloc_table()"));
  EXPECT_THAT(plan_of("mode raw\nb0 = alloc kmalloc len=64\nb0 = alloc kmalloc len=64\n").refused,
              HasSubstr("makes anew what is still there"));
  EXPECT_THAT(plan_of("mode raw\nunmap m0 stale\n").refused, HasSubstr("never there"));
  EXPECT_THAT(plan_of("mode raw\n").refused, HasSubstr("no operation"));
}

}  // namespace
}  // namespace dmafuzz
