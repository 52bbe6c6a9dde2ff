// SPDX-License-Identifier: GPL-2.0-only
// Cache lines with two owners and pages with other objects: what is lawful beside a mapping, and what is not.
#include "dmasan/sharing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>

#include <cstring>
#include <string>
#include <vector>

#include "dmasan/cache_model.h"
#include "dmasan/dmasan.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr unsigned kAnyZone = HOST_ZONE_DMA | HOST_ZONE_DMA32 | HOST_ZONE_NORMAL;
constexpr uint64_t kPage = kPageSize;

std::vector<std::string_view> g_fired;
std::string g_said;
std::vector<std::string> g_objects;
int g_dev;

class SharingTest : public ::testing::Test {
 protected:
  SharingTest() {
    memory().clear();
    cache_model().set_line_size(64);
    g_fired.clear();
    san_.set_report([](const Violation& v) {
      g_fired.push_back(check_info(v.check).id);
      g_said = v.what;
      g_objects = v.object;
    });
    page_ = pages(2);
  }
  // Other tests of this room use the banks as plain memory.
  ~SharingTest() override {
    for (const Bank& bank : kBanks) __asan_unpoison_memory_region(phys_to_virt(bank.base), bank.size);
    cache_model().set_line_size(64);
  }
  static char* kmalloc(size_t size) {
    return static_cast<char*>(memory().kmalloc(size, kAnyZone, 0, __builtin_frame_address(0)));
  }
  static uint64_t pages(unsigned order) {
    return static_cast<uint64_t>(memory().pages_alloc(order, kAnyZone, 0, __builtin_frame_address(0))) << 12;
  }
  static Mapping of(uint64_t phys, uint64_t size, unsigned dir) {
    Mapping m;
    m.dev = &g_dev;
    m.dma = phys;
    m.phys = phys;
    m.size = size;
    m.dir = static_cast<uint8_t>(dir);
    m.checked = true;
    m.snoops = false;
    return m;
  }
  // Bytes that the CPU has first: only lines are looked at.
  void map(Mapping m) {
    if (m.kind == MapKind::kSg) {
      list({m});
    } else {
      san_.map(m, __builtin_frame_address(0));
      if (m.size && !m.attrs) san_.sync(m.dev, m.dma, m.size, m.dir, true, __builtin_frame_address(0));
    }
  }
  void list(std::vector<Mapping> segments) {
    for (size_t i = 0; i < segments.size(); ++i) {
      segments[i].kind = MapKind::kSg;
      segments[i].segments = i ? 0 : static_cast<uint32_t>(segments.size());
      san_.map(segments[i], __builtin_frame_address(0));
    }
    for (const Mapping& m : segments) {
      san_.map_part(m.dev, m.dma, m.phys, m.size);
      san_.sync(m.dev, m.dma, m.size, m.dir, true, __builtin_frame_address(0));
    }
  }
  void unmap(const Mapping& m) {
    san_.unmap(m.dev, m.dma, m.size, m.dir, DMAF_A_SKIP_CPU_SYNC, m.kind, __builtin_frame_address(0));
  }
  // Two mappings side by side.
  std::vector<std::string_view> both(const Mapping& a, const Mapping& b) {
    g_fired.clear();
    san_.reset();
    map(a);
    EXPECT_THAT(g_fired, IsEmpty());
    map(b);
    return g_fired;
  }
  std::vector<std::string_view> write(uint64_t phys, size_t n) {
    g_fired.clear();
    san_.cpu_access(phys_to_virt(phys), n, true);
    return g_fired;
  }

  DmaSan san_;
  uint64_t page_;  // memory of four pages
};

constexpr unsigned kTo = DMAF_TO_DEVICE, kFrom = DMAF_FROM_DEVICE, kBidi = DMAF_BIDIRECTIONAL;

TEST_F(SharingTest, LinesAreTheDevices) {
  for (const unsigned line : {32u, 64u, 128u}) {
    cache_model().set_line_size(line);
    EXPECT_EQ(line_of(page_ + line - 1), (Span{page_, page_ + line}));
    EXPECT_EQ(line_of(page_ + line), (Span{page_ + line, page_ + 2 * line}));
    EXPECT_TRUE(share_line({page_, page_ + 1}, {page_ + line - 1, page_ + line}));
    EXPECT_TRUE(share_line({page_ + line - 1, page_ + line}, {page_, page_ + 1}));
    EXPECT_FALSE(share_line({page_, page_ + line}, {page_ + line, page_ + line + 1}));
    EXPECT_FALSE(share_line({page_ + line, page_ + line + 1}, {page_, page_ + line}));
    EXPECT_TRUE(share_line({page_, page_ + line + 1}, {page_ + line, page_ + line + 1})) << "the same byte";
  }
}

// In kmalloc-96 objects lie at multiples of 96, and none has a line in common with another.
TEST_F(SharingTest, KmallocKeepsItsObjectsApart) {
  memory().set_dense(true);
  const uint64_t a = virt_to_phys(kmalloc(96)), b = virt_to_phys(kmalloc(96));
  ASSERT_EQ(b, a + 96);
  EXPECT_EQ(line_of(b), (Span{b, b + 64}));
  EXPECT_EQ(line_of(b + 63), (Span{b, b + 64}));
  EXPECT_EQ(line_of(b + 64), (Span{b + 64, b + 96})) << "it ends with the object";
  EXPECT_EQ(line_of(b + 95), (Span{b + 64, b + 96}));
  EXPECT_FALSE(share_line({a, a + 96}, {b, b + 96}));
  EXPECT_TRUE(share_line({b, b + 1}, {b + 63, b + 64}));
  EXPECT_THAT(both(of(a, 96, kFrom), of(b, 96, kFrom)), IsEmpty());
  EXPECT_THAT(both(of(a, 32, kFrom), of(a + 32, 32, kFrom)), ElementsAre("cacheline-shared"));
  // A cache's objects lie as they were asked to.
  const int cache = memory().cache_create("odd", 96, 8, kAnyZone);
  const auto object = [&] { return virt_to_phys(memory().cache_alloc(cache, 96, 0, __builtin_frame_address(0))); };
  const uint64_t c = object(), d = object();
  ASSERT_EQ(d, c + 96);
  EXPECT_THAT(both(of(c, 96, kFrom), of(d, 96, kFrom)), ElementsAre("cacheline-shared"));
}

TEST_F(SharingTest, TwoMappingsInALine) {
  for (const unsigned line : {32u, 64u, 128u}) {
    cache_model().set_line_size(line);
    const uint64_t half = line / 2;
    const uint64_t at = page_ + kPage - line;  // the last line of a page
    EXPECT_THAT(both(of(at, half, kTo), of(at + half, half, kFrom)), ElementsAre("cacheline-shared"));
    EXPECT_THAT(both(of(at + half, half, kBidi), of(at, half, kTo)), ElementsAre("cacheline-shared"));
    EXPECT_THAT(both(of(at, half, kTo), of(at + half, half, kTo)), IsEmpty()) << "neither is written";
    EXPECT_THAT(both(of(at, line, kFrom), of(at + line, line, kFrom)), IsEmpty());
    EXPECT_THAT(both(of(at - 1, 1, kFrom), of(at, line, kFrom)), IsEmpty());
    EXPECT_THAT(both(of(at, 1, kFrom), of(at - line, line + 1, kTo)), ElementsAre("cacheline-shared")) << "one byte";
  }
}

TEST_F(SharingTest, InAnyPageOfAMapping) {
  const Mapping large = of(page_ + 100, 3 * kPage, kFrom);
  EXPECT_THAT(both(of(page_ + 90, 8, kTo), large), ElementsAre("cacheline-shared"));
  EXPECT_THAT(both(of(page_ + kPage + 200, 8, kTo), large), ElementsAre("cacheline-shared"));
  EXPECT_THAT(both(of(page_ + 3 * kPage + 100, 8, kTo), large), ElementsAre("cacheline-shared"));
  EXPECT_THAT(both(of(page_ + 3 * kPage + 128, 8, kTo), large), IsEmpty());
  EXPECT_THAT(both(of(page_ + 63, 1, kTo), large), IsEmpty());
}

TEST_F(SharingTest, WhatIsLeftOutOfTwo) {
  Mapping a = of(page_, 8, kFrom), b = of(page_ + 8, 8, kFrom);
  a.snoops = b.snoops = true;
  EXPECT_THAT(both(a, b), IsEmpty());
  b.snoops = false;
  EXPECT_THAT(both(a, b), ElementsAre("cacheline-shared")) << "one of two devices";
  EXPECT_THAT(both(b, a), ElementsAre("cacheline-shared"));
  a.snoops = false;
  b.attrs = DMAF_A_SKIP_CPU_SYNC;
  EXPECT_THAT(both(a, b), IsEmpty());
  b.attrs = 0;
  b.shares_lines = true;
  EXPECT_THAT(both(a, b), ElementsAre("cacheline-shared")) << "both must say so";
  a.shares_lines = true;
  EXPECT_THAT(both(a, b), IsEmpty());
  // Known of when fetches are looked at, and uncached.
  san_.enable(Check::kDoubleFetch, true);
  a = of(page_, 8, kBidi);
  a.kind = MapKind::kCoherent;
  a.cpu = reinterpret_cast<uint64_t>(phys_to_virt(page_));
  g_fired.clear();
  san_.reset();
  san_.map(a, __builtin_frame_address(0));
  map(b);
  EXPECT_THAT(g_fired, IsEmpty());
}

TEST_F(SharingTest, WhatIsGoneSharesNothing) {
  const Mapping a = of(page_, 8, kFrom);
  map(a);
  unmap(a);
  map(of(page_ + 8, 8, kFrom));
  EXPECT_THAT(write(page_, 4), ElementsAre("cacheline-shared"));
  unmap(of(page_ + 8, 8, kFrom));
  EXPECT_THAT(write(page_, 4), IsEmpty());
  EXPECT_THAT(write(page_ + 8, 4), IsEmpty());
}

TEST_F(SharingTest, EntriesOfAListAreOneOwner) {
  const Mapping a = of(page_, 8, kFrom), b = of(page_ + 8, 8, kFrom), c = of(page_ + 16, 8, kFrom);
  list({a, b});
  EXPECT_THAT(g_fired, IsEmpty());
  EXPECT_THAT(write(page_, 16), IsEmpty()) << "both are the CPU's";
  EXPECT_THAT(write(page_ + 4, 8), IsEmpty());
  EXPECT_THAT(write(page_ + 15, 2), ElementsAre("cacheline-shared")) << "beside the last";
  g_fired.clear();
  list({c});
  EXPECT_THAT(g_fired, ElementsAre("cacheline-shared", "cacheline-shared")) << "another list";
}

TEST_F(SharingTest, TheCpuWritesBesideAMapping) {
  for (const unsigned line : {32u, 64u, 128u}) {
    cache_model().set_line_size(line);
    san_.reset();
    const uint64_t start = page_ + line + 4, end = start + 2 * line;
    map(of(start, 2 * line, kFrom));
    EXPECT_THAT(write(start, 2 * line), IsEmpty()) << "its own bytes, which the CPU has";
    EXPECT_THAT(write(page_, line), IsEmpty()) << "the line before";
    EXPECT_THAT(write(page_ + line, 4), ElementsAre("cacheline-shared"));
    EXPECT_THAT(write(page_ + line - 1, 2), ElementsAre("cacheline-shared"));
    EXPECT_THAT(write(start - 1, 2), ElementsAre("cacheline-shared")) << "and one of its own";
    EXPECT_THAT(write(end, 1), ElementsAre("cacheline-shared"));
    EXPECT_THAT(g_said, HasSubstr("which the device may write"));
    EXPECT_THAT(write(end - 1, 2), ElementsAre("cacheline-shared"));
    EXPECT_THAT(write(page_ + 4 * line - 1, 1), ElementsAre("cacheline-shared"));
    EXPECT_THAT(write(page_ + 4 * line, 8), IsEmpty()) << "the line after";
    g_fired.clear();
    san_.cpu_access(phys_to_virt(end), 1, false);
    EXPECT_THAT(g_fired, IsEmpty()) << "read";
  }
}

TEST_F(SharingTest, WholeLinesHaveNothingBesideThem) {
  map(of(page_ + kPage, 64, kBidi));
  EXPECT_THAT(write(page_ + kPage - 8, 8), IsEmpty());
  EXPECT_THAT(write(page_ + kPage + 64, 8), IsEmpty());
  EXPECT_THAT(write(page_ + kPage - 8, 80), IsEmpty());
}

TEST_F(SharingTest, WhoDoesNotMind) {
  Mapping m = of(page_, 8, kFrom);
  EXPECT_TRUE(minds_lines(m));
  m.kind = MapKind::kResource;
  EXPECT_FALSE(minds_lines(m));
  m.kind = MapKind::kCoherent;
  EXPECT_FALSE(minds_lines(m));
  map(of(page_ + kPage, 8, kFrom));  // another minds, so that writes are looked at
  m = of(page_, 8, kTo);
  map(m);
  EXPECT_THAT(write(page_ + 8, 8), IsEmpty()) << "the device only reads it";
  unmap(m);
  m = of(page_, 8, kFrom);
  m.snoops = true;
  map(m);
  EXPECT_THAT(write(page_ + 8, 8), IsEmpty());
  unmap(m);
  m.snoops = false;
  m.shares_lines = true;
  map(m);
  EXPECT_THAT(write(page_ + 8, 8), IsEmpty());
  unmap(m);
  m.shares_lines = false;
  m.attrs = DMAF_A_SKIP_CPU_SYNC;
  map(m);
  EXPECT_THAT(write(page_ + 8, 8), ElementsAre("cacheline-shared")) << "the line is written back some time";
}

TEST_F(SharingTest, KmallocObjectsBesideAMappingAreApart) {
  memory().set_dense(true);
  const uint64_t a = virt_to_phys(kmalloc(32)), b = virt_to_phys(kmalloc(32));
  ASSERT_EQ(b, a + 32);
  map(of(a, 16, kFrom));
  EXPECT_THAT(write(b, 32), IsEmpty());
  EXPECT_THAT(write(a + 16, 8), ElementsAre("cacheline-shared"));
}

// ---- pages ----

class ExposureTest : public SharingTest {
 protected:
  ExposureTest() { san_.enable(Check::kSubpageExposure, true); }
  std::vector<std::string_view> expose(const Mapping& m) {
    g_fired.clear();
    san_.reset();
    Mapping snooped = m;
    snooped.snoops = true;
    map(snooped);
    return g_fired;
  }
};

TEST_F(ExposureTest, OthersInThePage) {
  const uint64_t a = virt_to_phys(kmalloc(64));
  EXPECT_THAT(expose(of(a, 64, kTo)), IsEmpty()) << "alone";
  char* b = kmalloc(64);
  std::memset(b, 0, 64);
  ASSERT_EQ(virt_to_phys(b) / kPage, a / kPage);
  EXPECT_THAT(expose(of(a, 64, kTo)), ElementsAre("subpage-exposure"));
  EXPECT_THAT(g_said, HasSubstr("hold 1 other objects"));
  EXPECT_THAT(g_objects, ElementsAre(HasSubstr("a 64-byte object of kmalloc-64")));
  EXPECT_THAT(g_objects[0], HasSubstr(", 0 pointers"));
  san_.enable(Check::kSubpageExposure, false);
  EXPECT_THAT(expose(of(a, 64, kTo)), IsEmpty()) << "an advisory check";
  san_.enable(Check::kSubpageExposure, true);
  memory().kfree(b, __builtin_frame_address(0));
  EXPECT_THAT(expose(of(a, 64, kTo)), IsEmpty()) << "freed";
}

TEST_F(ExposureTest, ObjectsWithPointersAreNamedFirst) {
  const uint64_t a = virt_to_phys(kmalloc(64));
  char* plain = kmalloc(64);
  auto* full = reinterpret_cast<uint64_t*>(kmalloc(64));
  std::memset(plain, 0, 64);
  std::memset(full, 0, 64);
  full[0] = reinterpret_cast<uint64_t>(&line_of);
  full[3] = reinterpret_cast<uint64_t>(&g_dev);
  full[4] = HOST_LINEAR_BASE + page_;
  full[5] = HOST_VMAP_BASE;
  full[6] = HOST_LINEAR_BASE + HOST_BANK_NORMAL_BASE - 1;
  EXPECT_THAT(expose(of(a, 64, kTo)), ElementsAre("subpage-exposure"));
  EXPECT_THAT(g_said, HasSubstr("hold 2 other objects"));
  ASSERT_EQ(g_objects.size(), 2u);
  EXPECT_THAT(g_objects[0], HasSubstr(", 4 pointers, at byte 0 "));
  EXPECT_THAT(g_objects[0], HasSubstr(" of code, at byte 24 "));
  EXPECT_THAT(g_objects[0], HasSubstr(" of static data, at byte 32 "));
  EXPECT_THAT(g_objects[0], HasSubstr(" of memory, at byte 40 "));
  EXPECT_THAT(g_objects[0], HasSubstr(" of vmalloc() memory"));
  EXPECT_THAT(g_objects[1], HasSubstr(", 0 pointers"));
}

TEST_F(ExposureTest, ItsOwnBytesAndPagesAreNoOthers) {
  EXPECT_THAT(expose(of(page_ + 8, 16, kTo)), IsEmpty()) << "the rest of its block";
  const uint64_t a = virt_to_phys(kmalloc(512));
  kmalloc(512);
  EXPECT_THAT(expose(of(a + 8, 16, kTo)), ElementsAre("subpage-exposure"));
  EXPECT_EQ(g_objects.size(), 1u) << "not the object itself";
  EXPECT_THAT(expose(of(a, 0, kTo)), IsEmpty());
}

// An object of two pages and more: what lies at either end is exposed.
TEST_F(ExposureTest, BothEndsAreLookedAt) {
  memory().set_dense(true);
  const int cache = memory().cache_create("wide", 6144, 8, kAnyZone);
  uint64_t objects[3];
  for (uint64_t& object : objects) {
    object = virt_to_phys(memory().cache_alloc(cache, 6144, 0, __builtin_frame_address(0)));
  }
  ASSERT_EQ(objects[1], objects[0] + 6144);
  ASSERT_EQ(objects[2], objects[1] + 6144);
  EXPECT_THAT(expose(of(objects[0], 6144, kTo)), ElementsAre("subpage-exposure"));
  EXPECT_EQ(g_objects.size(), 1u);
  EXPECT_THAT(expose(of(objects[0], 4096, kTo)), IsEmpty()) << "the first page only";
  EXPECT_THAT(expose(of(objects[1], 6144, kTo)), ElementsAre("subpage-exposure"));
  EXPECT_EQ(g_objects.size(), 1u) << "it starts in the page where the first ends, and ends with its own";
}

TEST_F(ExposureTest, WhatIsBouncedExposesNothing) {
  const uint64_t a = virt_to_phys(kmalloc(64));
  kmalloc(64);
  static uint64_t where;
  san_.set_leads_to([](const void*, uint64_t) { return where; });
  where = a;
  EXPECT_THAT(expose(of(a, 64, kTo)), ElementsAre("subpage-exposure"));
  where = page_;
  EXPECT_THAT(expose(of(a, 64, kTo)), IsEmpty());
}

TEST_F(ExposureTest, ListsExposeAsWell) {
  const uint64_t a = virt_to_phys(kmalloc(64));
  kmalloc(64);
  g_fired.clear();
  Mapping m = of(a, 64, kTo);
  list({m});
  EXPECT_THAT(g_fired, ElementsAre("subpage-exposure"));
}

}  // namespace
}  // namespace dmafuzz
