// SPDX-License-Identifier: GPL-2.0-only
//
// Slab: sizes and packing, red zones to the byte, quarantine, zones, caches, resizing, and wrong frees.
#include "memory/slab.h"

#include <sanitizer/asan_interface.h>

#include <cstring>
#include <set>

#include "memory/testing/fake_host.h"

namespace dmafuzz {
namespace {

char* kmalloc(size_t size, unsigned zones = kAnyZone, unsigned flags = 0) {
  return static_cast<char*>(host_kmalloc(size, zones, flags));
}

TEST_F(MemoryTest, KmallocSizesHaveTheKernelsRoomAndExactRedZones) {
  struct {
    size_t size, room;
  } rows[] = {{1, 8},
              {7, 8},
              {8, 8},
              {9, 16},
              {16, 16},
              {17, 32},
              {33, 64},
              {64, 64},
              {65, 96},
              {96, 96},
              {97, 128},
              {128, 128},
              {129, 192},
              {192, 192},
              {193, 256},
              {257, 512},
              {513, 1024},
              {1025, 2048},
              {2049, 4096},
              {4095, 4096},
              {4096, 4096},
              {4097, 8192},
              {8191, 8192},
              {8192, 8192},
              {8193, 16384},
              {16385, 32768},
              {100000, 131072},
              {1 << 20, 1 << 20},
              {(4 << 20) - 1, 4 << 20},
              {4 << 20, 4 << 20}};
  for (bool dense : {false, true}) {
    m.set_dense(dense);
    for (const auto& row : rows) {
      char* p = kmalloc(row.size);
      ASSERT_NE(p, nullptr) << row.size;
      EXPECT_EQ(host_ksize(p), row.room) << row.size;
      EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % 8, 0u);
      if ((row.room & (row.room - 1)) == 0) {
        EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % std::min<size_t>(row.room, 4096), 0u) << row.size;
      }
      EXPECT_EQ(__asan_region_is_poisoned(p, row.size), nullptr) << row.size;
      if (row.size < row.room) {
        std::string want = std::to_string(row.size) + ".." + std::to_string(row.room);
        if (row.room <= 16384) EXPECT_EQ(poisoned(p, row.room), want) << row.size;
        EXPECT_TRUE(__asan_address_is_poisoned(p + row.size)) << row.size;
      }
      host_kfree(p);
      EXPECT_TRUE(__asan_address_is_poisoned(p));
      EXPECT_TRUE(__asan_address_is_poisoned(p + row.size - 1));
      EXPECT_EQ(host_ksize(p), 0u);
    }
  }
  EXPECT_EQ(kmalloc(0), nullptr);
  EXPECT_EQ(kmalloc((4 << 20) + 1), nullptr);
  EXPECT_EQ(kmalloc(~size_t{0}), nullptr);
  host_kfree(nullptr);
}

TEST_F(MemoryTest, DensePackingSharesLinesAndPages) {
  m.set_dense(true);
  char *a = kmalloc(16), *b = kmalloc(16);
  EXPECT_EQ(b, a + 16);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(a) / 64, reinterpret_cast<uintptr_t>(b) / 64);
  char *c = kmalloc(96), *d = kmalloc(90);
  EXPECT_EQ(d, c + 96);
  EXPECT_EQ(poisoned(c, 192), "186..192");
  // A whole slab of the smallest, then the next one.
  std::set<char*> seen;
  for (unsigned i = 0; i < 513; ++i) EXPECT_TRUE(seen.insert(kmalloc(8)).second);
  EXPECT_EQ(*seen.rbegin() - *seen.begin(), 4096);
}

TEST_F(MemoryTest, SparseObjectsHaveAPoisonedNeighbourOnEachSide) {
  for (size_t size : {8, 16, 64, 96, 192, 1024, 4096, 8192}) {
    std::vector<char*> objects;
    for (int i = 0; i < 40; ++i) objects.push_back(kmalloc(size));
    for (char* p : objects) {
      EXPECT_TRUE(__asan_address_is_poisoned(p - 1)) << size;
      EXPECT_TRUE(__asan_address_is_poisoned(p + size)) << size;
    }
  }
}

TEST_F(MemoryTest, SparseUsesGuardSlotsWhenMemoryIsOut) {
  size_t count = 0;
  while (kmalloc(1024, HOST_ZONE_DMA, HOST_ALLOC_QUIET)) ++count;
  EXPECT_EQ(count, HOST_BANK_DMA_SIZE / 1024);
}

TEST_F(MemoryTest, OverflowAndUseAfterFreeAreReported) {
  char* p = kmalloc(64);
  volatile char* v = p;
  v[63] = 1;
  EXPECT_DEATH(v[64] = 1, "heap-buffer-overflow");
  EXPECT_DEATH(v[-1] = 1, "heap-buffer-overflow");
  EXPECT_DEATH(memset(p, 0, 65), "heap-buffer-overflow");
  host_kfree(p);
  EXPECT_DEATH(v[0] = 1, "heap-use-after-free");
  char* q = kmalloc(13);
  EXPECT_DEATH(static_cast<volatile char*>(q)[13] = 1, "heap-buffer-overflow");
}

TEST_F(MemoryTest, KmallocZonesLandInTheirBanks) {
  for (size_t size : {8, 500, 8192, 50000}) {
    EXPECT_EQ(bank_of(virt_to_phys(kmalloc(size, HOST_ZONE_DMA)))->zone, HOST_ZONE_DMA);
    EXPECT_EQ(bank_of(virt_to_phys(kmalloc(size, HOST_ZONE_DMA32 | HOST_ZONE_DMA)))->zone, HOST_ZONE_DMA32);
    EXPECT_EQ(bank_of(virt_to_phys(kmalloc(size, kAnyZone)))->zone, HOST_ZONE_NORMAL);
    EXPECT_EQ(bank_of(virt_to_phys(kmalloc(size, HOST_ZONE_NORMAL)))->zone, HOST_ZONE_NORMAL);
  }
}

TEST_F(MemoryTest, FreedObjectsComeBackLast) {
  for (bool dense : {false, true}) {
    m.clear();
    m.set_dense(dense);
    char* first = kmalloc(256);
    host_kfree(first);
    // The quarantine holds 1 MiB: no reuse before that much was freed.
    for (int i = 0; i < 4095; ++i) {
      char* p = kmalloc(256, kAnyZone, HOST_ALLOC_QUIET);
      ASSERT_NE(p, first) << i;
      host_kfree(p);
    }
    EXPECT_EQ(poisoned(first, 256), "0..256");
    bool reused = false;
    for (int i = 0; i < 10000 && !reused; ++i) {
      char* p = kmalloc(256, kAnyZone, HOST_ALLOC_QUIET);
      reused = p == first;
      host_kfree(p);
    }
    EXPECT_TRUE(reused);
  }
}

TEST_F(MemoryTest, EmptySlabsGoBackWhenPagesRunOut) {
  std::vector<char*> all;
  for (char* p; (p = kmalloc(4096, HOST_ZONE_DMA, HOST_ALLOC_QUIET));) all.push_back(p);
  EXPECT_EQ(all.size(), 1024u);
  for (char* p : all) host_kfree(p);
  long pfn = host_pages_alloc(9, HOST_ZONE_DMA, 0);
  EXPECT_EQ(pfn, 0x200);
  EXPECT_EQ(__asan_region_is_poisoned(phys_to_virt(0x200000), 512 * 4096), nullptr);
  // And the cache still works.
  EXPECT_NE(kmalloc(4096, HOST_ZONE_DMA), nullptr);
}

TEST_F(MemoryTest, CachesPackByAlignmentAndCountTheirObjects) {
  m.set_dense(true);
  int odd = host_cache_create("odd", 20, 0, kAnyZone);
  int line = host_cache_create("line", 40, 64, HOST_ZONE_DMA);
  int big = host_cache_create("big", 40000, 0, kAnyZone);
  auto* a = static_cast<char*>(host_cache_alloc(odd, 20, 0));
  auto* b = static_cast<char*>(host_cache_alloc(odd, 20, 0));
  EXPECT_EQ(b - a, 24);
  EXPECT_EQ(poisoned(a, 24), "20..24");
  auto* c = static_cast<char*>(host_cache_alloc(line, 40, 0));
  auto* d = static_cast<char*>(host_cache_alloc(line, 40, HOST_ALLOC_ZERO));
  EXPECT_EQ(d - c, 64);
  EXPECT_EQ(bank_of(virt_to_phys(c))->zone, HOST_ZONE_DMA);
  EXPECT_EQ(bytes_at(d, 40), std::vector<uint8_t>(40, 0));
  auto* e = static_cast<char*>(host_cache_alloc(big, 40000, 0));
  EXPECT_TRUE(__asan_address_is_poisoned(e + 40000));
  EXPECT_EQ(host_cache_destroy(odd), 2u);
  host_cache_free(odd, a);
  host_kfree(b);  // kfree takes objects of any cache
  EXPECT_EQ(host_cache_destroy(odd), 0u);
  EXPECT_EQ(poisoned(a, 4096), "0..4096");
  EXPECT_EQ(take_kinds(), "");
  EXPECT_EQ(host_cache_destroy(odd), 0u);
  EXPECT_EQ(take_kinds(), "invalid-free");
  host_kfree(a);
  EXPECT_EQ(take_kinds(), "double-free");
}

TEST_F(MemoryTest, WrongObjectFreesAreFindings) {
  int cache = host_cache_create("mine", 64, 0, kAnyZone);
  int other = host_cache_create("other", 64, 0, kAnyZone);
  void* object = host_cache_alloc(cache, 64, 0);
  char* p = kmalloc(64);
  char* large = kmalloc(20000);
  long pfn = host_pages_alloc(0, kAnyZone, 0);
  static char outside[16];
  host_cache_free(other, object);
  host_kfree(p + 8);
  host_kfree(p + 128);  // a slot never used
  host_kfree(large + 4096);
  host_kfree(phys_to_virt(static_cast<uint64_t>(pfn) << 12));
  host_kfree(outside);
  host_kfree(reinterpret_cast<void*>(16));
  host_kfree(phys_to_virt(HOST_BANK_NORMAL_BASE + HOST_BANK_NORMAL_SIZE - 8));
  host_cache_free(cache, nullptr);
  std::string want = "invalid-free";
  for (int i = 1; i < 9; ++i) want += " invalid-free";
  EXPECT_EQ(take_kinds(), want);
  // All is still live.
  host_cache_free(cache, object);
  host_kfree(p);
  host_kfree(large);
  EXPECT_EQ(take_kinds(), "");
  host_cache_free(cache, object);
  host_kfree(large);
  host_kfree(p);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_THAT(findings[2].text,
              ::testing::AllOf(::testing::HasSubstr("is located 0 bytes inside of 64-byte region"),
                               ::testing::HasSubstr("freed here:\n    #0 "),
                               ::testing::HasSubstr("allocated by kmalloc (kmalloc-64) here:\n    #0 "),
                               ::testing::HasSubstr("this call:\n    #0 "), ::testing::HasSubstr("slab_test.cc:")));
  EXPECT_EQ(take_kinds(), "double-free double-free double-free");
}

TEST_F(MemoryTest, ResizeMovesTheRedZone) {
  char* p = kmalloc(40);
  memset(p, 'a', 40);
  host_object_resize(p, 64);
  EXPECT_EQ(poisoned(p, 64), "");
  EXPECT_EQ(bytes_at(p, 40), std::vector<uint8_t>(40, 'a'));
  host_object_resize(p, 3);
  EXPECT_EQ(poisoned(p, 64), "3..64");
  host_object_resize(p, 40);
  EXPECT_EQ(bytes_at(p, 40), std::vector<uint8_t>(40, 'a'));
  char* large = kmalloc(9000);
  host_object_resize(large, 16384);
  EXPECT_EQ(poisoned(large, 16384), "");
  host_object_resize(large, 8193);
  EXPECT_EQ(poisoned(large, 16384), "8193..16384");
  EXPECT_DEATH(host_object_resize(p, 65), "panic");
  host_object_resize(p + 8, 8);
  EXPECT_EQ(take_kinds(), "invalid-free");
  host_object_resize(p, 0);
  EXPECT_EQ(poisoned(p, 64), "0..64");
  EXPECT_EQ(host_cache_create("no zone", 8, 0, 0), -1);
  EXPECT_EQ(host_cache_create("empty", 0, 0, kAnyZone), -1);
  EXPECT_EQ(host_cache_create("odd alignment", 8, 24, kAnyZone), -1);
  EXPECT_EQ(host_cache_create("too large", (4u << 20) + 1, 0, kAnyZone), -1);
}

TEST_F(MemoryTest, FillIsZeroOrDiffersInEachByteBetweenSeeds) {
  for (size_t size : {8, 100, 4096, 8192, 20000}) {
    m.clear();
    m.set_fill(1);
    auto one = bytes_at(kmalloc(size), size);
    m.clear();
    m.set_fill(2);
    auto two = bytes_at(kmalloc(size), size);
    for (size_t i = 0; i < size; ++i) ASSERT_NE(one[i], two[i]) << i;
    EXPECT_EQ(bytes_at(kmalloc(size, kAnyZone, HOST_ALLOC_ZERO), size), std::vector<uint8_t>(size, 0));
    m.clear();
    m.set_fill(1);
    EXPECT_EQ(bytes_at(kmalloc(size), size), one);
  }
}

}  // namespace
}  // namespace dmafuzz
