// SPDX-License-Identifier: GPL-2.0-only
//
// vmap: aliases show the same bytes, have guards and a shadow of their own, and come at the same addresses again.
#include "memory/vmap.h"

#include <cstring>

#include "memory/testing/fake_host.h"

namespace dmafuzz {
namespace {

char* page(unsigned long pfn) {
  return static_cast<char*>(phys_to_virt(uint64_t{pfn} << HOST_PAGE_SHIFT));
}

TEST_F(MemoryTest, AliasesShowTheSameBytesInTheGivenOrder) {
  auto a = static_cast<unsigned long>(host_pages_alloc(1, HOST_ZONE_NORMAL, HOST_ALLOC_ZERO));
  auto b = static_cast<unsigned long>(host_pages_alloc(0, HOST_ZONE_DMA, HOST_ALLOC_ZERO));
  unsigned long pfns[] = {b, a, a + 1, b};
  auto* alias = static_cast<char*>(host_vmap(pfns, 4));
  ASSERT_EQ(reinterpret_cast<uint64_t>(alias), HOST_VMAP_BASE);
  strcpy(page(b) + 7, "bee");
  EXPECT_STREQ(alias + 7, "bee");
  EXPECT_STREQ(alias + 3 * 4096 + 7, "bee");
  memset(alias + 4090 + 4096, 'x', 12);  // across the two pages of a
  EXPECT_EQ(page(a)[4095], 'x');
  EXPECT_EQ(page(a + 1)[0], 'x');
  for (int i = 0; i < 4; ++i) EXPECT_EQ(host_vmap_pfn(alias + i * 4096 + 9), static_cast<long>(pfns[i]));
  EXPECT_EQ(host_vmap_pfn(alias + 4 * 4096), -1);
  EXPECT_EQ(host_vmap_pfn(alias - 1), -1);
  EXPECT_EQ(host_vmap_pfn(page(a)), -1);
  uint64_t phys = 0;
  ASSERT_TRUE(m.to_phys(alias + 5, &phys));
  EXPECT_EQ(phys, (uint64_t{b} << 12) + 5);

  auto* second = static_cast<char*>(host_vmap(pfns, 2));
  EXPECT_EQ(second, alias + 5 * 4096);  // a guard page between
  EXPECT_DEATH(static_cast<volatile char*>(alias)[4 * 4096] = 1, "heap-buffer-overflow");
  host_vunmap(alias);
  EXPECT_EQ(host_vmap_pfn(alias), -1);
  EXPECT_EQ(poisoned(alias, 4096), "0..4096");
  EXPECT_DEATH(static_cast<volatile char*>(alias)[0] = 1, "heap-use-after-free");
  // The memory itself is as usable as before.
  EXPECT_STREQ(page(b) + 7, "bee");
  EXPECT_STREQ(second + 7, "bee");
  host_vunmap(alias);
  host_vunmap(second + 4096);
  host_vunmap(page(a));
  EXPECT_EQ(take_kinds(), "double-free invalid-free invalid-free");
}

TEST_F(MemoryTest, NeighbouringFramesAreShownWhereTheyAlwaysAre) {
  auto a = static_cast<unsigned long>(host_pages_alloc(2, HOST_ZONE_NORMAL, HOST_ALLOC_ZERO));
  m.snapshot();
  void* first = nullptr;
  for (int round = 0; round < 2; ++round) {
    unsigned long pfns[] = {a, a + 1, a + 2};
    auto* alias = static_cast<char*>(host_vmap(pfns, 2));
    if (!round) first = alias;
    EXPECT_EQ(alias, first);
    alias[4096] = 'm';
    EXPECT_EQ(page(a + 1)[0], 'm');
    EXPECT_EQ(poisoned(alias, 3 * 4096), "8192..12288") << "the next frame's place is the guard";
    EXPECT_EQ(host_vmap_pfn(alias + 2 * 4096), -1);
    // What has been there in this input is not shown there again: a second alias, the guard's frame, one given up.
    void* again = host_vmap(pfns, 2);
    EXPECT_NE(again, alias);
    EXPECT_NE(host_vmap(pfns + 2, 1), alias + 2 * 4096);
    host_vunmap(alias);
    EXPECT_EQ(poisoned(alias, 8192), "0..8192");
    EXPECT_NE(host_vmap(pfns, 2), alias);
    EXPECT_EQ(take_kinds(), "");
    m.reset();
    EXPECT_EQ(poisoned(alias, 3 * 4096), "0..12288");
    EXPECT_EQ(page(a + 1)[0], 0);
  }
  // The very last frame has a guard too.
  const unsigned long last = ((HOST_BANK_NORMAL_BASE + HOST_BANK_NORMAL_SIZE) >> HOST_PAGE_SHIFT) - 1;
  auto* alias = static_cast<char*>(host_vmap(&last, 1));
  EXPECT_EQ(Vmap::page_of(alias), Vmap::kPages - 2);
  EXPECT_EQ(poisoned(alias, 8192), "4096..8192");
}

TEST_F(MemoryTest, TheWindowFillsUpAndIsReusedWhenAreasWereGivenUp) {
  std::vector<unsigned long> pfns;
  for (unsigned i = 0; i < 16383; ++i) pfns.push_back((HOST_BANK_NORMAL_BASE >> 12) + i % 8192);
  std::vector<void*> areas;
  for (int i = 0; i < 4; ++i) areas.push_back(host_vmap(pfns.data(), 16383));
  for (void* area : areas) EXPECT_NE(area, nullptr);
  // Two that are not neighbours, so that the mirror is no way out.
  EXPECT_EQ(host_vmap(pfns.data() + 8191, 2), nullptr);
  host_vunmap(areas[2]);
  void* again = host_vmap(pfns.data(), 16383);
  EXPECT_EQ(again, areas[2]);
  EXPECT_EQ(host_vmap(pfns.data() + 8191, 2), nullptr);
  EXPECT_EQ(host_vmap(pfns.data(), 0), nullptr);
}

TEST_F(MemoryTest, ResetDropsAliasesAndRevivesThoseOfBoot) {
  auto a = static_cast<unsigned long>(host_pages_alloc(0, kAnyZone, HOST_ALLOC_ZERO));
  auto* boot = static_cast<char*>(host_vmap(&a, 1));
  boot[1] = 'b';
  m.snapshot();
  void* first = nullptr;
  for (int round = 0; round < 3; ++round) {
    auto b = static_cast<unsigned long>(host_pages_alloc(1, kAnyZone, 0));
    unsigned long pfns[] = {b + 1, b, b + 1};
    // Layouts differ between rounds, so that old mappings are in the way.
    auto* alias = static_cast<char*>(host_vmap(pfns, round == 1 ? 2 : 3));
    if (!round) first = alias;
    EXPECT_EQ(alias, first);
    alias[0] = 'n';
    EXPECT_EQ(page(b + 1)[0], 'n');
    if (round == 1) EXPECT_EQ(poisoned(alias, 3 * 4096), "8192..12288");
    boot[1] = 'x';
    host_vunmap(boot);
    EXPECT_EQ(m.live_since_snapshot().aliases, 1u);
    EXPECT_EQ(m.live_since_snapshot().boot_freed, 1u);
    m.reset();
    EXPECT_EQ(poisoned(alias, 4096), "0..4096");
    EXPECT_EQ(host_vmap_pfn(alias), -1);
    EXPECT_EQ(host_vmap_pfn(boot), static_cast<long>(a));
    EXPECT_EQ(boot[1], 'b');
  }
}

}  // namespace
}  // namespace dmafuzz
