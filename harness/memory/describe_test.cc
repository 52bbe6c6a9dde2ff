// SPDX-License-Identifier: GPL-2.0-only
//
// Descriptions: which object an address belongs to, in data and in words, alone and behind ASan's reports.
#include <cstring>

#include "memory/testing/fake_host.h"

namespace dmafuzz {
namespace {

using ::testing::HasSubstr;
using Kind = Description::Kind;
using State = Description::State;

__attribute__((noinline)) char* allocate_here(size_t size) {
  auto* p = static_cast<char*>(host_kmalloc(size, kAnyZone, 0));
  asm volatile("" : "+r"(p));  // no tail call
  return p;
}
__attribute__((noinline)) void free_here(void* p) {
  host_kfree(p);
  asm volatile("");
}

TEST_F(MemoryTest, DescribesObjectsByTheirNeighbourhood) {
  char* p = allocate_here(60);
  struct {
    int64_t at;
    Kind kind;
  } rows[] = {
      {0, Kind::kKmalloc}, {59, Kind::kKmalloc}, {60, Kind::kKmalloc}, {63, Kind::kKmalloc}, {64, Kind::kKmalloc}};
  for (const auto& row : rows) {
    Description d = m.describe(p + row.at);
    EXPECT_EQ(d.kind, row.kind) << row.at;
    EXPECT_EQ(d.start, p) << row.at;
    EXPECT_EQ(d.offset, row.at);
    EXPECT_EQ(d.size, 60u);
    EXPECT_EQ(d.room, 64u);
    EXPECT_EQ(d.state, State::kLive);
    EXPECT_STREQ(d.cache, "kmalloc-64");
    EXPECT_EQ(d.free_stack, nullptr);
    ASSERT_NE(d.alloc_stack, nullptr);
    EXPECT_GT(d.alloc_stack->count, 2u);
  }
  EXPECT_EQ(m.describe(p - 4096 * 3).kind, Kind::kNone);
  free_here(p);
  EXPECT_EQ(m.describe(p).state, State::kFreed);
  std::string text = m.describe_text(p + 62);
  EXPECT_THAT(text, HasSubstr(" is located 2 bytes after 60-byte region [0x"));
  EXPECT_THAT(text, HasSubstr("freed here:\n    #0 0x"));
  EXPECT_THAT(text, HasSubstr("free_here(void*)"));
  EXPECT_THAT(text, HasSubstr("allocated by kmalloc (kmalloc-64) here:\n    #0 0x"));
  EXPECT_THAT(text, HasSubstr("allocate_here(unsigned long)"));
  EXPECT_THAT(text, HasSubstr("describe_test.cc:"));
}

TEST_F(MemoryTest, DescribesPagesAndAliasesAndNothing) {
  auto pfn = static_cast<unsigned long>(host_pages_alloc(1, kAnyZone, 0));
  auto* p = static_cast<char*>(phys_to_virt(uint64_t{pfn} << 12));
  Description d = m.describe(p + 5000);
  EXPECT_EQ(d.kind, Kind::kPages);
  EXPECT_EQ(d.start, p);
  EXPECT_EQ(d.size, 8192u);
  EXPECT_EQ(m.describe(p + 8200).start, p);
  EXPECT_EQ(m.describe(p + 8200).offset, 8200);
  EXPECT_THAT(m.describe_text(p + 8200), HasSubstr("8 bytes after 8192-byte region"));
  auto* alias = static_cast<char*>(host_vmap(&pfn, 1));
  d = m.describe(alias + 1);
  EXPECT_EQ(d.kind, Kind::kVmap);
  EXPECT_EQ(d.offset, 1);
  EXPECT_THAT(m.describe_text(alias + 4097), HasSubstr("1 bytes after 4096-byte region"));
  host_vunmap(alias);
  EXPECT_THAT(m.describe_text(alias), HasSubstr("unmapped here:"));
  char* large = allocate_here(9000);
  EXPECT_EQ(m.describe(large + 10000).kind, Kind::kKmalloc);
  EXPECT_EQ(m.describe(large + 10000).size, 9000u);
  EXPECT_THAT(m.describe_text(phys_to_virt(HOST_BANK_DMA_BASE)), HasSubstr("never allocated"));
  int local = 0;
  EXPECT_EQ(m.describe(&local).kind, Kind::kNone);
  EXPECT_EQ(m.describe_text(&local), "");
  EXPECT_EQ(m.describe_text(nullptr), "");
}

TEST_F(MemoryTest, ListsTheLiveObjectsOfAPage) {
  m.set_dense(true);
  char* objects[3];
  for (char*& p : objects) p = allocate_here(1024);
  const uint64_t page = virt_to_phys(objects[0]);
  ASSERT_EQ(objects[2], objects[0] + 2048);
  EXPECT_EQ(m.objects_in_page(page + 4095).size(), 3u);
  free_here(objects[1]);
  const auto left = m.objects_in_page(page);
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].start, objects[0]);
  EXPECT_EQ(left[1].start, objects[2]);
  EXPECT_EQ(left[1].size, 1024u);
  EXPECT_EQ(left[1].state, State::kLive);
  // Of two pages and a bit: one may end where the next starts.
  const int cache = m.cache_create("wide", 6144, 8, kAnyZone);
  auto* first = static_cast<char*>(m.cache_alloc(cache, 6144, 0, __builtin_frame_address(0)));
  auto* second = static_cast<char*>(m.cache_alloc(cache, 6144, 0, __builtin_frame_address(0)));
  ASSERT_EQ(second, first + 6144);
  EXPECT_EQ(m.objects_in_page(virt_to_phys(first)).size(), 1u);
  EXPECT_EQ(m.objects_in_page(virt_to_phys(first) + 4096).size(), 2u);
  EXPECT_EQ(m.objects_in_page(virt_to_phys(first) + 8192).size(), 1u);
  // Pages are one object; what is free or no memory has none.
  auto pfn = static_cast<unsigned long>(host_pages_alloc(1, kAnyZone, 0));
  const auto block = m.objects_in_page((uint64_t{pfn} << 12) + 4096);
  ASSERT_EQ(block.size(), 1u);
  EXPECT_EQ(block[0].start, phys_to_virt(uint64_t{pfn} << 12));
  host_pages_free(pfn, 1);
  EXPECT_TRUE(m.objects_in_page(uint64_t{pfn} << 12).empty());
  EXPECT_TRUE(m.objects_in_page(0).empty());
}

TEST_F(MemoryTest, AnUnderflowIsDescribedByTheObjectBehind) {
  m.set_dense(false);
  char* p = allocate_here(32);
  char* q = allocate_here(32);
  host_kfree(p);
  // Slot 1 was never used: its left neighbour comes first.
  EXPECT_EQ(m.describe(q - 1).start, p);
  int cache = host_cache_create("solo", 64, 0, HOST_ZONE_DMA);
  auto* first = static_cast<char*>(host_cache_alloc(cache, 64, 0));
  Description d = m.describe(first - 3);
  EXPECT_EQ(d.kind, Kind::kNone);  // before the bank
  EXPECT_EQ(m.describe(first).kind, Kind::kCache);
  EXPECT_STREQ(m.describe(first).cache, "solo");
}

TEST_F(MemoryTest, AsanReportsAreFollowedByTheDescription) {
  Memory::install_report_hook();
  char* p = allocate_here(64);
  EXPECT_DEATH(static_cast<volatile char*>(p)[66] = 1,
               "heap-buffer-overflow(.|\n)*is located 2 bytes after 64-byte region(.|\n)*allocated by kmalloc "
               "\\(kmalloc-64\\) here:\n    #0 0x[0-9a-f]+ in (.*::)?allocate_here");
  free_here(p);
  EXPECT_DEATH(static_cast<volatile char*>(p)[1] = 1,
               "heap-use-after-free(.|\n)*is located 1 bytes inside of 64-byte region(.|\n)*freed here:\n    #0 "
               "0x[0-9a-f]+ in (.*::)?free_here");
  Memory::install_report_hook([](const char* report) { fprintf(stderr, "next saw %zu bytes", strlen(report)); });
  EXPECT_DEATH(static_cast<volatile char*>(p)[1] = 1, "next saw [1-9][0-9]+ bytes");
}

TEST_F(MemoryTest, StacksStopAtTheBounds) {
  StackBounds old = set_stack_bounds({1, 2});
  char* p = allocate_here(64);
  EXPECT_EQ(m.describe(p).alloc_stack->count, 1u);
  set_stack_bounds(old);
  EXPECT_GT(m.describe(allocate_here(64)).alloc_stack->count, 2u);
}

}  // namespace
}  // namespace dmafuzz
