// SPDX-License-Identifier: GPL-2.0-only
//
// Memory: argument checks, findings, events and failure injection around the allocators,
// and the accesses that go around AddressSanitizer (device, copies of the DMA core).
#include "memory/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "host.h"
#include "memory/raw.h"
#include "memory/shadow.h"

namespace dmafuzz {
namespace {

constexpr unsigned kAllZones = HOST_ZONE_DMA | HOST_ZONE_DMA32 | HOST_ZONE_NORMAL;

uint64_t number(const void* address) {
  return reinterpret_cast<uint64_t>(address);
}

// A failed allocation: what was asked for, and whether the input wanted it to fail.
void* fail(const char* what, uint64_t size, unsigned flags, bool injected) {
  if (!(flags & HOST_ALLOC_QUIET)) host_event(what, size, flags, injected);
  return nullptr;
}

}  // namespace

Memory& memory() {
  // Never destroyed: allocations may outlive main().
  static Memory& instance = *new Memory;
  return instance;
}

Memory::Memory()
    : pages_(run_),
      slab_(run_, pages_),
      vmap_(run_),
      image_of_(raw::table<uint32_t>(kFrames)),
      // Ranges do not touch, so each needs a granule and a gap.
      ranges_(raw::table<Range>(kFrames * (kPageSize / 16))),
      dirty_(raw::table<uint32_t>(kFrames)),
      vmap_frames_(raw::table<uint32_t>(Vmap::kPages)) {
  shadow::init();
  arena_.map();
  vmap_.map(arena_.fd());
}

long Memory::pages_alloc(unsigned order, unsigned zones, unsigned flags, const void* frame) {
  if (!(flags & HOST_ALLOC_NOFAIL) && run_.should_fail()) {
    fail("page-alloc-fail", order, flags, true);
    return -1;
  }
  uint32_t head = kNoFrame;
  if (order <= kMaxOrder && (zones & kAllZones)) {
    uint64_t bytes = kPageSize << order;
    head = pages_.alloc(order, zones, flags, FrameKind::kPages, bytes, frame);
    if (head == kNoFrame) {
      slab_.shrink();
      head = pages_.alloc(order, zones, flags, FrameKind::kPages, bytes, frame);
    }
  }
  if (head == kNoFrame) {
    fail("page-alloc-fail", order, flags, false);
    return -1;
  }
  uint64_t pfn = pfn_of_frame(head);
  if (!(flags & HOST_ALLOC_QUIET)) host_event("page-alloc", pfn, order, flags);
  return static_cast<long>(pfn);
}

uint32_t Memory::check_block(const char* what, unsigned long pfn, unsigned order, const void* frame) {
  uint32_t index = frame_of_pfn(pfn);
  if (index == kNoFrame) {
    report_bad_free("invalid-free", fmt::format("{} of frame 0x{:x}, which is no memory", what, pfn), nullptr, frame);
    return kNoFrame;
  }
  const Frame& fr = pages_.frame(index);
  const char* kind = "invalid-free";
  std::string why;
  if (fr.state == FrameState::kFreed && fr.kind != FrameKind::kSlab) {
    kind = "double-free";
    why = "which is free already";
  } else if (fr.state != FrameState::kLive) {
    why = "which is not allocated";
  } else if (fr.kind == FrameKind::kSlab) {
    why = "which belongs to a slab";
  } else if (fr.kind == FrameKind::kLarge) {
    why = "which kmalloc allocated";
  } else if (fr.head != index) {
    why = fmt::format("which is page {} of a block of order {}", index - fr.head, fr.order);
  } else if (fr.order != order) {
    why = fmt::format("which was allocated with order {}", fr.order);
  } else {
    return index;
  }
  report_bad_free(kind, fmt::format("{} of frame 0x{:x} with order {}, {}", what, pfn, order, why),
                  frame_address(index), frame);
  return kNoFrame;
}

void Memory::pages_free(unsigned long pfn, unsigned order, const void* frame) {
  uint32_t head = check_block("free of pages", pfn, order, frame);
  if (head == kNoFrame) return;
  bool quiet = pages_.block(head).quiet;
  pages_.free(head, frame);
  if (!quiet) host_event("page-free", pfn, order, 0);
}

void Memory::pages_split(unsigned long pfn, unsigned order, const void* frame) {
  uint32_t head = check_block("split of pages", pfn, order, frame);
  if (head != kNoFrame) pages_.split(head);
}

int Memory::pages_order(unsigned long pfn) {
  uint32_t index = frame_of_pfn(pfn);
  if (index == kNoFrame) return -1;
  const Frame& fr = pages_.frame(index);
  if (fr.state != FrameState::kLive || fr.head != index || fr.kind == FrameKind::kSlab) return -1;
  return fr.order;
}

void Memory::pages_trim(unsigned long pfn, unsigned long offset, unsigned long size) {
  const int order = pages_order(pfn);
  if (order < 0 || offset % 8 || offset + size > kPageSize << order) host_panic("memory: no block to trim like that");
  pages_.trim(frame_of_pfn(pfn), offset, size);
}

int Memory::cache_create(const char* name, unsigned size, unsigned align, unsigned zones) {
  if (!(zones & kAllZones)) return -1;
  return slab_.create(name, size, align, zones);
}

unsigned Memory::cache_destroy(int cache, const void* frame) {
  if (!slab_.is_cache(cache)) {
    report_bad_free("invalid-free", fmt::format("destruction of cache {}, which does not exist", cache), nullptr,
                    frame);
    return 0;
  }
  return slab_.destroy(cache);
}

void* Memory::cache_alloc(int cache, size_t requested, unsigned flags, const void* frame) {
  if (!slab_.is_cache(cache)) host_panic("memory: allocation from a slab cache that does not exist");
  if (requested > slab_.cache(cache).slot) host_panic("memory: allocation larger than the cache's objects");
  if (!(flags & HOST_ALLOC_NOFAIL) && run_.should_fail()) return fail("alloc-fail", requested, flags, true);
  void* object = slab_.alloc(cache, requested, flags, frame);
  if (!object) return fail("alloc-fail", requested, flags, false);
  if (!(flags & HOST_ALLOC_QUIET)) host_event("alloc", number(object), requested, static_cast<unsigned>(cache));
  return object;
}

void* Memory::kmalloc(size_t size, unsigned zones, unsigned flags, const void* frame) {
  if (!size) return nullptr;
  if (size <= kKmallocMax) return cache_alloc(SlabAllocator::kmalloc_cache(size, zones), size, flags, frame);
  if (!(flags & HOST_ALLOC_NOFAIL) && run_.should_fail()) return fail("alloc-fail", size, flags, true);
  unsigned order = 2;
  while (order <= kMaxOrder && (kPageSize << order) < size) ++order;
  if (order > kMaxOrder) return fail("alloc-fail", size, flags, false);
  // As for smaller sizes: the highest zone named and all below it.
  unsigned below = zones & HOST_ZONE_NORMAL ? kAllZones : zones & HOST_ZONE_DMA32 ? 3u : HOST_ZONE_DMA;
  uint32_t head = pages_.alloc(order, below, flags, FrameKind::kLarge, size, frame);
  if (head == kNoFrame) {
    slab_.shrink();
    head = pages_.alloc(order, below, flags, FrameKind::kLarge, size, frame);
  }
  if (head == kNoFrame) return fail("alloc-fail", size, flags, false);
  void* object = frame_address(head);
  if (!(flags & HOST_ALLOC_QUIET)) host_event("alloc", number(object), size, ~0ull);
  return object;
}

void Memory::free_object(const SlotRef& ref, const void* frame) {
  const Slot& s = slab_.slot(ref.head, ref.index);
  bool quiet = s.quiet;
  const Slab& slab = slab_.slab(ref.head);
  uint64_t size = s.requested, cache = slab.cache;
  const void* start = SlabAllocator::slot_address(ref.head, slab.slot, ref.index);
  slab_.free(ref, frame);
  if (!quiet) host_event("free", number(start), size, cache);
}

void Memory::cache_free(int cache, const void* object, const void* frame) {
  SlotRef ref = slab_.locate(object);
  if (ref.head != kNoFrame && !ref.offset && slab_.is_live(ref)) {
    const Slab& slab = slab_.slab(ref.head);
    if (static_cast<int>(slab.cache) == cache) return free_object(ref, frame);
    report_bad_free("invalid-free",
                    fmt::format("free of {} to cache {}, but it is an object of cache {}", object,
                                slab_.is_cache(cache) ? slab_.cache(cache).name : std::to_string(cache).c_str(),
                                slab_.cache(static_cast<int>(slab.cache)).name),
                    object, frame);
    return;
  }
  if (ref.head != kNoFrame && !ref.offset && slab_.slab(ref.head).used.test(ref.index)) {
    report_bad_free("double-free", fmt::format("free of {}, which is free already", object), object, frame);
    return;
  }
  report_bad_free("invalid-free", fmt::format("free of {}, which is not the start of a live slab object", object),
                  object, frame);
}

void Memory::kfree(const void* object, const void* frame) {
  if (!object) return;
  uint32_t index = frame_of_address(object);
  const char* kind = "invalid-free";
  const char* why = "which is not memory of any allocator";
  if (index != kNoFrame) {
    const Frame& fr = pages_.frame(index);
    if (fr.kind == FrameKind::kSlab) {
      SlotRef ref = slab_.locate(object);
      if (!ref.offset && slab_.is_live(ref)) return free_object(ref, frame);
      if (!ref.offset && slab_.slab(ref.head).used.test(ref.index)) {
        kind = "double-free";
        why = "which is free already";
      } else {
        why = "which is not the start of an object";
      }
    } else if (fr.kind == FrameKind::kLarge && fr.head == index && object == frame_address(index)) {
      if (fr.state == FrameState::kLive) {
        const Block& block = pages_.block(index);
        bool quiet = block.quiet;
        uint64_t size = block.requested;
        pages_.free(index, frame);
        if (!quiet) host_event("free", number(object), size, ~0ull);
        return;
      }
      kind = "double-free";
      why = "which is free already";
    } else if (fr.kind == FrameKind::kNever) {
      why = "which was never allocated";
    } else if (fr.kind == FrameKind::kPages) {
      why = "which the page allocator allocated";
    } else {
      why = "which is not the start of an object";
    }
  }
  report_bad_free(kind, fmt::format("free of {}, {}", object, why), object, frame);
}

size_t Memory::ksize(const void* object) {
  uint32_t index = frame_of_address(object);
  if (index == kNoFrame) return 0;
  const Frame& fr = pages_.frame(index);
  if (fr.kind == FrameKind::kSlab) {
    SlotRef ref = slab_.locate(object);
    return !ref.offset && slab_.is_live(ref) ? slab_.slab(ref.head).slot : 0;
  }
  bool large = fr.kind == FrameKind::kLarge && fr.state == FrameState::kLive && object == frame_address(fr.head);
  return large ? kPageSize << fr.order : 0;
}

void Memory::object_resize(const void* object, size_t size, const void* frame) {
  size_t room = ksize(object);
  if (!room) {
    report_bad_free("invalid-free", fmt::format("resize of {}, which is not the start of a live object", object),
                    object, frame);
    return;
  }
  if (size > room) host_panic("memory: resize of an object beyond its slot");
  uint32_t index = frame_of_address(object);
  // Bytes outside of a boot-time object's first size are restored by the page.
  if (pages_.frame(index).flags & kFrameBoot) mark_dirty(object, size);
  if (pages_.frame(index).kind == FrameKind::kSlab) {
    slab_.resize(slab_.locate(object), static_cast<uint32_t>(size));
  } else {
    pages_.resize(index, size);
  }
}

void* Memory::vmap(const unsigned long* pfns, unsigned count, const void* frame) {
  if (count >= Vmap::kPages) return nullptr;
  for (unsigned i = 0; i < count; ++i) {
    uint32_t index = frame_of_pfn(pfns[i]);
    if (index == kNoFrame) host_panic("memory: vmap of a frame that is no memory");
    vmap_frames_[i] = index;
  }
  void* alias = vmap_.create(vmap_frames_, count, frame);
  if (!alias) return fail("vmap-fail", count, 0, false);
  // Stores through the alias are not seen, and of large boot-time blocks what is not marked is not restored, nor what
  // is watched and was not written.
  for (unsigned i = 0; i < count; ++i) {
    if (pages_.frame(vmap_frames_[i]).flags & kFrameLazy) mark_frame(vmap_frames_[i]);
    watch_.heat(vmap_frames_[i]);
  }
  host_event("vmap", number(alias), count, pfns[0]);
  return alias;
}

void Memory::vunmap(const void* alias, const void* frame) {
  uint32_t page = Vmap::page_of(alias);
  uint32_t first = page == Vmap::kNoPage ? Vmap::kNoPage : vmap_.area_page(page);
  if (first == Vmap::kNoPage || alias != Vmap::page_address(first)) {
    report_bad_free("invalid-free", fmt::format("vunmap of {}, where no area starts", alias), alias, frame);
  } else if (vmap_.area(first).state != VmapArea::State::kLive) {
    report_bad_free("double-free", fmt::format("vunmap of {}, which is unmapped already", alias), alias, frame);
  } else {
    uint32_t count = vmap_.area(first).count;
    vmap_.destroy(first, frame);
    host_event("vunmap", number(alias), count, 0);
  }
}

long Memory::vmap_pfn(const void* address) {
  uint32_t page = Vmap::page_of(address);
  uint32_t frame = page == Vmap::kNoPage ? kNoFrame : vmap_.frame_behind(page);
  return frame == kNoFrame ? -1 : static_cast<long>(pfn_of_frame(frame));
}

bool Memory::to_phys(const void* address, uint64_t* phys) {
  uint32_t frame = frame_of_address(address);
  if (frame == kNoFrame) {
    uint32_t page = Vmap::page_of(address);
    frame = page == Vmap::kNoPage ? kNoFrame : vmap_.frame_behind(page);
  }
  if (frame == kNoFrame) return false;
  *phys = phys_of_frame(frame) + (number(address) & (kPageSize - 1));
  return true;
}

void Memory::mark_frame(uint32_t frame) {
  Frame& fr = pages_.frame(frame);
  if (fr.flags & kFrameDirty) return;
  fr.flags |= kFrameDirty;
  dirty_[dirty_count_++] = frame;
}

void Memory::mark_dirty(const void* start, size_t n) {
  if (!n) return;
  for (uint64_t at = number(start) & ~(kPageSize - 1); at < number(start) + n; at += kPageSize) {
    uint64_t phys;
    if (to_phys(reinterpret_cast<const void*>(at), &phys)) mark_frame(frame_of_phys(phys));
  }
}

void Memory::copy(void* dst, const void* src, size_t n) {
  if (__builtin_expect(shadow::is_poisoned(src, n) || shadow::is_poisoned(dst, n), 0)) {
    fault_listener_(src, n, __builtin_frame_address(0));
    fault_listener_(dst, n, __builtin_frame_address(0));
    // The runtime's own function finds the same bytes and reports them.
    memmove(dst, src, n);
    return;
  }
  mark_lazy(dst, n);
  raw::move(dst, src, n);
}

void Memory::copy_raw(void* dst, const void* src, size_t n) {
  mark_lazy(dst, n);
  raw::move(dst, src, n);
}

void Memory::set(void* dst, uint8_t value, size_t n) {
  if (__builtin_expect(shadow::is_poisoned(dst, n), 0)) {
    fault_listener_(dst, n, __builtin_frame_address(0));
    memset(dst, value, n);
    return;
  }
  mark_lazy(dst, n);
  raw::fill(dst, value, n);
}

// Live memory that is not restored lazily is restored, or wiped, anyway.
void Memory::mark_lazy(const void* dst, size_t n) {
  if (!n) return;
  const uint32_t first = frame_of_address(dst), last = frame_of_address(static_cast<const char*>(dst) + n - 1);
  if (first == kNoFrame || last == kNoFrame) return;
  for (uint32_t i = first; i <= last; ++i) {
    if (pages_.frame(i).flags & kFrameLazy) mark_frame(i);
  }
}

bool Memory::device_read(uint64_t phys, void* dst, size_t n) {
  const Bank* bank = bank_of(phys);
  if (!bank || n > bank->base + bank->size - phys) return false;
  raw::copy(dst, phys_to_virt(phys), n);
  return true;
}

bool Memory::device_write(uint64_t phys, const void* src, size_t n) {
  const Bank* bank = bank_of(phys);
  if (!bank || n > bank->base + bank->size - phys) return false;
  if (!n) return true;
  uint32_t last = frame_of_phys(phys + n - 1);
  for (uint32_t i = frame_of_phys(phys); i <= last; ++i) mark_frame(i);
  raw::copy(phys_to_virt(phys), src, n);
  return true;
}

}  // namespace dmafuzz
