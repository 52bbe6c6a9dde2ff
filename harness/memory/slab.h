// SPDX-License-Identifier: GPL-2.0-only
//
// Slab caches: objects of one size packed into blocks of pages, as SLUB packs them; kmalloc is a set of such caches.
// Freed objects wait in a quarantine; an address leads to its object through the frame table, in constant time.
#ifndef DMAFUZZ_MEMORY_SLAB_H_
#define DMAFUZZ_MEMORY_SLAB_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "memory/page_allocator.h"
#include "memory/run_state.h"
#include "memory/stack.h"

namespace dmafuzz {

inline constexpr std::array<uint32_t, 13> kKmallocSizes = {8,   16,  32,   64,   96,   128, 192,
                                                           256, 512, 1024, 2048, 4096, 8192};
inline constexpr size_t kKmallocMax = 8192;
inline constexpr uint32_t kSlotsMax = 512;
inline constexpr size_t kObjectQuarantine = size_t{1} << 20;  // bytes

struct Cache {
  char name[40];
  uint32_t slot;   // bytes from one object to the next
  uint32_t size;   // bytes of an object
  uint32_t slots;  // objects in a slab
  uint32_t order, zones;
  uint32_t current;                      // slab (by its first frame) that allocations come from, or kNoFrame
  uint32_t cursor;                       // slot of it from which to look
  uint32_t partial_first, partial_last;  // further slabs with free slots
  uint32_t slabs;                        // all slabs
  uint32_t live;
  uint32_t epoch;
  bool used, boot;
};

struct SlotMap {
  uint64_t word[kSlotsMax / 64];
  bool test(uint32_t i) const { return word[i >> 6] >> (i & 63) & 1; }
  void set(uint32_t i) { word[i >> 6] |= uint64_t{1} << (i & 63); }
  void clear(uint32_t i) { word[i >> 6] &= ~(uint64_t{1} << (i & 63)); }
};

// A slab is named by its first frame.
struct Slab {
  uint32_t cache, next, next_partial, epoch;
  uint32_t slot, slots, free_count;
  bool boot, partial, dead;
  SlotMap free;  // may be handed out
  SlotMap live;
  SlotMap used;  // live now or before
};

struct Slot {
  uint32_t requested;  // bytes usable
  uint32_t high;       // most bytes ever usable since it was last clean
  uint32_t epoch;
  bool boot, quiet;
  Stack alloc_stack, free_stack;
};

// Where an address lies.
struct SlotRef {
  uint32_t head = kNoFrame;  // its slab, or kNoFrame: not in a slab
  uint32_t index = 0;
  uint32_t offset = 0;  // in the slot
};

class SlabAllocator {
 public:
  SlabAllocator(RunState& run, PageAllocator& pages);

  // A cache of objects of `size` bytes (1 .. 4 MiB) at multiples of `align` (power of two, 0 for any). Its number, or
  // -1 when there are too many.
  int create(const char* name, uint32_t size, uint32_t align, unsigned zones);
  // Gives the cache up unless objects are live in it; returns how many are.
  unsigned destroy(int cache);
  bool is_cache(int cache) const { return cache >= 0 && cache < static_cast<int>(cache_count_) && caches_[cache].used; }
  // The kmalloc cache for a size up to kKmallocMax.
  static int kmalloc_cache(size_t size, unsigned zones);

  // An object with its first `requested` bytes usable and filled; null when memory ran out.
  void* alloc(int cache, size_t requested, unsigned flags, const void* caller_frame);
  // Frees a live object, which `ref` names.
  void free(const SlotRef& ref, const void* caller_frame);
  // Changes the usable bytes of a live object.
  void resize(const SlotRef& ref, uint32_t requested);

  // The slot that an arena address is in; behind the last slot the index is that of the last one.
  SlotRef locate(const void* address);
  Slab& slab(uint32_t head) { return slabs_[head]; }
  Cache& cache(int index) { return caches_[index]; }
  Slot& slot(uint32_t head, uint32_t index) { return slots_[size_t{head} * kSlotStride + index]; }
  static char* slot_address(uint32_t head, uint32_t slot_size, uint32_t index) {
    return frame_address(head) + size_t{slot_size} * index;
  }
  bool is_live(const SlotRef& ref) { return !slabs_[ref.head].dead && slabs_[ref.head].live.test(ref.index); }

  // Empties the quarantine and gives empty slabs back to the page allocator: for when pages ran out.
  void shrink();

  void clear();
  void snapshot();
  void reset();
  // Calls f(ref) for each object made since the snapshot and still live, in the order of first use.
  template <typename F>
  void for_each_live_since_snapshot(F f) {
    for (uint32_t i = 0; i < log_count_; ++i) {
      const Change& c = log_[i];
      if (c.was_live) continue;
      SlotRef ref{c.head, c.index, 0};
      if (is_live(ref)) f(ref);
    }
  }

 private:
  static constexpr uint32_t kCachesMax = 1024;
  // One more than needed, so that the first slots of different slabs do not compete for one cache set.
  static constexpr uint32_t kSlotStride = kSlotsMax + 1;
  static constexpr uint32_t kLogCapacity = 1u << 22;
  static constexpr uint32_t kRingCapacity = kObjectQuarantine / 8 + 1;

  // An object that the input made, freed or resized, as it was before.
  struct Change {
    uint32_t head;
    uint16_t index;
    bool was_live;
    uint32_t slot_size;
    uint32_t requested;
  };
  struct Quarantined {
    uint32_t head;
    uint16_t index;
  };
  struct SlabUndo {
    uint32_t head;
    Slab was;
  };
  struct CacheUndo {
    uint32_t index;
    Cache was;
  };

  void make_cache(uint32_t index, const char* name, uint32_t size, uint32_t align, unsigned zones);
  void touch(Cache& cache);
  void touch(Slab& slab);
  void log(Slab& slab, uint32_t head, uint32_t index, bool was_live);
  uint32_t find(const Slab& slab, uint32_t from, bool any) const;
  uint32_t next_slot(Cache& cache);
  uint32_t take_slot_anywhere(Cache& cache);
  bool add_slab(Cache& cache, uint32_t cache_index);
  void append_partial(Cache& cache, uint32_t head);
  void release_oldest();
  void drop_slab(uint32_t head);

  RunState& run_;
  PageAllocator& pages_;
  Cache* caches_;
  uint32_t cache_count_ = 0, boot_cache_count_ = 0;
  Slab* slabs_;  // by first frame
  Slot* slots_;
  Quarantined* ring_;
  uint32_t ring_first_ = 0, ring_count_ = 0;
  size_t ring_bytes_ = 0;
  Change* log_;
  uint32_t log_count_ = 0;
  SlabUndo* slab_undo_;
  uint32_t slab_undo_count_ = 0;
  CacheUndo* cache_undo_;
  uint32_t cache_undo_count_ = 0;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_SLAB_H_
