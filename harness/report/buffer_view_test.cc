// SPDX-License-Identifier: GPL-2.0-only
//
// What is shown of timelines that are known by hand.
#include "report/buffer_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kPhys = 0x100001000, kDma = 0x80000000;

class View : public ::testing::Test {
 protected:
  void object(std::uint64_t phys, std::uint64_t size) {
    timeline_.objects.push_back({.range = {.phys = phys, .size = size}, .what = "an object"});
  }
  std::uint32_t mapping(std::uint64_t phys, std::uint64_t size, std::uint64_t dma) {
    TimelineMapping m;
    m.kind = "single";
    m.direction = "FROM_DEVICE";
    m.device = "a device";
    m.dma = dma;
    m.size = size;
    m.memory = {{.phys = phys, .size = size, .dma = dma}};
    timeline_.mappings.push_back(m);
    return static_cast<std::uint32_t>(timeline_.mappings.size() - 1);
  }
  TimelineEvent& event(EventKind kind, std::uint32_t mapping = kNoIndex) {
    TimelineEvent e;
    e.kind = kind;
    e.time = static_cast<std::uint32_t>(timeline_.events.size());
    e.mapping = mapping;
    timeline_.events.push_back(e);
    return timeline_.events.back();
  }
  void map(std::uint32_t m, Owner owner = Owner::kDevice) {
    TimelineEvent& e = event(EventKind::kMap, m);
    e.dma = timeline_.mappings[m].dma;
    e.size = timeline_.mappings[m].size;
    owned(e, {{.phys = timeline_.mappings[m].memory[0].phys, .size = e.size, .owner = owner}});
  }
  static void owned(TimelineEvent& e, std::vector<OwnedRange> ranges) { e.owners = std::move(ranges); }
  TimelineEvent& violation(std::uint32_t m, std::uint64_t dma, std::uint64_t size) {
    TimelineEvent& e = event(EventKind::kViolation, m);
    e.dma = dma;
    e.size = size;
    e.words = "some-check";
    e.summary = "it is so";
    return e;
  }
  BufferView view() const {
    Finding finding;
    finding.id = "some-check";
    return view_of(timeline_, &finding);
  }

  Timeline timeline_;
};

// Mapped, synced in part, read by the CPU where the device still owns it.
TEST_F(View, OwnersStepByStep) {
  object(kPhys, 128);
  const std::uint32_t m = mapping(kPhys + 32, 64, kDma);
  TimelineEvent& made = event(EventKind::kAlloc);
  made.phys = kPhys;
  made.size = 128;
  map(m);
  TimelineEvent& sync = event(EventKind::kSyncForCpu, m);
  sync.dma = kDma;
  sync.size = 16;
  owned(sync, {{.phys = kPhys + 32, .size = 16, .owner = Owner::kCpu},
               {.phys = kPhys + 48, .size = 48, .owner = Owner::kDevice}});
  TimelineEvent& read = event(EventKind::kCpuRead, m);
  read.phys = kPhys + 40;
  read.dma = kDma + 8;
  read.size = 16;
  violation(m, kDma + 8, 16);

  const BufferView v = view();
  ASSERT_EQ(v.strips.size(), 1u);
  EXPECT_EQ(v.strips[0].phys, kPhys);
  EXPECT_EQ(v.strips[0].size, 128u);
  EXPECT_EQ(v.strips[0].what, "an object");
  ASSERT_EQ(v.steps.size(), 5u);
  EXPECT_THAT(v.steps[0].owners, ElementsAre(ViewSpan{0, 0, 128, Owner::kNobody}));
  EXPECT_THAT(v.steps[1].owners, ElementsAre(ViewSpan{0, 0, 32, Owner::kNobody}, ViewSpan{0, 32, 96, Owner::kDevice},
                                             ViewSpan{0, 96, 128, Owner::kNobody}));
  EXPECT_THAT(v.steps[2].owners,
              ElementsAre(ViewSpan{0, 0, 32, Owner::kNobody}, ViewSpan{0, 32, 48, Owner::kCpu},
                          ViewSpan{0, 48, 96, Owner::kDevice}, ViewSpan{0, 96, 128, Owner::kNobody}));
  EXPECT_THAT(v.steps[2].touched, ElementsAre(ViewSpan{0, 32, 48}));
  EXPECT_THAT(v.steps[3].touched, ElementsAre(ViewSpan{0, 40, 56}));
  EXPECT_EQ(v.steps[3].sentence, "the CPU reads 16 bytes, 8..24 of mapping 0");
  EXPECT_EQ(v.violation, 4u);
  EXPECT_THAT(v.steps[4].touched, ElementsAre(ViewSpan{0, 40, 56}));
  EXPECT_EQ(v.steps[4].sentence, "some-check: it is so");
  EXPECT_TRUE(v.notes.empty());
}

TEST_F(View, WhatIsUnmappedIsNobodys) {
  const std::uint32_t m = mapping(kPhys, 64, kDma);
  map(m);
  TimelineEvent& unmap = event(EventKind::kUnmap, m);
  unmap.dma = kDma;
  unmap.size = 64;
  unmap.words = "FROM_DEVICE";
  unmap.gone = true;
  violation(m, kDma, 4);
  const BufferView v = view();
  ASSERT_EQ(v.steps.size(), 3u);
  EXPECT_THAT(v.steps[1].owners, ElementsAre(ViewSpan{0, 0, 64, Owner::kNobody}));
  EXPECT_EQ(v.steps[1].sentence, "unmap of mapping 0");
}

// The neighbour in the same line is shown with what happened to it; one elsewhere is not.
TEST_F(View, WhatElseIsMappedThere) {
  object(kPhys, 128);
  const std::uint32_t a = mapping(kPhys, 6, kDma), b = mapping(kPhys + 6, 20, kDma + 0x1000),
                      far = mapping(kPhys + 0x10000, 64, kDma + 0x2000);
  map(a, Owner::kCpu);
  map(b);
  map(far);
  violation(a, kDma, 6);
  const BufferView v = view();
  ASSERT_EQ(v.strips.size(), 1u);
  EXPECT_THAT(v.strips[0].mappings, ElementsAre(a, b));
  EXPECT_EQ(v.steps.size(), 3u);
  EXPECT_THAT(v.steps[2].owners, ElementsAre(ViewSpan{0, 0, 6, Owner::kCpu}, ViewSpan{0, 6, 26, Owner::kDevice},
                                             ViewSpan{0, 26, 128, Owner::kNobody}));
}

// The second mapping breaks a rule that is about the first: both are marked.
TEST_F(View, WhatBreaksARuleAndWhatItIsAbout) {
  object(kPhys, 128);
  const std::uint32_t a = mapping(kPhys, 6, kDma), b = mapping(kPhys + 6, 20, kDma + 0x1000);
  map(a);
  map(b);
  violation(a, kDma, 6);
  EXPECT_THAT(view().steps[2].touched, ElementsAre(ViewSpan{0, 0, 6}, ViewSpan{0, 6, 26}));
}

// Two mappings of the same bytes: the stricter word counts.
TEST_F(View, TheDeviceGoesFirst) {
  const std::uint32_t a = mapping(kPhys, 64, kDma), b = mapping(kPhys, 64, kDma + 0x1000);
  map(a);
  map(b, Owner::kCpu);
  violation(a, kDma, 4);
  EXPECT_THAT(view().steps[1].owners, ElementsAre(ViewSpan{0, 0, 64, Owner::kDevice}));
}

// Of much memory the lines that are mapped and those beside; an access past the end is drawn where it would go on.
TEST_F(View, ALargeObjectAndAnAccessBeyond) {
  object(kPhys, 65536);
  const std::uint32_t m = mapping(kPhys + 0x1008, 100, kDma);
  map(m);
  violation(m, kDma + 90, 200);
  const BufferView v = view();
  ASSERT_EQ(v.strips.size(), 1u);
  EXPECT_EQ(v.strips[0].phys, kPhys + 0xfc0);
  EXPECT_EQ(v.strips[0].phys + v.strips[0].size, kPhys + 0x1008 + 290);
  ASSERT_EQ(v.steps[1].touched.size(), 2u);
  EXPECT_EQ(v.steps[1].touched.back().hi, v.strips[0].size);
}

TEST_F(View, MemoryInPiecesIsInStrips) {
  const std::uint32_t m = mapping(kPhys, 64, kDma);
  timeline_.mappings[m].size = 128;
  timeline_.mappings[m].memory.push_back({.phys = kPhys + 0x8000, .size = 64, .dma = kDma + 64});
  map(m);
  violation(m, kDma + 60, 8);
  const BufferView v = view();
  ASSERT_EQ(v.strips.size(), 2u);
  EXPECT_THAT(v.steps[1].touched, ElementsAre(ViewSpan{0, 60, 64}, ViewSpan{1, 0, 4}));
}

// Registers have no memory; their addresses stand in for it.
TEST_F(View, WithoutMemory) {
  const std::uint32_t m = mapping(0, 64, kDma);
  timeline_.mappings[m].memory.clear();
  TimelineEvent& e = event(EventKind::kMap, m);
  e.dma = kDma;
  e.size = 64;
  violation(m, kDma, 64);
  const BufferView v = view();
  ASSERT_EQ(v.strips.size(), 1u);
  EXPECT_EQ(v.strips[0].phys, kDma);
}

TEST_F(View, WithoutAFindingAllIsMeant) {
  map(mapping(kPhys, 64, kDma));
  map(mapping(kPhys + 0x4000, 64, kDma + 0x1000));
  EXPECT_EQ(view_of(timeline_, nullptr).strips.size(), 2u);
  EXPECT_FALSE(view_of(timeline_, nullptr).violation);
  EXPECT_TRUE(view_of({}, nullptr).steps.empty());
}

// What the model or a sanitizer found is marked where the operation under way had got to.
TEST_F(View, AFindingThatIsNoViolation) {
  timeline_.operations = {"op 0 (map)", "op 1 (check)"};
  map(mapping(kPhys, 64, kDma));
  timeline_.events.back().operation = 0;
  TimelineEvent& read = event(EventKind::kCpuRead, 0);
  read.phys = kPhys + 8;
  read.size = 4;
  read.operation = 1;
  Finding finding;
  finding.id = "wrong-bytes";
  finding.summary = "byte 9";
  const BufferView v = view_of(timeline_, &finding);
  ASSERT_EQ(v.violation, 2u);
  EXPECT_EQ(v.steps[2].sentence, "wrong-bytes: byte 9");
  EXPECT_EQ(v.steps[2].event.operation, 1u);
  EXPECT_THAT(v.steps[2].touched, ElementsAre(ViewSpan{0, 8, 12}));
  EXPECT_EQ(v.steps[2].owners, v.steps[1].owners);
  // The last event is of an operation before: nothing of this one is known.
  timeline_.operations.emplace_back("op 2 (free)");
  EXPECT_THAT(view_of(timeline_, &finding).steps[2].touched, testing::IsEmpty());
}

// What does not fit is said.
TEST_F(View, SaysWhatIsNotShown) {
  const std::uint32_t m = mapping(kPhys, 64, kDma);
  map(m);
  for (int i = 0; i < 400; ++i) {
    TimelineEvent& e = event(EventKind::kDeviceWrite, m);
    e.dma = kDma;
    e.size = 4;
  }
  violation(m, kDma, 4);
  timeline_.left_out = {
      {.mapping = m, .what = "this"}, {.mapping = kNoIndex, .what = "that"}, {.mapping = 7, .what = "more"}};
  const BufferView v = view();
  EXPECT_EQ(v.steps.size(), 300u);
  EXPECT_EQ(v.violation, 299u);
  EXPECT_THAT(v.notes, ElementsAre(HasSubstr("102 came before"), "The recording has left out this.",
                                   "The recording has left out that."));
}

}  // namespace
}  // namespace dmafuzz
