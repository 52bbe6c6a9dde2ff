// SPDX-License-Identifier: GPL-2.0-only
// Masks, segment lengths and boundaries: silent at the limit, heard one byte beyond.
#include "dmasan/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "backend/backend.h"
#include "dmasan/dmasan.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kAll = ~uint64_t{0};
constexpr uint64_t bits(unsigned n) {
  return n == 64 ? kAll : (uint64_t{1} << n) - 1;
}

std::vector<std::string_view> g_fired;
std::string g_said;
int g_dev, g_other;

class LimitsTest : public ::testing::Test {
 protected:
  LimitsTest() {
    g_fired.clear();
    san_.set_report([](const Violation& v) {
      g_fired.push_back(check_info(v.check).id);
      g_said = v.what;
    });
  }
  static Mapping of(uint64_t dma, uint64_t size, MapKind kind = MapKind::kPhys) {
    Mapping m;
    m.dev = &g_dev;
    m.dma = dma;
    m.size = size;
    m.kind = kind;
    m.dir = DMAF_BIDIRECTIONAL;
    m.checked = true;
    return m;
  }
  void map(const Mapping& m) { san_.map(m, __builtin_frame_address(0)); }
  // What is said of it when it is mapped, by a device that sees no further.
  std::vector<std::string_view> masked(uint64_t dma, uint64_t size, uint64_t mask, MapKind kind = MapKind::kPhys) {
    g_fired.clear();
    san_.reset();
    Mapping m = of(dma, size, kind);
    m.mask = mask;
    map(m);
    return g_fired;
  }
  std::vector<std::string_view> segment(uint64_t dma, uint64_t size, uint32_t max_seg, uint64_t boundary,
                                        uint32_t segments = 1) {
    g_fired.clear();
    san_.reset();
    Mapping m = of(dma, size, MapKind::kSg);
    m.max_seg = max_seg;
    m.boundary = boundary;
    m.segments = segments;
    map(m);
    return g_fired;
  }

  DmaSan san_;
};

TEST(Limits, BytesWithinAMask) {
  for (const unsigned n : {24u, 32u, 40u, 63u}) {
    const uint64_t mask = bits(n);
    EXPECT_EQ(within_mask(mask, 1, mask), 1u) << n;
    EXPECT_EQ(within_mask(mask, 2, mask), 1u) << n;
    EXPECT_EQ(within_mask(mask - 1, 2, mask), 2u) << n;
    EXPECT_EQ(within_mask(mask + 1, 1, mask), 0u) << n;
    EXPECT_EQ(within_mask(0, mask + 1, mask), mask + 1) << n;
    EXPECT_EQ(within_mask(0, mask + 2, mask), mask + 1) << n;
  }
  EXPECT_EQ(within_mask(kAll, 1, kAll), 1u);
  EXPECT_EQ(within_mask(kAll, 2, kAll), 1u) << "it wraps";
  EXPECT_EQ(within_mask(5, 0, 4), 0u) << "nothing of nothing";
}

TEST(Limits, BytesBeforeABoundary) {
  EXPECT_EQ(within_boundary(0xf000, 0x1000, 0xffff), 0x1000u);
  EXPECT_EQ(within_boundary(0xf000, 0x1001, 0xffff), 0x1000u);
  EXPECT_EQ(within_boundary(0xffff, 2, 0xffff), 1u);
  EXPECT_EQ(within_boundary(0x10000, 0x10000, 0xffff), 0x10000u);
  EXPECT_EQ(within_boundary(0xfffff000, 0x1001, bits(32)), 0x1000u);
  EXPECT_EQ(within_boundary(0xfffff000, 0x1001, kAll), 0x1001u) << "a device without one";
  EXPECT_EQ(within_boundary(0xffff, 0, 0xffff), 0u);
}

TEST_F(LimitsTest, AMappingEndsAtTheMask) {
  for (const unsigned n : {24u, 32u, 64u}) {
    const uint64_t mask = bits(n);
    EXPECT_THAT(masked(mask - 255, 256, mask), IsEmpty()) << n;
    EXPECT_THAT(masked(mask - 254, 256, mask), ElementsAre("mask-exceeded")) << n;
    EXPECT_THAT(g_said, HasSubstr("not byte 255")) << n;
  }
  EXPECT_THAT(masked(uint64_t{1} << 32, 1, bits(32)), ElementsAre("mask-exceeded"));
  EXPECT_THAT(g_said, HasSubstr("not byte 0"));
  for (const MapKind kind : {MapKind::kResource, MapKind::kSg, MapKind::kCoherent, MapKind::kPages}) {
    EXPECT_THAT(masked(bits(32), 2, bits(32), kind), ElementsAre("mask-exceeded")) << map_kind_name(kind);
  }
}

// The mask of each kind of memory, before and after the driver changed its mind.
TEST_F(LimitsTest, MasksAreNarrowedOverWhatIsMapped) {
  const struct {
    MaskOf masks;
    uint64_t streaming, coherent;
    bool beyond;
  } cases[] = {
      {MaskOf::kStreaming, bits(32), bits(24), false}, {MaskOf::kStreaming, bits(31), bits(64), true},
      {MaskOf::kCoherent, bits(24), bits(32), false},  {MaskOf::kCoherent, bits(64), bits(31), true},
      {MaskOf::kEither, bits(32), bits(24), false},    {MaskOf::kEither, bits(24), bits(32), false},
      {MaskOf::kEither, bits(31), bits(31), true},     {MaskOf::kNone, bits(24), bits(24), false},
  };
  for (const auto& c : cases) {
    g_fired.clear();
    san_.reset();
    Mapping m = of(0xfffff000, 0x1000);
    m.masks = c.masks;
    map(m);
    san_.set_masks(&g_other, bits(24), bits(24));
    EXPECT_THAT(g_fired, IsEmpty()) << "another device's";
    san_.set_masks(&g_dev, c.streaming, c.coherent);
    EXPECT_EQ(g_fired.size(), c.beyond) << static_cast<int>(c.masks) << " " << c.streaming;
    if (c.beyond) EXPECT_EQ(g_fired[0], "mask-exceeded");
  }
}

TEST_F(LimitsTest, ANarrowedMaskIsExactToTheByte) {
  map(of(0xffffff, 1));
  map(of(0x1000, 0x1000));
  san_.set_masks(&g_dev, bits(24), bits(24));
  EXPECT_THAT(g_fired, IsEmpty());
  map(of(0xfff800, 0x801));
  san_.set_masks(&g_dev, bits(24), bits(24));
  EXPECT_THAT(g_fired, ElementsAre("mask-exceeded"));
  EXPECT_THAT(g_said, HasSubstr("from byte 2048 on"));
  san_.set_masks(&g_dev, bits(25), bits(24));
  EXPECT_EQ(g_fired.size(), 1u);
}

TEST_F(LimitsTest, TheDeviceTouchesWhatItCannotReach) {
  map(of(0xfff800, 0x1000));
  san_.device_access(&g_dev, 0xfff800, 0x1000, true);
  EXPECT_THAT(g_fired, IsEmpty());
  san_.set_masks(&g_dev, bits(24), bits(32));
  g_fired.clear();
  san_.device_access(&g_dev, 0xfff800, 0x800, false);
  EXPECT_THAT(g_fired, IsEmpty());
  san_.device_access(&g_dev, 0xffffff, 2, false);
  EXPECT_THAT(g_fired, ElementsAre("mask-exceeded"));
  EXPECT_THAT(g_said, HasSubstr("the device reads 0x1000000, beyond its mask of 0xffffff"));
  san_.set_masks(&g_dev, bits(32), bits(32));
  san_.device_access(&g_dev, 0xffffff, 2, true);
  EXPECT_EQ(g_fired.size(), 1u);
}

TEST_F(LimitsTest, SegmentsAreAsLongAsTheDeviceTakes) {
  EXPECT_THAT(segment(0x10000, 0x1000, 0x1000, kAll), IsEmpty());
  EXPECT_THAT(segment(0x10000, 0x1001, 0x1000, kAll), ElementsAre("segment-too-long"));
  EXPECT_THAT(segment(0x10000, 1, 1, kAll), IsEmpty());
}

TEST_F(LimitsTest, SegmentsLieWithinTheBoundary) {
  EXPECT_THAT(segment(0x10f000, 0x1000, ~0u, 0xffff), IsEmpty());
  EXPECT_THAT(segment(0x10f000, 0x1001, ~0u, 0xffff), ElementsAre("segment-crosses-boundary"));
  EXPECT_THAT(g_said, HasSubstr("0x10000 before byte 4096"));
  EXPECT_THAT(segment(0x110000, 0x10000, ~0u, 0xffff), IsEmpty());
  EXPECT_THAT(segment(0xffffffff, 2, ~0u, bits(32)), ElementsAre("segment-crosses-boundary"));
  EXPECT_THAT(segment(0xffffffff, 2, 1, bits(32)), ElementsAre("segment-too-long", "segment-crosses-boundary"));
}

TEST_F(LimitsTest, OnlySegmentsOfListsAreHeldAgainstThem) {
  for (const MapKind kind : {MapKind::kPhys, MapKind::kResource, MapKind::kCoherent, MapKind::kPages, MapKind::kSg}) {
    Mapping m = of(0xfff0, 0x20, kind);  // kSg: a piece of the IOVA API, which says no number of segments
    m.max_seg = 16;
    m.boundary = 0xffff;
    map(m);
    EXPECT_THAT(g_fired, IsEmpty()) << map_kind_name(kind);
  }
}

TEST_F(LimitsTest, AllSegmentsOfAListAreItsOwn) {
  EXPECT_THAT(segment(0x1000, 16, 16, kAll, 3), IsEmpty());
  Mapping m = of(0x2000, 17, MapKind::kSg);
  m.max_seg = 16;
  map(m);
  EXPECT_EQ(g_fired.size(), 1u) << "the second";
  map(m);
  EXPECT_EQ(g_fired.size(), 2u) << "the third";
  map(m);
  EXPECT_EQ(g_fired.size(), 2u) << "of no list";
  EXPECT_THAT(segment(0x1000, 16, 16, kAll, 2), IsEmpty());
  san_.reset();
  map(m);
  EXPECT_THAT(g_fired, IsEmpty()) << "forgotten";
}

}  // namespace
}  // namespace dmafuzz
