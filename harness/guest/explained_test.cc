// SPDX-License-Identifier: GPL-2.0-only
#include "guest/explained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace dmafuzz {
namespace {

using testing::HasSubstr;

constexpr std::string_view kText = R"(
[[difference]]
program = "seeds/a.dma"
trees = ["7.3"]
paths = ["direct", "bounce"]
operation = "unmap m0"
what = "ok in userspace, no memory in the guest"
why = """
Because
of that."""

[[difference]]
program = "seeds/a.dma"
paths = ["iommu"]
iommus = ["virtio"]
operation = ""
what = "w"
why = "y"
)";

const GuestPlace kDirect{.tree = "7.3.4", .path = "direct", .iommu = ""};

std::string refusal(std::string_view text) {
  try {
    const Explanations all(text, "file");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(Explained, HoldsForItsProgramTreeAndPath) {
  const Explanations all(kText, "file");
  ASSERT_EQ(all.of("seeds/a.dma", kDirect).size(), 1u);
  EXPECT_EQ(all.of("seeds/a.dma", kDirect)[0]->why, "Because of that.");
  EXPECT_TRUE(all.of("seeds/b.dma", kDirect).empty());
  EXPECT_TRUE(all.of("seeds/a.dma", {"6.12.90", "direct", ""}).empty());
  EXPECT_TRUE(all.of("seeds/a.dma", {"7.30.1", "direct", ""}).empty());
  EXPECT_EQ(all.of("seeds/a.dma", {"7.3-rc1", "bounce", ""}).size(), 1u);
  EXPECT_TRUE(all.of("seeds/a.dma", {"7.3.4", "iommu", "intel"}).empty());
  EXPECT_EQ(all.of("seeds/a.dma", {"6.12.90", "iommu", "virtio"}).size(), 1u);
}

TEST(Explained, OneDifferenceOnly) {
  const Explanations all(kText, "file");
  const Explanation& one = *all.of("seeds/a.dma", kDirect)[0];
  GuestVerdict verdict{.agreement = Agreement::kDiffers,
                       .compared = 3,
                       .where = "unmap m0",
                       .what = "ok in userspace, no memory in the guest",
                       .aspect = "result"};
  EXPECT_TRUE(explains(one, verdict));
  verdict.where = "unmap m1";
  EXPECT_FALSE(explains(one, verdict));
  verdict.where = "unmap m0";
  verdict.what = "ok in userspace, invalid in the guest";
  EXPECT_FALSE(explains(one, verdict));
  EXPECT_FALSE(explains(one, {}));
}

TEST(Explained, WhatIsNotUnderstoodIsRefused) {
  EXPECT_TRUE(Explanations("# nothing yet\n", "file").empty());
  EXPECT_THAT(refusal("[[difference]]\nprogram = \"a\"\noperation = \"\"\nwhat = \"w\"\n"),
              HasSubstr("'why' is missing"));
  EXPECT_THAT(refusal("[[difference]]\nprogram = \"a\"\noperation = \"\"\nwhat = \"w\"\nwhy = \"\"\n"),
              HasSubstr("file:5: 'why' says nothing"));
  EXPECT_THAT(refusal("[[difference]]\nprogramme = \"a\"\n"), HasSubstr("'programme' is not known"));
  EXPECT_THAT(refusal("[[difference]\n"), HasSubstr("file:1"));
}

}  // namespace
}  // namespace dmafuzz
