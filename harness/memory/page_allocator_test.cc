// SPDX-License-Identifier: GPL-2.0-only
//
// Page allocator: orders, zones, exhaustion, late reuse, poison, splitting, and what it says about wrong frees.
#include "memory/page_allocator.h"

#include <sanitizer/asan_interface.h>

#include <set>

#include "memory/testing/fake_host.h"

namespace dmafuzz {
namespace {

void* page(long pfn) {
  return phys_to_virt(static_cast<uint64_t>(pfn) << HOST_PAGE_SHIFT);
}
unsigned long u(long pfn) {
  return static_cast<unsigned long>(pfn);
}

TEST_F(MemoryTest, EachOrderIsAlignedUsableAndPoisonedAfterwards) {
  for (bool dense : {false, true}) {
    m.set_dense(dense);
    for (unsigned order = 0; order <= 10; ++order) {
      long pfn = host_pages_alloc(order, kAnyZone, 0);
      ASSERT_GE(pfn, 0) << order;
      EXPECT_EQ(u(pfn) & ((1ul << order) - 1), 0u) << order;
      EXPECT_EQ(host_pages_order(u(pfn)), static_cast<int>(order));
      EXPECT_EQ(__asan_region_is_poisoned(page(pfn), kPageSize << order), nullptr);
      host_pages_free(u(pfn), order);
      EXPECT_EQ(host_pages_order(u(pfn)), -1);
      EXPECT_EQ(poisoned(page(pfn), kPageSize), "0..4096");
    }
  }
  EXPECT_EQ(host_pages_alloc(11, kAnyZone, 0), -1);
  EXPECT_EQ(host_pages_alloc(0, 0, 0), -1);
}

TEST_F(MemoryTest, ZonesAreTriedFromTheHighestDown) {
  m.set_dense(true);
  struct {
    unsigned zones, zone;
  } rows[] = {{7, HOST_ZONE_NORMAL}, {4, HOST_ZONE_NORMAL}, {3, HOST_ZONE_DMA32},
              {2, HOST_ZONE_DMA32},  {1, HOST_ZONE_DMA},    {5, HOST_ZONE_NORMAL}};
  for (const auto& row : rows) {
    long pfn = host_pages_alloc(0, row.zones, 0);
    EXPECT_EQ(bank_of(u(pfn) << 12)->zone, row.zone) << row.zones;
  }
}

TEST_F(MemoryTest, ExhaustionOfEachBankFallsBackThenFails) {
  for (bool dense : {true, false}) {
    m.clear();
    m.set_dense(dense);
    std::set<long> seen;
    unsigned per_zone[5] = {};
    for (long pfn; (pfn = host_pages_alloc(0, kAnyZone, HOST_ALLOC_QUIET)) >= 0;) {
      ASSERT_TRUE(seen.insert(pfn).second);
      ++per_zone[bank_of(u(pfn) << 12)->zone];
      if (seen.size() == 8192) EXPECT_EQ(per_zone[HOST_ZONE_NORMAL], 8192u);
    }
    EXPECT_EQ(seen.size(), kFrames);
    for (unsigned zones : {1u, 2u, 4u, 7u}) EXPECT_EQ(host_pages_alloc(0, zones, 0), -1);
    EXPECT_EQ(host_kmalloc(64, kAnyZone, 0), nullptr);
    EXPECT_EQ(host_kmalloc(100000, kAnyZone, HOST_ALLOC_NOFAIL), nullptr);
    // One page back is one page to be had.
    host_pages_free(0x80123, 0);
    EXPECT_EQ(host_pages_alloc(0, HOST_ZONE_NORMAL, 0), -1);
    EXPECT_EQ(host_pages_alloc(0, HOST_ZONE_DMA32 | HOST_ZONE_DMA, 0), 0x80123);
  }
}

TEST_F(MemoryTest, LargestBlocksFillTheirBanks) {
  m.set_dense(true);
  // The DMA bank starts at 1 MiB: no aligned block of 4 MiB in it.
  EXPECT_EQ(host_pages_alloc(10, HOST_ZONE_DMA, 0), -1);
  EXPECT_EQ(host_pages_alloc(9, HOST_ZONE_DMA, 0), 0x200);
  for (unsigned zone : {HOST_ZONE_DMA32, HOST_ZONE_NORMAL}) {
    for (int i = 0; i < 8; ++i) EXPECT_GE(host_pages_alloc(10, zone, 0), 0);
    EXPECT_EQ(host_pages_alloc(10, zone, 0), -1);
    EXPECT_EQ(host_pages_alloc(0, zone, 0), -1);
  }
}

TEST_F(MemoryTest, FreedPagesComeBackLast) {
  m.set_dense(true);
  std::vector<long> pfns;
  for (int i = 0; i < 100; ++i) pfns.push_back(host_pages_alloc(0, HOST_ZONE_DMA, 0));
  for (long pfn : pfns) host_pages_free(u(pfn), 0);
  std::set<long> freed(pfns.begin(), pfns.end());
  for (unsigned i = 100; i < 1024; ++i) {
    EXPECT_FALSE(freed.count(host_pages_alloc(0, HOST_ZONE_DMA, 0))) << i;
  }
  // Now nothing else is left, and the oldest comes first.
  EXPECT_EQ(host_pages_alloc(0, HOST_ZONE_DMA, 0), pfns[0]);
}

TEST_F(MemoryTest, QuarantineIsBounded) {
  m.set_dense(true);
  // More churn than memory: works for ever.
  for (int i = 0; i < 5000; ++i) {
    long pfn = host_pages_alloc(3, HOST_ZONE_DMA, HOST_ALLOC_QUIET);
    ASSERT_GE(pfn, 0);
    host_pages_free(u(pfn), 3);
  }
}

TEST_F(MemoryTest, SparsePageBlocksHaveAGuardPage) {
  long a = host_pages_alloc(0, kAnyZone, 0), b = host_pages_alloc(0, kAnyZone, 0);
  EXPECT_EQ(b, a + 2);
  EXPECT_EQ(poisoned(page(a), 2 * kPageSize), "4096..8192");
}

TEST_F(MemoryTest, SplitBlocksAreFreedPageByPage) {
  long pfn = host_pages_alloc(2, kAnyZone, 0);
  host_pages_split(u(pfn), 2);
  EXPECT_EQ(host_pages_order(u(pfn)), 0);
  EXPECT_EQ(host_pages_order(u(pfn) + 3), 0);
  host_pages_free(u(pfn) + 1, 0);
  EXPECT_EQ(poisoned(page(pfn), 4 * kPageSize), "4096..8192");
  host_pages_free(u(pfn), 0);
  host_pages_free(u(pfn) + 2, 0);
  host_pages_free(u(pfn) + 3, 0);
  EXPECT_EQ(take_kinds(), "");
  host_pages_free(u(pfn) + 3, 0);
  EXPECT_EQ(take_kinds(), "double-free");
}

TEST_F(MemoryTest, OnlyWhatABlockIsTrimmedToIsUsable) {
  const long pfn = host_pages_alloc(1, kAnyZone, 0);
  auto* start = static_cast<char*>(page(pfn));
  host_pages_trim(u(pfn), 3192, 4999);
  EXPECT_EQ(poisoned(start, 3192), "0..3192");
  EXPECT_EQ(poisoned(start + 3192, 5000), "4999..5000");
  const Description d = m.describe(start + 3000);
  EXPECT_EQ(d.start, start + 3192);
  EXPECT_EQ(d.size, 4999u);
  EXPECT_EQ(d.offset, -192);
  host_pages_free(u(pfn), 1);
  EXPECT_EQ(poisoned(start, 8192), "0..8192");
  const long next = host_pages_alloc(1, kAnyZone, 0);
  EXPECT_EQ(poisoned(page(next), 8192), "");
}

TEST_F(MemoryTest, WrongPageFreesAreFindings) {
  long pfn = host_pages_alloc(2, kAnyZone, 0);
  auto* slab_object = static_cast<char*>(host_kmalloc(64, kAnyZone, 0));
  auto* large = static_cast<char*>(host_kmalloc(20000, kAnyZone, 0));
  host_pages_free(u(pfn), 1);
  host_pages_free(u(pfn) + 1, 0);
  host_pages_free(u(pfn) + 4, 0);
  host_pages_free(0, 0);
  host_pages_free(~0ul, 0);
  host_pages_free(virt_to_phys(slab_object) >> 12, 0);
  host_pages_free(virt_to_phys(large) >> 12, 3);
  host_pages_split(u(pfn), 3);
  EXPECT_EQ(take_kinds(),
            "invalid-free invalid-free invalid-free invalid-free invalid-free invalid-free invalid-free invalid-free");
  host_pages_free(u(pfn), 2);
  EXPECT_EQ(take_kinds(), "");
  host_pages_free(u(pfn), 2);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, "double-free");
  EXPECT_THAT(findings[0].text,
              ::testing::AllOf(::testing::HasSubstr("which is free already\n"),
                               ::testing::HasSubstr("16384-byte region"), ::testing::HasSubstr("freed here:"),
                               ::testing::HasSubstr("allocated by the page allocator here:"),
                               ::testing::HasSubstr("WrongPageFreesAreFindings")));
  take_kinds();
}

TEST_F(MemoryTest, InjectedFailureStrikesOnce) {
  m.set_fail_after(3);
  EXPECT_GE(host_pages_alloc(0, kAnyZone, 0), 0);
  EXPECT_NE(host_kmalloc(10, kAnyZone, 0), nullptr);
  EXPECT_GE(host_pages_alloc(0, kAnyZone, HOST_ALLOC_NOFAIL), 0);  // does not count
  EXPECT_FALSE(m.fail_fired());
  EXPECT_EQ(host_pages_alloc(0, kAnyZone, 0), -1);
  EXPECT_TRUE(m.fail_fired());
  EXPECT_GE(host_pages_alloc(0, kAnyZone, 0), 0);
  int cache = host_cache_create("c", 24, 0, kAnyZone);
  m.set_fail_after(1);
  EXPECT_EQ(host_cache_alloc(cache, 24, 0), nullptr);
  EXPECT_NE(host_cache_alloc(cache, 24, 0), nullptr);
  m.set_fail_after(1);
  EXPECT_EQ(host_kmalloc(100000, kAnyZone, 0), nullptr);
  m.set_fail_after(1);
  EXPECT_EQ(host_should_fail(), 1);
  EXPECT_EQ(host_should_fail(), 0);
}

TEST_F(MemoryTest, EventsTellOfEachCallUnlessQuiet) {
  long pfn = host_pages_alloc(1, kAnyZone, 0);
  host_pages_free(u(pfn), 1);
  pfn = host_pages_alloc(1, kAnyZone, HOST_ALLOC_QUIET);
  host_pages_free(u(pfn), 1);
  void* p = host_kmalloc(5, kAnyZone, HOST_ALLOC_QUIET);
  host_kfree(p);
  p = host_kmalloc(5, kAnyZone, HOST_ALLOC_ZERO);
  host_kfree(p);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].kind, "page-alloc");
  EXPECT_EQ(events[1].kind, "page-free");
  EXPECT_EQ(events[2], (Event{"alloc", reinterpret_cast<uint64_t>(p), 5, 0}));
  EXPECT_EQ(events[3], (Event{"free", reinterpret_cast<uint64_t>(p), 5, 0}));
}

}  // namespace
}  // namespace dmafuzz
