// SPDX-License-Identifier: GPL-2.0-only
//
// Slab allocator. In sparse mode only every other slot is handed out while memory lasts, so that the neighbour of
// an exactly filled object is poisoned; in dense mode objects are packed as the kernel packs them.
#include "memory/slab.h"

#include <algorithm>
#include <bit>
#include <cstdio>

#include "host.h"
#include "memory/raw.h"
#include "memory/shadow.h"

namespace dmafuzz {
namespace {

constexpr uint32_t kNone = ~0u;
constexpr uint64_t kEvenSlots = 0x5555555555555555ull;
// SLUB's aims for one CPU: at least so many objects a slab, of at most so many pages, an ever larger share wasted.
constexpr uint32_t kObjectsWanted = 8;
constexpr uint32_t kSlabOrderMax = 3;

uint32_t choose_order(uint32_t slot) {
  uint32_t wanted = std::min<uint32_t>(kObjectsWanted, (kPageSize << kSlabOrderMax) / slot);
  for (uint32_t share : {16u, 8u, 4u, 2u}) {
    for (uint32_t order = 0; order <= kSlabOrderMax; ++order) {
      uint32_t bytes = kPageSize << order, count = bytes / slot;
      if (count && count >= wanted && (bytes - count * slot) * share <= bytes) return order;
    }
  }
  uint32_t order = 0;
  while ((kPageSize << order) < slot) ++order;
  return order;
}

}  // namespace

SlabAllocator::SlabAllocator(RunState& run, PageAllocator& pages)
    : run_(run),
      pages_(pages),
      caches_(raw::table<Cache>(kCachesMax)),
      slabs_(raw::table<Slab>(kFrames)),
      slots_(raw::table<Slot>(size_t{kFrames} * kSlotStride)),
      ring_(raw::table<Quarantined>(kRingCapacity)),
      log_(raw::table<Change>(kLogCapacity)),
      slab_undo_(raw::table<SlabUndo>(kFrames)),
      cache_undo_(raw::table<CacheUndo>(kCachesMax)) {
  clear();
}

void SlabAllocator::clear() {
  raw::drop(caches_, kCachesMax * sizeof(Cache));
  raw::drop(slabs_, kFrames * sizeof(Slab));
  raw::drop(slots_, size_t{kFrames} * kSlotStride * sizeof(Slot));
  ring_first_ = ring_count_ = 0;
  ring_bytes_ = 0;
  log_count_ = slab_undo_count_ = cache_undo_count_ = 0;
  cache_count_ = boot_cache_count_ = 0;
  static constexpr struct {
    const char* prefix;
    unsigned zones;
  } kClasses[] = {{"kmalloc", HOST_ZONE_NORMAL | HOST_ZONE_DMA32 | HOST_ZONE_DMA},
                  {"dma32-kmalloc", HOST_ZONE_DMA32 | HOST_ZONE_DMA},
                  {"dma-kmalloc", HOST_ZONE_DMA}};
  for (const auto& zone_class : kClasses) {
    for (uint32_t size : kKmallocSizes) {
      char name[40];
      snprintf(name, sizeof(name), "%s-%u", zone_class.prefix, size);
      make_cache(cache_count_++, name, size, 8, zone_class.zones);
    }
  }
}

int SlabAllocator::kmalloc_cache(size_t size, unsigned zones) {
  unsigned size_class;
  if (size <= 64) {
    size_class = size <= 8 ? 0 : size <= 16 ? 1 : size <= 32 ? 2 : 3;
  } else if (size <= 256) {
    size_class = size <= 96 ? 4 : size <= 128 ? 5 : size <= 192 ? 6 : 7;
  } else {
    size_class = static_cast<unsigned>(std::bit_width(size - 1)) - 1;
  }
  unsigned zone_class = zones & HOST_ZONE_NORMAL ? 0 : zones & HOST_ZONE_DMA32 ? 1 : 2;
  return static_cast<int>(zone_class * kKmallocSizes.size() + size_class);
}

void SlabAllocator::make_cache(uint32_t index, const char* name, uint32_t size, uint32_t align, unsigned zones) {
  Cache& cache = caches_[index];
  cache = {};
  snprintf(cache.name, sizeof(cache.name), "%s", name);
  // A granule of the shadow never holds two objects.
  align = std::max(align, 8u);
  cache.size = size;
  cache.slot = (size + align - 1) & ~(align - 1);
  cache.order = choose_order(cache.slot);
  cache.slots = std::min<uint32_t>((kPageSize << cache.order) / cache.slot, kSlotsMax);
  cache.zones = zones;
  cache.current = cache.partial_first = cache.partial_last = cache.slabs = kNone;
  cache.used = true;
}

int SlabAllocator::create(const char* name, uint32_t size, uint32_t align, unsigned zones) {
  if (!size || size > (kPageSize << kMaxOrder) || (align & (align - 1)) || align > kPageSize) return -1;
  uint32_t index = cache_count_;
  if (index == kCachesMax) {
    for (index = boot_cache_count_; index < kCachesMax && caches_[index].used;) ++index;
    if (index == kCachesMax) return -1;
  } else {
    ++cache_count_;
  }
  make_cache(index, name, size, align, zones);
  return static_cast<int>(index);
}

unsigned SlabAllocator::destroy(int index) {
  Cache& cache = caches_[index];
  if (cache.live) return cache.live;
  touch(cache);
  cache.used = false;
  for (uint32_t i = 0, at = ring_first_; i < ring_count_; ++i) {
    Quarantined& entry = ring_[at];
    if (++at == kRingCapacity) at = 0;
    if (entry.head == kNone || slabs_[entry.head].cache != static_cast<uint32_t>(index)) continue;
    ring_bytes_ -= slabs_[entry.head].slot;
    entry.head = kNone;
  }
  for (uint32_t head = cache.slabs; head != kNone;) {
    Slab& slab = slabs_[head];
    uint32_t next = slab.next;
    touch(slab);
    if (run_.armed && slab.boot) {
      slab.dead = true;  // its pages stay away until reset brings the cache back
    } else {
      drop_slab(head);
    }
    head = next;
  }
  return 0;
}

void SlabAllocator::touch(Cache& cache) {
  if (!run_.armed || !cache.boot || cache.epoch == run_.epoch) return;
  cache_undo_[cache_undo_count_++] = {static_cast<uint32_t>(&cache - caches_), cache};
  cache.epoch = run_.epoch;
}

void SlabAllocator::touch(Slab& slab) {
  if (!run_.armed || !slab.boot || slab.epoch == run_.epoch) return;
  slab_undo_[slab_undo_count_++] = {static_cast<uint32_t>(&slab - slabs_), slab};
  slab.epoch = run_.epoch;
}

void SlabAllocator::log(Slab& slab, uint32_t head, uint32_t index, bool was_live) {
  Slot& s = slot(head, index);
  log_[log_count_++] = {head, static_cast<uint16_t>(index), was_live, slab.slot, s.requested};
  s.epoch = run_.epoch;
}

uint32_t SlabAllocator::find(const Slab& slab, uint32_t from, bool any) const {
  if (!slab.free_count || from >= slab.slots) return kNone;
  uint64_t allowed = any ? ~uint64_t{0} : kEvenSlots;
  uint64_t mask = allowed & (~uint64_t{0} << (from & 63));
  for (uint32_t w = from / 64; w * 64 < slab.slots; ++w, mask = allowed) {
    if (uint64_t bits = slab.free.word[w] & mask) return w * 64 + static_cast<uint32_t>(std::countr_zero(bits));
  }
  return kNone;
}

void SlabAllocator::append_partial(Cache& cache, uint32_t head) {
  Slab& slab = slabs_[head];
  touch(slab);
  slab.partial = true;
  slab.next_partial = kNone;
  if (cache.partial_last == kNone) {
    cache.partial_first = head;
  } else {
    Slab& last = slabs_[cache.partial_last];
    touch(last);
    last.next_partial = head;
  }
  cache.partial_last = head;
}

// The next slot of the current slab, or of one that has got free slots again. The slab becomes the current one.
uint32_t SlabAllocator::next_slot(Cache& cache) {
  bool dense = run_.knobs.dense;
  if (cache.current != kNone) {
    uint32_t index = find(slabs_[cache.current], cache.cursor, dense);
    if (index != kNone) return index;
    if (find(slabs_[cache.current], 0, dense) != kNone) append_partial(cache, cache.current);
    cache.current = kNone;
  }
  while (cache.partial_first != kNone) {
    uint32_t head = cache.partial_first;
    Slab& slab = slabs_[head];
    touch(slab);
    cache.partial_first = slab.next_partial;
    if (cache.partial_first == kNone) cache.partial_last = kNone;
    slab.partial = false;
    uint32_t index = find(slab, 0, dense);
    if (index == kNone) continue;
    cache.current = head;
    return index;
  }
  return kNone;
}

// Memory is out: a guard slot is better than no slot.
uint32_t SlabAllocator::take_slot_anywhere(Cache& cache) {
  for (uint32_t head = cache.slabs; head != kNone; head = slabs_[head].next) {
    uint32_t index = find(slabs_[head], 0, true);
    if (index == kNone || slabs_[head].partial) continue;
    cache.current = head;
    return index;
  }
  return kNone;
}

bool SlabAllocator::add_slab(Cache& cache, uint32_t cache_index) {
  // With an odd number of slots the last one is in use even in sparse mode: the guard is then a page.
  bool guard = !run_.knobs.dense && (cache.slots & 1);
  uint32_t head = pages_.take(cache.order, cache.zones, FrameKind::kSlab, guard);
  if (head == kNoFrame) return false;
  for (uint32_t i = 0; i < (1u << cache.order); ++i) {
    // Pages that had another use in this input. If that was a slab, its slots' log entries stand for ours.
    if (pages_.frame(head + i).flags & kFrameWipe) pages_.wipe_at_reset(head, cache.order);
    if (shadow::code_at(frame_address(head + i)) != shadow::kRedZone) {
      shadow::poison(frame_address(head + i), kPageSize, shadow::kRedZone);
    }
  }
  Slab& slab = slabs_[head];
  slab = {};
  slab.cache = cache_index;
  slab.next = cache.slabs;
  slab.next_partial = kNone;
  slab.slot = cache.slot;
  slab.slots = slab.free_count = cache.slots;
  for (uint32_t w = 0; w * 64 < cache.slots; ++w) {
    uint32_t left = cache.slots - w * 64;
    slab.free.word[w] = left >= 64 ? ~uint64_t{0} : (uint64_t{1} << left) - 1;
  }
  cache.slabs = cache.current = head;
  cache.cursor = 0;
  return true;
}

void* SlabAllocator::alloc(int cache_index, size_t requested, unsigned flags, const void* caller_frame) {
  Cache& cache = caches_[cache_index];
  if (__builtin_expect(log_count_ == kLogCapacity, 0)) return nullptr;
  touch(cache);
  uint32_t index = next_slot(cache);
  if (index == kNone && add_slab(cache, static_cast<uint32_t>(cache_index))) index = next_slot(cache);
  if (index == kNone) {
    shrink();
    index = next_slot(cache);
    if (index == kNone && add_slab(cache, static_cast<uint32_t>(cache_index))) index = next_slot(cache);
    if (index == kNone) index = take_slot_anywhere(cache);
    if (index == kNone) return nullptr;
  }
  uint32_t head = cache.current;
  Slab& slab = slabs_[head];
  touch(slab);
  cache.cursor = index + 1;
  ++cache.live;
  --slab.free_count;
  slab.free.clear(index);
  slab.live.set(index);
  slab.used.set(index);

  Slot& s = slot(head, index);
  auto bytes = static_cast<uint32_t>(requested);
  s.boot = false;
  if (run_.armed) {
    ++run_.live.objects;
    if (s.epoch != run_.epoch) {
      log(slab, head, index, false);
      s.high = 0;
    }
  } else {
    s.high = 0;
  }
  s.requested = bytes;
  s.high = std::max(s.high, bytes);
  s.quiet = flags & HOST_ALLOC_QUIET;
  s.free_stack.count = 0;
  take_stack(s.alloc_stack, caller_frame);
  char* start = slot_address(head, slab.slot, index);
  shadow::allow(start, bytes, slab.slot);
  run_.fill(start, bytes, flags & HOST_ALLOC_ZERO);
  return start;
}

void SlabAllocator::free(const SlotRef& ref, const void* caller_frame) {
  Slab& slab = slabs_[ref.head];
  Cache& cache = caches_[slab.cache];
  Slot& s = slot(ref.head, ref.index);
  touch(cache);
  touch(slab);
  --cache.live;
  slab.live.clear(ref.index);
  take_stack(s.free_stack, caller_frame);
  shadow::poison(slot_address(ref.head, slab.slot, ref.index), slab.slot, shadow::kFreed);
  if (run_.armed) {
    if (s.boot) {
      // Not for reuse: reset brings it back.
      if (s.epoch != run_.epoch) log(slab, ref.head, ref.index, true);
      ++run_.live.boot_freed;
      return;
    }
    --run_.live.objects;
  }
  uint32_t at = ring_first_ + ring_count_;
  if (at >= kRingCapacity) at -= kRingCapacity;
  ring_[at] = {ref.head, static_cast<uint16_t>(ref.index)};
  ++ring_count_;
  ring_bytes_ += slab.slot;
  while (ring_bytes_ > kObjectQuarantine || ring_count_ == kRingCapacity) release_oldest();
}

void SlabAllocator::release_oldest() {
  Quarantined entry = ring_[ring_first_];
  if (++ring_first_ == kRingCapacity) ring_first_ = 0;
  --ring_count_;
  if (entry.head == kNone) return;  // of a cache that is gone
  Slab& slab = slabs_[entry.head];
  Cache& cache = caches_[slab.cache];
  touch(cache);
  touch(slab);
  ring_bytes_ -= slab.slot;
  slab.free.set(entry.index);
  ++slab.free_count;
  if (!slab.partial && entry.head != cache.current) append_partial(cache, entry.head);
}

void SlabAllocator::resize(const SlotRef& ref, uint32_t requested) {
  Slab& slab = slabs_[ref.head];
  Slot& s = slot(ref.head, ref.index);
  if (run_.armed && s.boot && s.epoch != run_.epoch) log(slab, ref.head, ref.index, true);
  char* start = slot_address(ref.head, slab.slot, ref.index);
  // Bytes that the object had before keep what they held, as in the kernel.
  if (requested > s.high) {
    run_.fill(start + s.high, requested - s.high, false);
    s.high = requested;
  }
  s.requested = requested;
  shadow::allow(start, requested, slab.slot);
}

SlotRef SlabAllocator::locate(const void* address) {
  uint32_t frame = frame_of_address(address);
  if (frame == kNoFrame) return {};
  const Frame& fr = pages_.frame(frame);
  if (fr.kind != FrameKind::kSlab) return {};
  const Slab& slab = slabs_[fr.head];
  auto offset = static_cast<uint32_t>(static_cast<const char*>(address) - frame_address(fr.head));
  uint32_t index = std::min(offset / slab.slot, slab.slots - 1);
  return {fr.head, index, offset - index * slab.slot};
}

void SlabAllocator::drop_slab(uint32_t head) {
  unsigned order = pages_.frame(head).order;
  slabs_[head].dead = true;
  shadow::poison(frame_address(head), kPageSize << order, shadow::kFreed);
  pages_.wipe_at_reset(head, order);
  pages_.give(head);
}

void SlabAllocator::shrink() {
  while (ring_count_) release_oldest();
  for (uint32_t i = 0; i < cache_count_; ++i) {
    Cache& cache = caches_[i];
    if (!cache.used || cache.slabs == kNone) continue;
    touch(cache);
    uint32_t slabs = kNone, head = cache.slabs;
    cache.partial_first = cache.partial_last = kNone;
    while (head != kNone) {
      Slab& slab = slabs_[head];
      uint32_t next = slab.next;
      touch(slab);
      slab.partial = false;
      if (slab.free_count == slab.slots && !(run_.armed && slab.boot)) {
        if (cache.current == head) cache.current = kNone;
        drop_slab(head);
      } else {
        slab.next = slabs;
        slabs = head;
        if (head != cache.current && slab.free_count) append_partial(cache, head);
      }
      head = next;
    }
    cache.slabs = slabs;
  }
}

void SlabAllocator::snapshot() {
  for (uint32_t head = 0; head < kFrames; ++head) {
    const Frame& fr = pages_.frame(head);
    if (fr.kind != FrameKind::kSlab || fr.head != head || fr.state != FrameState::kLive) continue;
    Slab& slab = slabs_[head];
    slab.boot = true;
    slab.epoch = 0;
    for (uint32_t i = 0; i < slab.slots; ++i) {
      char* start = slot_address(head, slab.slot, i);
      Slot& s = slot(head, i);
      if (slab.live.test(i)) {
        s.boot = true;
        s.epoch = 0;
        s.high = s.requested;
        raw::fill(start + s.requested, 0, slab.slot - s.requested);
        continue;
      }
      // Only live bytes are saved, so all others must be what reset makes them: zero.
      raw::fill(start, 0, slab.slot);
      if (slab.free.test(i)) {
        slab.used.clear(i);
        shadow::poison(start, slab.slot, shadow::kRedZone);
      }
    }
    size_t end = size_t{slab.slot} * slab.slots;
    raw::fill(frame_address(head) + end, 0, (kPageSize << fr.order) - end);
  }
  for (uint32_t i = 0; i < cache_count_; ++i) {
    caches_[i].boot = caches_[i].used;
    caches_[i].epoch = 0;
  }
  boot_cache_count_ = cache_count_;
  // What is quarantined now stays so for good.
  ring_first_ = ring_count_ = 0;
  ring_bytes_ = 0;
  log_count_ = slab_undo_count_ = cache_undo_count_ = 0;
}

void SlabAllocator::reset() {
  for (uint32_t i = 0; i < log_count_; ++i) {
    const Change& c = log_[i];
    Slot& s = slot(c.head, c.index);
    char* start = slot_address(c.head, c.slot_size, c.index);
    if (c.was_live) {
      s.requested = s.high = c.requested;
      shadow::allow(start, c.requested, c.slot_size);
    } else {
      raw::fill(start, 0, std::min(s.high, c.slot_size));
      shadow::poison(start, c.slot_size, shadow::kRedZone);
    }
  }
  log_count_ = 0;
  while (slab_undo_count_) {
    const SlabUndo& entry = slab_undo_[--slab_undo_count_];
    slabs_[entry.head] = entry.was;
  }
  while (cache_undo_count_) {
    const CacheUndo& entry = cache_undo_[--cache_undo_count_];
    caches_[entry.index] = entry.was;
  }
  cache_count_ = boot_cache_count_;
  ring_first_ = ring_count_ = 0;
  ring_bytes_ = 0;
}

}  // namespace dmafuzz
