// SPDX-License-Identifier: GPL-2.0-only
#include "export/c_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dmafuzz {
namespace {

using testing::ElementsAre;

TEST(CText, WrapsCallsBelowTheParenthesis) {
  CText text;
  text.indent();
  text.call("dma = dma_map_page_attrs(", {"dev", "virt_to_page(buf + SZ_4K)", "offset_in_page(buf + SZ_4K)", "SZ_4K"});
  EXPECT_EQ(text.str(),
            "\tdma = dma_map_page_attrs(dev, virt_to_page(buf + SZ_4K),\n"
            "\t\t\t\t offset_in_page(buf + SZ_4K), SZ_4K);\n");
}

TEST(CText, KeepsWithinEightyColumns) {
  CText text;
  text.indent();
  // The last line is just full, then one too long.
  text.call("f(", {std::string(34, 'a'), std::string(32, 'b')});
  EXPECT_EQ(text.str(), "\tf(" + std::string(34, 'a') + ", " + std::string(32, 'b') + ");\n");
  CText longer;
  longer.indent();
  longer.call("f(", {std::string(34, 'a'), std::string(33, 'b')});
  EXPECT_EQ(longer.str(), "\tf(" + std::string(34, 'a') + ",\n\t  " + std::string(33, 'b') + ");\n");
}

TEST(CText, WrapsComments) {
  CText text;
  text.comment("Short.");
  text.comment(std::string(50, 'a') + " " + std::string(50, 'b'));
  EXPECT_EQ(text.str(), "/* Short. */\n/*\n * " + std::string(50, 'a') + "\n * " + std::string(50, 'b') + "\n */\n");
}

TEST(CText, LeavesNoWayOutOfAComment) {
  EXPECT_EQ(comment_safe("a */ b"), "a * / b");
  EXPECT_EQ(comment_safe("a /* b"), "a / * b");
  EXPECT_EQ(comment_safe("*/*/"), "* / * /");
  EXPECT_EQ(comment_safe("tab\there"), "tab?here");
}

TEST(CText, SaysSizesAsKernelPeopleDo) {
  EXPECT_EQ(c_size(0), "0");
  EXPECT_EQ(c_size(100), "100");
  EXPECT_EQ(c_size(512), "512");
  EXPECT_EQ(c_size(4096), "SZ_4K");
  EXPECT_EQ(c_size(4097), "4097");
  EXPECT_EQ(c_size(12288), "3 * SZ_4K");
  EXPECT_EQ(c_size(1 << 20), "SZ_1M");
  EXPECT_EQ(c_size(8 << 20), "8 * SZ_1M");
}

TEST(CText, OffsetsDirectionsAttributes) {
  EXPECT_EQ(c_at("buf", 0), "buf");
  EXPECT_EQ(c_at("buf", 64), "buf + 64");
  EXPECT_EQ(c_direction(2), "DMA_FROM_DEVICE");
  EXPECT_EQ(c_attrs(0), "0");
  EXPECT_EQ(c_attrs(0x48), "DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN");
}

TEST(CText, Identifiers) {
  EXPECT_EQ(c_identifier("unmap-wrong-size"), "unmap_wrong_size");
  EXPECT_EQ(c_identifier("6.12 Ümlaut--x"), "p6_12_mlaut_x");
  EXPECT_EQ(c_identifier("..."), "program");
}

TEST(CText, WrapsWords) {
  EXPECT_THAT(wrap_words("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap_words("averylongword x", 4), ElementsAre("averylongword", "x"));
}

}  // namespace
}  // namespace dmafuzz
