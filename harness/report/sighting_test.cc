// SPDX-License-Identifier: GPL-2.0-only
#include "report/sighting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/device_value.h"

namespace dmafuzz {
namespace {

Sighting sample() {
  Sighting s;
  s.operation = 4;
  s.text = "op 4 (unmap m0)";
  s.check = "unmap-size-mismatch";
  s.debug = DebugVerdict::kSaid;
  s.words = "DMA-API: dmafuzz direct: device driver frees DMA memory with different size [map size=64 bytes]";
  return s;
}

TEST(Sighting, ComesBackFromItsLine) {
  for (const DebugVerdict verdict : {DebugVerdict::kNotAsked, DebugVerdict::kSilent, DebugVerdict::kSaid}) {
    Sighting s = sample();
    s.debug = verdict;
    const auto again = parse_sighting(print_sighting(s));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, s);
  }
  Sighting last = sample();
  last.operation = Sighting::kAfterwards;
  EXPECT_EQ(parse_sighting(print_sighting(last)), last);
}

TEST(DeviceValue, ComesBackFromItsLine) {
  const DeviceValue value = {.number = 7,
                             .where = "BAR 0 + 0x3e",
                             .size = 2,
                             .value = 0x1f,
                             .taken = {.function = "cp_interrupt", .file = "8139cp.c", .line = 589, .column = 11}};
  EXPECT_EQ(value.text(), "0x001f from BAR 0 + 0x3e, in cp_interrupt (8139cp.c:589:11)");
  EXPECT_EQ(device_value_from_json(to_json(value)).text(), value.text());
  EXPECT_EQ(device_value_from_json(to_json(value)).number, 7u);
}

TEST(Sighting, IsOneLineWhateverItHolds) {
  Sighting s = sample();
  s.words = "two\nlines and a byte \xff";
  const std::string line = print_sighting(s);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(parse_sighting(line));
}

TEST(Sighting, OtherLinesAreNone) {
  EXPECT_FALSE(parse_sighting(""));
  EXPECT_FALSE(parse_sighting("kernel: DMA-API: whatever"));
  EXPECT_FALSE(parse_sighting("sighting "));
  EXPECT_FALSE(parse_sighting("sighting {\"operation\":"));
  EXPECT_FALSE(parse_sighting("sighting 4"));
}

TEST(Sighting, WordsOfDebugAreOfACheck) {
  EXPECT_EQ(check_of_debug(sample().words), "unmap-size-mismatch");
  EXPECT_EQ(check_of_debug("DMA-API: x y: device driver syncs DMA memory outside allocated range [..]"),
            "sync-out-of-range");
  EXPECT_EQ(check_of_debug("frees DMA memory with different attributes"), "");
  EXPECT_FALSE(check_of_debug("something else"));
}

TEST(Sighting, WhatDebugAloneSaysIsExplained) {
  EXPECT_NE(why_debug_alone("DMA-API: x y: dma_map_resource called for RAM address 0x1"), "");
  EXPECT_NE(why_debug_alone("DMA-API: exceeded 7 overlapping mappings of cacheline 0x1"), "");
  EXPECT_EQ(why_debug_alone(sample().words), "");
  EXPECT_EQ(why_debug_alone("something else"), "");
}

}  // namespace
}  // namespace dmafuzz
