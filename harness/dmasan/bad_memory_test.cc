// SPDX-License-Identifier: GPL-2.0-only
// Memory that may be mapped, and each kind that may not, at the edges of objects, pages and banks.
#include "dmasan/bad_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>

#include <string>

namespace dmafuzz {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr unsigned kAnyZone = HOST_ZONE_DMA | HOST_ZONE_DMA32 | HOST_ZONE_NORMAL;
constexpr size_t kPage = kPageSize;
char g_static[64];

class BadMemoryTest : public ::testing::Test {
 protected:
  BadMemoryTest() { memory().clear(); }
  // Other tests of this room use the banks as plain memory.
  ~BadMemoryTest() override {
    for (const Bank& bank : kBanks) __asan_unpoison_memory_region(phys_to_virt(bank.base), bank.size);
  }
  static char* kmalloc(size_t size) {
    return static_cast<char*>(memory().kmalloc(size, kAnyZone, 0, __builtin_frame_address(0)));
  }
  static long alloc(unsigned order, unsigned zones = kAnyZone) {
    return memory().pages_alloc(order, zones, 0, __builtin_frame_address(0));
  }
  static char* pages(unsigned order) {
    return static_cast<char*>(phys_to_virt(static_cast<uint64_t>(alloc(order)) << 12));
  }
  // What is said of a range that may not be mapped; empty if it may.
  static std::string said(const void* address, size_t n) {
    if (may_be_mapped(address, n)) return "";
    const Violation v = bad_memory(address, n);
    EXPECT_EQ(v.check, Check::kMapBadMemory);
    return v.what.substr(v.what.find(": ") + 2);
  }
};

TEST_F(BadMemoryTest, WhatIsInsideAnObjectMayBeMapped) {
  for (const size_t size : {1u, 7u, 8u, 63u, 64u, 4095u, 4096u, 4097u, 8192u, 8193u, 100000u}) {
    char* p = kmalloc(size);
    EXPECT_EQ(said(p, size), "") << size;
    EXPECT_EQ(said(p, 1), "") << size;
    EXPECT_EQ(said(p + size - 1, 1), "") << size;
    EXPECT_EQ(said(p, 0), "") << size;
  }
  char* p = pages(1);
  for (const size_t n : {size_t{0}, size_t{1}, kPage - 1, kPage, kPage + 1, 2 * kPage}) EXPECT_EQ(said(p, n), "") << n;
}

TEST_F(BadMemoryTest, OneByteTooFar) {
  for (const size_t size : {1u, 63u, 64u, 4095u, 4096u, 4097u, 8192u, 8193u, 100000u}) {
    char* p = kmalloc(size);
    EXPECT_THAT(said(p, size + 1), HasSubstr(std::to_string(size) + " and on are beyond the end of")) << size;
    EXPECT_THAT(said(p + size, 1), HasSubstr("byte 0 is 0 bytes after the end of")) << size;
    if (size > 1) EXPECT_THAT(said(p + 1, size), HasSubstr("byte " + std::to_string(size - 1) + " and on")) << size;
  }
  char* p = pages(0);
  EXPECT_THAT(said(p, kPage + 1), HasSubstr("byte 4096 and on are beyond the end of 4096 bytes of the page allocator"));
  EXPECT_NE(said(p - 1, 1), "");
  EXPECT_NE(said(p - 1, kPage), "");
}

// Packed as the kernel packs them, objects have nothing between them that is poisoned.
TEST_F(BadMemoryTest, TheNextObjectIsAnother) {
  memory().set_dense(true);
  const int cache = memory().cache_create("packed", 64, 64, kAnyZone);
  auto* a = static_cast<char*>(memory().cache_alloc(cache, 64, 0, __builtin_frame_address(0)));
  auto* b = static_cast<char*>(memory().cache_alloc(cache, 64, 0, __builtin_frame_address(0)));
  ASSERT_EQ(b, a + 64);
  EXPECT_EQ(said(a, 64), "");
  EXPECT_THAT(said(a, 65), HasSubstr("byte 64 and on are beyond the end of a 64-byte object of cache packed"));
  EXPECT_THAT(said(a + 63, 2), HasSubstr("byte 1 and on"));
  // Pages that lie side by side are one range for a list, whoever allocated them.
  auto pfn = static_cast<unsigned long>(alloc(1));
  memory().pages_split(pfn, 1, __builtin_frame_address(0));
  EXPECT_EQ(said(phys_to_virt(uint64_t{pfn} << 12), 2 * kPage), "");
}

TEST_F(BadMemoryTest, FreedAndNeverAllocated) {
  char* p = kmalloc(100);
  memory().kfree(p, __builtin_frame_address(0));
  EXPECT_THAT(said(p, 100), HasSubstr("byte 0 is in a 100-byte object of kmalloc-128 that is free"));
  const Violation v = bad_memory(p, 1);
  EXPECT_THAT(v.object, ElementsAre(HasSubstr("a 100-byte object of kmalloc-128 at 0x")));
  ASSERT_EQ(v.stacks.size(), 2u);
  EXPECT_STREQ(v.stacks[0].title, "allocated at");
  EXPECT_STREQ(v.stacks[1].title, "freed at");
  auto pfn = static_cast<unsigned long>(alloc(0));
  memory().pages_free(pfn, 0, __builtin_frame_address(0));
  EXPECT_THAT(said(phys_to_virt(uint64_t{pfn} << 12), kPage), HasSubstr("that is free"));
  // The end of a bank, where nothing was ever allocated.
  char* last = static_cast<char*>(phys_to_virt(HOST_BANK_NORMAL_BASE + HOST_BANK_NORMAL_SIZE - 1));
  EXPECT_EQ(said(last, 1), "byte 0 is memory that nobody allocated");
}

TEST_F(BadMemoryTest, WhatIsNoMemoryOfTheLinearMap) {
  // Not a variable's address: AddressSanitizer may keep those elsewhere.
  const void* here = __builtin_frame_address(0);
  for (const size_t n : {size_t{0}, size_t{1}, kPage + 1}) EXPECT_EQ(said(here, n), "that is the stack");
  EXPECT_THAT(said(g_static, 64), HasSubstr("the kernel's image"));
  EXPECT_THAT(said("rodata", 1), HasSubstr("the kernel's image"));
  EXPECT_THAT(said(reinterpret_cast<const void*>(&said), 1), HasSubstr("the kernel's image"));
  EXPECT_EQ(said(nullptr, 1), "there is no memory");
  EXPECT_EQ(said(phys_to_virt(0), 1), "there is no memory");
  EXPECT_EQ(said(phys_to_virt(~uint64_t{0}), 1), "there is no memory");
  EXPECT_EQ(said(phys_to_virt(HOST_BANK_DMA32_BASE - 1), 1), "there is no memory");
  EXPECT_THAT(said(phys_to_virt(HOST_RESOURCE_BASE), kPage), HasSubstr("registers"));
  EXPECT_EQ(said(phys_to_virt(HOST_RESOURCE_BASE + HOST_RESOURCE_SIZE), 1), "there is no memory");
}

TEST_F(BadMemoryTest, AddressesOfVmallocAreNotMappedTheirPagesAre) {
  unsigned long pfns[2];
  for (unsigned long& pfn : pfns) pfn = static_cast<unsigned long>(alloc(0));
  char* alias = static_cast<char*>(memory().vmap(pfns, 2, __builtin_frame_address(0)));
  EXPECT_THAT(said(alias, 1), HasSubstr("an address of vmalloc()"));
  EXPECT_THAT(said(alias + kPage - 1, 2), HasSubstr("an address of vmalloc()"));
  const Violation v = bad_memory(alias + 1, 1);
  EXPECT_THAT(v.object, ElementsAre(HasSubstr("a vmalloc() of 8192 bytes at 0x")));
  for (const unsigned long pfn : pfns) EXPECT_EQ(said(phys_to_virt(uint64_t{pfn} << 12), kPage), "");
  memory().vunmap(alias, __builtin_frame_address(0));
  EXPECT_THAT(said(alias, 1), HasSubstr("an address of vmalloc()"));
}

// What lies past a bank has no shadow that says so.
TEST_F(BadMemoryTest, ARangeEndsInItsBank) {
  // The last page of a bank: next-fit gets there once all before it is taken.
  char* last = nullptr;
  for (long pfn; (pfn = alloc(0, HOST_ZONE_DMA)) >= 0;) {
    const uint64_t phys = static_cast<uint64_t>(pfn) << 12;
    if (phys + kPage == HOST_BANK_DMA_BASE + HOST_BANK_DMA_SIZE) last = static_cast<char*>(phys_to_virt(phys));
  }
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(said(last, kPage), "");
  EXPECT_THAT(said(last, kPage + 1), HasSubstr("byte 4096 and on are beyond the end of"));
  EXPECT_NE(said(last, ~size_t{0}), "");
}

}  // namespace
}  // namespace dmafuzz
