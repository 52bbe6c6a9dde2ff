// SPDX-License-Identifier: GPL-2.0-only
//
// The memory functions of host.h: each hands its own frame on, so that a stack
// begins at the shim that called, and lets Memory do the work.
#include <sys/mman.h>

#include <cstdio>

#include "host.h"
#include "memory/memory.h"
#include "memory/raw.h"

using dmafuzz::memory;

#define FRAME __builtin_frame_address(0)

namespace dmafuzz {
namespace {

BlockListener g_listener = nullptr;

void tell(const void* start, size_t size, bool alloc, const void* frame) {
  if (g_listener && start) [[unlikely]]
    g_listener(start, size, alloc, frame);
}

}  // namespace

void set_block_listener(BlockListener listener) {
  g_listener = listener;
}

}  // namespace dmafuzz

using dmafuzz::tell;

extern "C" {

long host_pages_alloc(unsigned order, unsigned zones, unsigned flags) {
  const long pfn = memory().pages_alloc(order, zones, flags, FRAME);
  if (pfn >= 0) {
    tell(dmafuzz::phys_to_virt(static_cast<uint64_t>(pfn) << 12), dmafuzz::kPageSize << order, true, FRAME);
  }
  return pfn;
}

void host_pages_free(unsigned long pfn, unsigned order) {
  tell(dmafuzz::phys_to_virt(uint64_t{pfn} << 12), 0, false, FRAME);
  memory().pages_free(pfn, order, FRAME);
}

void host_pages_split(unsigned long pfn, unsigned order) {
  memory().pages_split(pfn, order, FRAME);
}

void host_pages_trim(unsigned long pfn, unsigned long offset, unsigned long size) {
  memory().pages_trim(pfn, offset, size);
}

int host_pfn_valid(unsigned long pfn) {
  return dmafuzz::frame_of_pfn(pfn) != dmafuzz::kNoFrame;
}

int host_pages_order(unsigned long pfn) {
  return memory().pages_order(pfn);
}

int host_cache_create(const char* name, unsigned size, unsigned align, unsigned zones) {
  return memory().cache_create(name, size, align, zones);
}

unsigned host_cache_destroy(int cache) {
  return memory().cache_destroy(cache, FRAME);
}

void* host_cache_alloc(int cache, unsigned long requested, unsigned flags) {
  void* object = memory().cache_alloc(cache, requested, flags, FRAME);
  tell(object, requested, true, FRAME);
  return object;
}

void host_cache_free(int cache, void* object) {
  tell(object, 0, false, FRAME);
  memory().cache_free(cache, object, FRAME);
}

void* host_kmalloc(unsigned long size, unsigned zones, unsigned flags) {
  void* object = memory().kmalloc(size, zones, flags, FRAME);
  tell(object, size, true, FRAME);
  return object;
}

void host_kfree(const void* object) {
  tell(object, 0, false, FRAME);
  memory().kfree(object, FRAME);
}

unsigned long host_ksize(const void* object) {
  return memory().ksize(object);
}

void host_object_resize(const void* object, unsigned long size) {
  memory().object_resize(object, size, FRAME);
}

void* host_vmap(const unsigned long* pfns, unsigned count) {
  return memory().vmap(pfns, count, FRAME);
}

void host_vunmap(const void* alias) {
  memory().vunmap(alias, FRAME);
}

long host_vmap_pfn(const void* addr) {
  return memory().vmap_pfn(addr);
}

void* host_reserve(unsigned long addr, unsigned long size) {
  void* want = reinterpret_cast<void*>(addr);
  void* got = mmap(want, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != want) {
    char text[128];
    snprintf(text, sizeof(text), "memory: the address range [%p, +0x%lx) is taken", want, size);
    host_panic(text);
  }
  madvise(want, size, MADV_DONTDUMP);
  return want;
}

int host_should_fail(void) {
  return memory().should_fail();
}

void host_copy(void* dst, const void* src, unsigned long n) {
  memory().copy(dst, src, n);
}

void host_copy_raw(void* dst, const void* src, unsigned long n) {
  memory().copy_raw(dst, src, n);
}

int host_equal_raw(const void* a, const void* b, unsigned long n) {
  return dmafuzz::raw::equal(a, b, n);
}

void host_set(void* dst, int c, unsigned long n) {
  memory().set(dst, static_cast<uint8_t>(c), n);
}

}  // extern "C"
