// SPDX-License-Identifier: GPL-2.0-only
//
// What is written is read back; and what a killed writer leaves is read as far as it goes.
#include "report/timeline.h"

#include <gtest/gtest.h>

namespace dmafuzz {
namespace {

TimelineMapping mapping() {
  TimelineMapping m;
  m.kind = "single";
  m.direction = "TO_DEVICE";
  m.device = "a \"device\" <b>";
  m.dma = 0xffffffff00001000;
  m.size = 64;
  m.snoops = false;
  return m;
}

TimelineEvent event(EventKind kind, std::uint32_t time) {
  TimelineEvent e;
  e.kind = kind;
  e.time = time;
  e.mapping = 0;
  return e;
}

TEST(Timeline, ReadsBackWhatIsWritten) {
  TimelineEvent write = event(EventKind::kCpuWrite, 4);
  write.operation = 0;
  write.stack = 0;
  write.phys = 0x100001010;
  write.size = 8;
  write.times = 2;
  TimelineEvent wrong = event(EventKind::kViolation, 5);
  wrong.dma = 0;
  wrong.words = "cpu-write-device-owned";
  wrong.summary = "two\nlines";
  const CallStack stack = {.title = {}, .frames = {{.function = "f", .file = "drivers/x.c", .line = 7, .column = 3}}};
  const std::string text =
      fact_line("start", {}) + fact_line("operation", "op 0 (m0 = map)") + line_of(stack) + line_of(mapping()) +
      line_of(event(EventKind::kMap, 3)) + memory_line(0, {.phys = 0x100001000, .size = 64, .dma = mapping().dma}) +
      line_of(TimelineObject{.range = {.phys = 0x100001000, .size = 128}, .what = "an object"}) +
      owners_line(0, {{.phys = 0x100001000, .size = 64, .owner = Owner::kDevice}}) + line_of(write) + line_of(wrong) +
      gone_line(0) + line_of(LeftOut{.mapping = 0, .what = "much"});
  const Timeline out = parse_timeline(text);
  ASSERT_EQ(out.events.size(), 3u);
  ASSERT_EQ(out.mappings.size(), 1u);
  EXPECT_EQ(out.mappings[0].device, mapping().device);
  EXPECT_EQ(out.mappings[0].dma, mapping().dma);
  EXPECT_FALSE(out.mappings[0].snoops);
  ASSERT_EQ(out.mappings[0].memory.size(), 1u);
  EXPECT_EQ(out.mappings[0].memory[0].phys, 0x100001000u);
  EXPECT_EQ(out.mappings[0].memory[0].dma, mapping().dma);
  ASSERT_TRUE(out.events[0].owners);
  EXPECT_EQ(out.events[0].owners->at(0), (OwnedRange{.phys = 0x100001000, .size = 64, .owner = Owner::kDevice}));
  EXPECT_EQ(out.events[1].kind, EventKind::kCpuWrite);
  EXPECT_EQ(out.events[1].phys, 0x100001010u);
  EXPECT_FALSE(out.events[1].dma);
  EXPECT_EQ(out.events[1].times, 2u);
  EXPECT_EQ(out.events[1].operation, 0u);
  EXPECT_EQ(out.events[2].dma, 0u);
  EXPECT_EQ(out.events[2].summary, "two\nlines");
  EXPECT_TRUE(out.events[2].gone) << "the last event of the mapping is what took it away";
  EXPECT_FALSE(out.events[1].gone);
  EXPECT_EQ(out.operations.at(0), "op 0 (m0 = map)");
  EXPECT_EQ(out.stacks.at(0).frames.at(0).place(), "drivers/x.c:7:3");
  EXPECT_EQ(out.objects.at(0).what, "an object");
  EXPECT_EQ(out.left_out.at(0).what, "much");
  EXPECT_EQ(out.left_out.at(0).mapping, 0u);
}

// By time: an object's making is written when it is known to matter.
TEST(Timeline, IsInOrder) {
  TimelineEvent made = event(EventKind::kAlloc, 1);
  made.mapping = kNoIndex;
  const Timeline out = parse_timeline(line_of(mapping()) + line_of(event(EventKind::kMap, 7)) + line_of(made));
  EXPECT_EQ(out.events.at(0).kind, EventKind::kAlloc);
}

// Inputs run twice, and the machine is fresh after the last run as well. Stacks are numbered over all of them.
TEST(Timeline, TheLastRunThatDidAnything) {
  const auto stack = [](std::string function) {
    return CallStack{.title = {}, .frames = {{.function = std::move(function), .file = "x.c"}}};
  };
  const std::string first = fact_line("start", {}) + line_of(stack("f")) + line_of(mapping()) +
                            line_of(event(EventKind::kMap, 0)) + line_of(event(EventKind::kUnmap, 1));
  const std::string second =
      fact_line("start", {}) + line_of(stack("g")) + line_of(mapping()) + line_of(event(EventKind::kMap, 0));
  const Timeline out = parse_timeline(first + second + fact_line("start", {}) + fact_line("start", {}));
  EXPECT_EQ(out.events.size(), 1u);
  EXPECT_EQ(out.mappings.size(), 1u);
  ASSERT_EQ(out.stacks.size(), 2u);
  EXPECT_EQ(out.stacks[1].frames.at(0).function, "g");
  EXPECT_TRUE(parse_timeline({}).events.empty());
  // Of an input that maps nothing nothing is shown, least of all what was mapped at boot.
  EXPECT_TRUE(parse_timeline(first + fact_line("input", {}) + fact_line("start", {})).events.empty());
  EXPECT_EQ(parse_timeline(first + fact_line("input", {}) + second).stacks.size(), 2u);
}

TEST(Timeline, ALineWithoutAnEndIsPassedOver) {
  const std::string text =
      line_of(mapping()) + line_of(event(EventKind::kMap, 0)) + line_of(event(EventKind::kUnmap, 1));
  EXPECT_EQ(parse_timeline(text.substr(0, text.size() - 1)).events.size(), 1u);
}

TEST(Timeline, WhatWasNeverWrittenIsRefused) {
  EXPECT_ANY_THROW(parse_timeline("{}\n"));
  EXPECT_ANY_THROW(parse_timeline("{\"fact\":\"nothing\"}\n"));
  EXPECT_ANY_THROW(parse_timeline(line_of(event(EventKind::kMap, 0)))) << "there is no mapping 0";
  EXPECT_ANY_THROW(parse_timeline("{\"fact\":\"event\",\"what\":\"dance\",\"time\":0}\n"));
}

}  // namespace
}  // namespace dmafuzz
