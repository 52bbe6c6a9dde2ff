// SPDX-License-Identifier: GPL-2.0-only
//
// Snapshot and reset: whatever an input does, contents, shadow, addresses and knobs are the same again afterwards.
#include <sanitizer/asan_interface.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <random>

#include "memory/testing/fake_host.h"

namespace dmafuzz {
namespace {

char* kmalloc(size_t size, unsigned flags = 0) {
  return static_cast<char*>(host_kmalloc(size, kAnyZone, flags));
}
char* page(long pfn) {
  return static_cast<char*>(phys_to_virt(static_cast<uint64_t>(pfn) << HOST_PAGE_SHIFT));
}

TEST_F(MemoryTest, BootObjectsAreRevivedWithTheirContents) {
  char* object = kmalloc(100);
  char* large = kmalloc(10000);
  long pfn = host_pages_alloc(1, kAnyZone, 0), block = host_pages_alloc(5, kAnyZone, 0);
  int cache = host_cache_create("boot", 40, 0, kAnyZone);
  auto* cached = static_cast<char*>(host_cache_alloc(cache, 40, 0));
  for (auto [p, n] : {std::pair<char*, size_t>{object, 100}, {large, 10000}, {page(pfn), 8192}, {cached, 40}}) {
    memset(p, 'B', n);
  }
  memset(page(block), 'L', 32 * 4096);
  m.snapshot();
  Fingerprint before = fingerprint();
  for (int round = 0; round < 2; ++round) {
    memset(object, 1, 100);
    memset(large, 2, 10000);
    memset(page(pfn), 3, 8192);
    memset(cached, 4, 40);
    host_object_resize(object, 128);
    memset(object, 5, 128);
    host_object_resize(large, 16384);
    memset(large, 6, 16384);
    host_kfree(object);
    host_kfree(large);
    host_pages_free(static_cast<unsigned long>(pfn), 1);
    host_pages_split(static_cast<unsigned long>(block), 5);
    host_pages_free(static_cast<unsigned long>(block) + 7, 0);
    host_cache_free(cache, cached);
    EXPECT_EQ(host_cache_destroy(cache), 0u);
    EXPECT_EQ(m.live_since_snapshot().boot_freed, 5u);
    EXPECT_EQ(poisoned(object, 100), "0..100");
    // Its memory is nobody's until reset.
    for (int i = 0; i < 200; ++i) EXPECT_NE(kmalloc(100), object);
    host_kfree(object);
    EXPECT_EQ(take_kinds(), "double-free");
    m.reset();
    EXPECT_EQ(difference(fingerprint(), before), "");
    EXPECT_EQ(poisoned(object, 128), "100..128");
    EXPECT_EQ(host_ksize(object), 128u);
    EXPECT_EQ(host_ksize(large), 16384u);
    EXPECT_EQ(host_pages_order(static_cast<unsigned long>(pfn)), 1);
    EXPECT_EQ(host_pages_order(static_cast<unsigned long>(block)), 5);
    EXPECT_EQ(host_cache_destroy(cache), 1u);
    EXPECT_EQ(m.live_since_snapshot(), LiveCounts{});
    EXPECT_TRUE(m.describe(object).boot);
    EXPECT_EQ(m.describe(object).state, Description::State::kLive);
  }
}

TEST_F(MemoryTest, LargeBootBlocksAreRestoredWhereMarked) {
  long pool = host_pages_alloc(8, HOST_ZONE_DMA32, HOST_ALLOC_ZERO);
  long table = host_pages_alloc(5, HOST_ZONE_DMA32, HOST_ALLOC_ZERO);
  m.keep_eager(page(table));
  uint64_t phys = static_cast<uint64_t>(pool) << 12;
  m.snapshot();
  char* p = page(pool);
  char* src = kmalloc(5000);
  host_copy(p + 4000, src, 5000);  // three pages
  EXPECT_EQ(bytes_at(p + 4000, 5000), bytes_at(src, 5000));
  m.device_write(phys + 10 * 4096 + 5, "dev", 3);
  host_set(p + 15 * 4096, 's', 10);
  page(table)[31 * 4096] = 't';
  p[20 * 4096] = 'm';
  m.mark_dirty(p + 20 * 4096, 1);
  p[30 * 4096] = 'u';  // unmarked: this is the price
  unsigned long alias_pfn = static_cast<unsigned long>(pool) + 40;
  auto* alias = static_cast<char*>(host_vmap(&alias_pfn, 1));
  alias[3] = 'v';
  m.reset();
  EXPECT_THAT(m.check_lazy_blocks(), ::testing::HasSubstr("is located 122880 bytes inside of 1048576-byte region"));
  EXPECT_EQ(p[30 * 4096], 'u');
  p[30 * 4096] = 0;
  EXPECT_EQ(m.check_lazy_blocks(), "");
  EXPECT_EQ(page(table)[31 * 4096], 0);
  EXPECT_EQ(bytes_at(p, 256 * 4096), std::vector<uint8_t>(256 * 4096, 0));
}

TEST_F(MemoryTest, DeviceWritesToFreeMemoryAreTakenBack) {
  kmalloc(100);
  m.snapshot();
  Fingerprint before = fingerprint();
  char* p = kmalloc(100);
  m.device_write(virt_to_phys(p) + 90, "beyond the object, in a boot slab", 33);
  m.device_write(HOST_BANK_DMA32_BASE + 0x5000, "nobody's", 8);
  long pfn = host_pages_alloc(0, kAnyZone, 0);
  m.device_write((static_cast<uint64_t>(pfn) + 1) << 12, "guard", 5);
  m.reset();
  EXPECT_EQ(difference(fingerprint(), before), "");
}

TEST_F(MemoryTest, KnobsComeBack) {
  m.set_dense(true);
  m.set_fill(9);
  m.snapshot();
  auto first = bytes_at(kmalloc(64), 64);
  m.reset();
  m.set_dense(false);
  m.set_fill(10);
  m.set_fail_after(1);
  EXPECT_EQ(kmalloc(1), nullptr);
  m.set_fail_after(5);
  m.reset();
  EXPECT_FALSE(m.fail_fired());
  char *a = kmalloc(64), *b = kmalloc(64);
  EXPECT_EQ(b - a, 64);
  EXPECT_EQ(bytes_at(a, 64), first);
  for (int i = 0; i < 10; ++i) EXPECT_NE(kmalloc(1), nullptr);
}

TEST_F(MemoryTest, LeaksAreListedInOrder) {
  host_kfree(kmalloc(8));
  kmalloc(8);
  m.snapshot();
  EXPECT_EQ(m.live_since_snapshot(), LiveCounts{});
  char* a = kmalloc(100);
  char* gone = kmalloc(100);
  long pfn = host_pages_alloc(0, kAnyZone, 0);
  auto frame = static_cast<unsigned long>(pfn);
  char* large = kmalloc(9000);
  void* alias = host_vmap(&frame, 1);
  host_kfree(gone);
  EXPECT_EQ(m.live_since_snapshot(), (LiveCounts{1, 2, 1, 0}));
  auto list = m.list_live_since_snapshot();
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[0].start, a);
  EXPECT_EQ(list[0].size, 100u);
  EXPECT_EQ(list[1].start, page(pfn));
  EXPECT_EQ(list[2].start, large);
  EXPECT_EQ(list[3].start, alias);
  m.reset();
  EXPECT_TRUE(m.list_live_since_snapshot().empty());
}

TEST_F(MemoryTest, BootTimeFreesStayPoisonedForGood) {
  char* freed = kmalloc(64);
  long pfn = host_pages_alloc(0, kAnyZone, 0);
  host_kfree(freed);
  host_pages_free(static_cast<unsigned long>(pfn), 0);
  m.snapshot();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(m.describe(freed).state, Description::State::kFreed);
    EXPECT_EQ(poisoned(freed, 64), "0..64");
    for (int i = 0; i < 20000; ++i) {
      char* p = kmalloc(64, HOST_ALLOC_QUIET);
      ASSERT_NE(p, freed);
      host_kfree(p);
    }
    host_kfree(freed);
    EXPECT_EQ(take_kinds(), "double-free");
    m.reset();
  }
}

TEST_F(MemoryTest, ResetNeedsASnapshot) {
  EXPECT_DEATH(m.reset(), "panic: memory: reset without a snapshot");
}

// A random input: every call, right and wrong, decided by the seed. Events hold all addresses.
void run_input(Memory& m, uint32_t seed, std::vector<char*> objects, std::vector<std::pair<long, unsigned>> blocks,
               unsigned steps) {
  std::mt19937 random(seed);
  std::vector<int> caches;
  std::vector<void*> aliases;
  m.set_dense(random() & 1);
  m.set_fill(static_cast<uint8_t>(random()));
  if (random() % 4 == 0) m.set_fail_after(1 + random() % 20);
  auto take = [&](auto& list) {
    size_t i = random() % list.size();
    auto x = list[i];
    list.erase(list.begin() + static_cast<long>(i));
    return x;
  };
  for (unsigned step = 0; step < steps; ++step) {
    switch (random() % 12) {
      case 0:
      case 1:
      case 2: {
        size_t size = 1 + random() % (random() % 8 ? 600 : 20000);
        auto* p = static_cast<char*>(host_kmalloc(size, 1 + random() % 7, random() % 8));
        if (!p) break;
        if (random() & 1) memset(p, static_cast<int>(step), size);
        objects.push_back(p);
        break;
      }
      case 3:
      case 4:
        if (!objects.empty()) host_kfree(take(objects));
        break;
      case 5: {
        unsigned order = random() % 6;
        long pfn = host_pages_alloc(order, 1 + random() % 7, random() % 8);
        if (pfn < 0) break;
        memset(page(pfn), static_cast<int>(step), 100);
        blocks.emplace_back(pfn, order);
        break;
      }
      case 6:
        if (!blocks.empty()) {
          auto [pfn, order] = take(blocks);
          host_pages_free(static_cast<unsigned long>(pfn), order);
        }
        break;
      case 7:
        if (!blocks.empty()) {
          auto [pfn, order] = take(blocks);
          host_pages_split(static_cast<unsigned long>(pfn), order);
          for (unsigned i = 0; i < (1u << order); ++i) blocks.emplace_back(pfn + i, 0);
        }
        break;
      case 8:
        if (!objects.empty()) {
          char* p = objects[random() % objects.size()];
          size_t room = host_ksize(p);
          size_t size = 1 + random() % room;
          host_object_resize(p, size);
          memset(p, static_cast<int>(step), size);
        }
        break;
      case 9: {
        if (caches.empty() || random() & 1) {
          caches.push_back(host_cache_create("input", 1 + random() % 3000, 1u << random() % 8, 1 + random() % 7));
        }
        int cache = take(caches);
        auto* p = static_cast<char*>(host_cache_alloc(cache, 1, random() % 8));
        if (random() & 1) {
          if (p) objects.push_back(p);
          caches.push_back(cache);
        } else {
          if (p) host_cache_free(cache, p);
          if (host_cache_destroy(cache)) caches.push_back(cache);
        }
        break;
      }
      case 10:
        if (!blocks.empty() && (aliases.size() < 3 || random() & 1)) {
          unsigned long pfns[2] = {static_cast<unsigned long>(blocks[random() % blocks.size()].first),
                                   static_cast<unsigned long>(blocks[random() % blocks.size()].first)};
          void* alias = host_vmap(pfns, 1 + random() % 2);
          if (!alias) break;
          static_cast<char*>(alias)[random() % 4096] = 1;
          aliases.push_back(alias);
        } else if (!aliases.empty()) {
          host_vunmap(take(aliases));
        }
        break;
      case 11: {
        const Bank& bank = kBanks[random() % 3];
        char junk[64];
        memset(junk, static_cast<int>(step), sizeof(junk));
        m.device_write(bank.base + random() % (bank.size - 64), junk, random() % 64);
        break;
      }
    }
  }
  m.set_fail_after(0);
}

TEST_F(MemoryTest, RandomInputsLeaveNothingBehind) {
  m.set_dense(true);
  std::vector<char*> objects;
  std::vector<std::pair<long, unsigned>> blocks;
  for (int i = 0; i < 300; ++i) {
    objects.push_back(kmalloc(1 + static_cast<size_t>(i) * 37 % 3000));
    if (i % 10 == 0) blocks.emplace_back(host_pages_alloc(static_cast<unsigned>(i / 10 % 6), 1 + i % 7, 0), i / 10 % 6);
    if (i % 3 == 0) {
      host_kfree(objects.back());
      objects.pop_back();
    }
  }
  m.set_dense(false);
  m.snapshot();
  Fingerprint before = fingerprint();
  for (uint32_t seed = 1; seed <= 25; ++seed) {
    unsigned steps = seed % 20 ? 300 : 20000;
    events.clear();
    run_input(m, seed, objects, blocks, steps);
    auto trace = events;
    Fingerprint during = fingerprint();
    EXPECT_EQ(m.list_live_since_snapshot().size(),
              m.live_since_snapshot().objects + m.live_since_snapshot().blocks + m.live_since_snapshot().aliases);
    m.reset();
    ASSERT_EQ(difference(fingerprint(), before), "") << "seed " << seed;
    events.clear();
    run_input(m, seed, objects, blocks, steps);
    ASSERT_TRUE(events == trace) << "seed " << seed;
    ASSERT_EQ(difference(fingerprint(), during), "") << "seed " << seed;
    m.reset();
    ASSERT_EQ(difference(fingerprint(), before), "") << "seed " << seed;
  }
  EXPECT_EQ(take_kinds(), "");
}

TEST_F(MemoryTest, ASecondSnapshotHoldsWhatCameSince) {
  char* first = kmalloc(100);
  memset(first, '1', 100);
  m.snapshot();
  char* second = kmalloc(64);
  memset(second, '2', 64);
  // Lazily restored if it were of boot; whoever took it later writes it with ordinary stores.
  char* large = kmalloc(size_t{40} * 4096);
  memset(large, 'L', size_t{40} * 4096);
  long trimmed = host_pages_alloc(0, kAnyZone, 0);
  host_pages_trim(static_cast<unsigned long>(trimmed), 1024, 512);
  memset(page(trimmed) + 1024, 'T', 512);
  memset(first, '3', 100);
  m.snapshot();
  const Fingerprint before = fingerprint();
  for (int round = 0; round < 2; ++round) {
    memset(first, 'x', 100);
    memset(second, 'x', 64);
    memset(large, 'x', size_t{40} * 4096);
    memset(page(trimmed) + 1024, 'x', 512);
    host_kfree(second);
    host_pages_free(static_cast<unsigned long>(trimmed), 0);
    memset(kmalloc(300), 'y', 300);
    m.reset();
    EXPECT_EQ(difference(fingerprint(), before), "");
    EXPECT_EQ(std::string(first, 3), "333");
    EXPECT_EQ(std::string(large + size_t{40} * 4096 - 3, 3), "LLL");
    EXPECT_EQ(std::string(page(trimmed) + 1024 + 509, 3), "TTT");
    EXPECT_EQ(poisoned(page(trimmed), 1536), "0..1024");
    EXPECT_EQ(poisoned(page(trimmed) + 1024, 3072), "512..3072");
    EXPECT_EQ(m.live_since_snapshot(), LiveCounts());
  }
}

// --- With writes watched

void on_fault(int, siginfo_t* info, void*) {
  if (!memory().write_fault(info->si_addr)) abort();
}

class WatchedMemoryTest : public MemoryTest {
 protected:
  void SetUp() override {
    MemoryTest::SetUp();
    struct sigaction action = {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, &before_);
    for (long& pfn : pfns_) {
      pfn = host_pages_alloc(1, kAnyZone, 0);
      memset(page(pfn), 'B', 2 * kPageSize);
    }
  }
  void TearDown() override {
    MemoryTest::TearDown();
    sigaction(SIGSEGV, &before_, nullptr);
  }
  void watch() {
    m.snapshot();
    m.watch_writes();
  }

  std::array<long, 20> pfns_ = {};

 private:
  struct sigaction before_ = {};
};

TEST_F(WatchedMemoryTest, WhatIsWrittenComesBackAndNothingElseIsCopied) {
  char* object = kmalloc(100);
  memset(object, 'O', 100);
  watch();
  const Fingerprint before = fingerprint();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(m.written_pages(), round ? 4u : 0u) << "of each input's pages the fault is paid once";
    page(pfns_[3])[kPageSize - 1] = 1;
    page(pfns_[3])[kPageSize] = 2;
    const char device = 3;
    m.device_write(virt_to_phys(page(pfns_[5])), &device, 1);
    object[99] = 4;
    m.reset();
    EXPECT_EQ(difference(fingerprint(), before), "");
  }
}

TEST_F(WatchedMemoryTest, WritesThroughAliasesAreSeen) {
  const auto first = static_cast<unsigned long>(pfns_[1]), second = static_cast<unsigned long>(pfns_[2]);
  char* of_boot = static_cast<char*>(host_vmap(&first, 1));
  watch();
  const Fingerprint before = fingerprint();
  for (int round = 0; round < 2; ++round) {
    of_boot[7] = 1;
    char* alias = static_cast<char*>(host_vmap(&second, 1));
    alias[9] = 2;
    EXPECT_EQ(page(pfns_[2])[9], 2);
    host_vunmap(alias);
    m.reset();
    EXPECT_EQ(difference(fingerprint(), before), "");
  }
}

TEST_F(WatchedMemoryTest, AnOddInputIsForgottenInTime) {
  watch();
  const Fingerprint before = fingerprint();
  for (const long pfn : pfns_) page(pfn)[0] = 1;
  m.reset();
  EXPECT_EQ(m.written_pages(), pfns_.size());
  for (int i = 0; i < 600; ++i) m.reset();
  EXPECT_EQ(m.written_pages(), 0u);
  page(pfns_[0])[5] = 1;
  EXPECT_EQ(m.written_pages(), 1u);
  m.reset();
  EXPECT_EQ(difference(fingerprint(), before), "");
}

TEST_F(WatchedMemoryTest, ASecondSnapshotIsNotWatched) {
  watch();
  page(pfns_[0])[5] = 1;
  m.snapshot();
  page(pfns_[1])[5] = 1;
  EXPECT_EQ(m.written_pages(), 0u);
  m.reset();
  EXPECT_EQ(page(pfns_[0])[5], 1);
  EXPECT_EQ(page(pfns_[1])[5], 'B');
}

TEST_F(WatchedMemoryTest, WhatIsWrittenUnseenIsNotOverlooked) {
  watch();
  const uint64_t phys = virt_to_phys(page(pfns_[4]));
  uint64_t offset = 0;
  ASSERT_TRUE(Arena::file_offset(phys, &offset));
  EXPECT_DEATH(
      {
        ASSERT_EQ(pwrite(m.arena().fd(), "x", 1, static_cast<off_t>(offset)), 1);
        for (int i = 0; i < 100; ++i) m.reset();
      },
      "written unseen");
  ASSERT_EQ(pwrite(m.arena().fd(), "B", 1, static_cast<off_t>(offset)), 1);  // the arena is the child's too
}

}  // namespace
}  // namespace dmafuzz
