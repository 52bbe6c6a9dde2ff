// SPDX-License-Identifier: GPL-2.0-only
//
// The page allocator: blocks of 2^order frames, naturally aligned, next-fit in each bank, freed ones reused last.
// Slabs take their pages here too. Everything that an input changes is taken back by reset().
#ifndef DMAFUZZ_MEMORY_PAGE_ALLOCATOR_H_
#define DMAFUZZ_MEMORY_PAGE_ALLOCATOR_H_

#include <cstddef>
#include <cstdint>

#include "memory/arena.h"
#include "memory/run_state.h"
#include "memory/stack.h"

namespace dmafuzz {

enum class FrameKind : uint8_t { kNever, kPages, kLarge, kSlab };  // kLarge: a kmalloc of more than a slab holds
enum class FrameState : uint8_t { kNever, kLive, kFreed };

// Flags of a frame.
inline constexpr uint8_t kFrameBoot = 1;    // taken at the time of the snapshot
inline constexpr uint8_t kFrameLazy = 2;    // restored only if marked dirty
inline constexpr uint8_t kFrameWipe = 4;    // reset zeroes and poisons the whole page
inline constexpr uint8_t kFrameEager = 16;  // never lazy, whatever its order
inline constexpr uint8_t kFrameDirty = 8;   // on the list of dirty frames

struct Frame {
  uint32_t head;  // first frame of its block
  FrameKind kind;
  FrameState state;
  uint8_t order;
  uint8_t flags;
  uint32_t epoch;  // of the input that last took it
};

// What is known of a block of pages, kept at its first frame. Slabs do not use it.
struct Block {
  uint64_t offset;     // where the usable bytes begin
  uint64_t requested;  // bytes usable
  bool quiet;
  Stack alloc_stack, free_stack;
};

class PageAllocator {
 public:
  explicit PageAllocator(RunState& run);

  // Takes a block: metadata only, its memory stays poisoned. `guard` leaves a free page behind it while there is
  // room. Returns its first frame, or kNoFrame.
  uint32_t take(unsigned order, unsigned zones, FrameKind kind, bool guard);
  // Gives a live block back: metadata and quarantine only. A boot-time block is kept from reuse until reset.
  void give(uint32_t head);

  // A block of kPages or kLarge with its first `requested` bytes usable and filled. kNoFrame: out of memory.
  uint32_t alloc(unsigned order, unsigned zones, unsigned flags, FrameKind kind, uint64_t requested,
                 const void* caller_frame);
  // Poisons and gives back a live block of kPages or kLarge.
  void free(uint32_t head, const void* caller_frame);
  // Turns a live kPages block into single pages.
  void split(uint32_t head);
  // Makes [offset, offset + size) of a live block, made since the snapshot, all that is usable. offset: whole 8 bytes.
  void trim(uint32_t head, uint64_t offset, uint64_t size);
  // Changes the usable bytes of a live block.
  void resize(uint32_t head, uint64_t requested);

  Frame& frame(uint32_t index) { return frames_[index]; }
  Block& block(uint32_t head) { return blocks_[head]; }
  // True if the frame cannot be had: taken or quarantined.
  bool is_busy(uint32_t frame) const;
  // Asks for reset to zero and poison these frames, which no longer are what their log entries say.
  void wipe_at_reset(uint32_t head, unsigned order);

  void clear();
  // Makes the present state the one that reset() returns to.
  void snapshot();
  void reset();
  // Calls f(head) for each live block of pages (not slab) made since the snapshot, in the order of first use.
  template <typename F>
  void for_each_live_since_snapshot(F f) {
    for (uint32_t i = 0; i < touched_count_; ++i) {
      uint32_t index = touched_[i];
      const Frame& fr = frames_[index];
      if (fr.head == index && fr.state == FrameState::kLive && fr.kind != FrameKind::kSlab) f(index);
    }
  }

 private:
  struct Zone {
    static constexpr uint32_t kWords = 8192 / 64;
    const Bank* bank;
    uint64_t origin;  // frame number of bit 0: the bank's start, rounded down to the largest block
    uint32_t bits, cursor;
    uint64_t busy[kWords];  // bit set: taken, quarantined, or not in the bank
    // Quarantine: heads in the order of freeing.
    uint32_t* ring;
    uint32_t ring_first, ring_count, ring_frames;
  };
  enum class Op : uint8_t { kFree, kSplit, kResize };
  struct Undo {
    uint32_t head;
    uint8_t order;
    Op op;
    uint64_t requested;
  };

  uint32_t frame_of_bit(const Zone& zone, uint32_t bit) const {
    return zone.bank->first_frame + static_cast<uint32_t>(zone.origin + bit - zone.bank->first_pfn());
  }
  uint32_t bit_of_frame(const Zone& zone, uint32_t frame) const {
    return static_cast<uint32_t>(zone.bank->first_pfn() - zone.origin) + (frame - zone.bank->first_frame);
  }
  Zone& zone_of(uint32_t frame) { return zones_[bank_index_of_frame(frame)]; }
  static uint32_t find(const Zone& zone, unsigned order, uint32_t from);
  static void mark(Zone& zone, uint32_t bit, uint32_t count, bool busy);
  void release_oldest(Zone& zone);
  void log(uint32_t head, Op op);
  void undo(const Undo& entry);
  void init_zone(Zone& zone);

  RunState& run_;
  Frame* frames_;
  Block* blocks_;
  Zone zones_[kBanks.size()];
  uint32_t boot_cursor_[kBanks.size()];
  // Frames that the input took, each once.
  uint32_t* touched_;
  uint32_t touched_count_ = 0;
  // What the input did to boot-time blocks.
  Undo* undo_;
  uint32_t undo_count_ = 0;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_PAGE_ALLOCATOR_H_
