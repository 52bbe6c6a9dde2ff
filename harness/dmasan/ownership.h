// SPDX-License-Identifier: GPL-2.0-only
// Who owns each byte of a streaming mapping, and what was written since it changed hands: byte by byte, found by
// physical address from the CPU's side and by DMA address from the device's.
//
// The rules are those of Documentation/core-api/dma-api.rst, "Part Id - Streaming DMA mappings": the device owns what
// is mapped or synced for it, the CPU what is synced for it or handed out unsynced, until the next sync or unmap.
#ifndef DMAFUZZ_DMASAN_OWNERSHIP_H_
#define DMAFUZZ_DMASAN_OWNERSHIP_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "memory/arena.h"

namespace dmafuzz {

// What is known of a byte; kOwn* of neither kind means that the device owns it.
enum ByteState : uint8_t {
  kDeviceOwned = 0,
  kCpuOwned = 1,
  kCpuWrote = 2,     // and the CPU wrote it since, not handed over yet
  kDeviceWrote = 4,  // and the device wrote it since, behind the CPU's back
  kShared = 8,       // coherent memory: both sides' at any time
};

// States of the bytes 0 .. size - 1 as runs. Always at least one run; neighbours differ.
class ByteRuns {
 public:
  struct Run {
    uint32_t end;  // first byte after it
    uint8_t state;
  };

  void reset(uint32_t size, uint8_t state) { runs_.assign(1, {size, state}); }
  uint32_t size() const { return runs_.back().end; }
  std::span<const Run> runs() const { return runs_; }
  // The states of [lo, hi) become (state & keep) | add.
  void update(uint32_t lo, uint32_t hi, uint8_t keep, uint8_t add);
  // First byte of [lo, hi) whose state `is(state)`, or hi.
  template <typename Is>
  uint32_t find(uint32_t lo, uint32_t hi, Is is) const {
    for (uint32_t at = lo, i = run_of(lo); at < hi && i < runs_.size(); at = runs_[i++].end) {
      if (is(runs_[i].state)) return at;
    }
    return hi;
  }

 private:
  // The run that holds byte `at`, or how many there are. Most mappings have a few; one of a driver's own structure,
  // which it goes on writing, has thousands.
  uint32_t run_of(uint32_t at) const {
    uint32_t first = 0;
    for (auto n = static_cast<uint32_t>(runs_.size()); n;) {
      const uint32_t half = n / 2;
      if (runs_[first + half].end > at) {
        n = half;
      } else {
        first += half + 1;
        n -= half + 1;
      }
    }
    return first;
  }

  std::vector<Run> runs_ = {{0, 0}};
  std::vector<Run> scratch_;
};

// A physically contiguous part of a mapping, and where the device sees it.
struct Piece {
  uint64_t phys = 0;
  uint64_t dma = 0;
  uint32_t size = 0;  // bytes
  uint32_t mapping = 0;
  uint32_t next = 0;   // of the same mapping
  uint32_t index = 0;  // its number
  ByteRuns bytes;
};

class Ownership {
 public:
  static constexpr uint32_t kNone = ~0u;

  Ownership();
  // Adds a part to mapping number `mapping`, whose list of parts starts at `head` (kNone: the first); returns the new
  // head. Memory that is in no bank has no owner: `head` comes back.
  uint32_t add(uint32_t head, uint32_t mapping, uint64_t phys, uint64_t dma, uint64_t size, uint8_t state);
  // Takes out the list of parts.
  void remove(uint32_t head);
  const Piece& at(uint32_t index) const { return *pieces_[index]; }
  // The states of the bytes [lo, hi) of a part that was visited become (state & keep) | add.
  void update(Piece& piece, uint32_t lo, uint32_t hi, uint8_t keep, uint8_t add) {
    note(piece.index);
    piece.bytes.update(lo, hi, keep, add);
  }

  // Whether anything may be known of the page: one load, for the hook of each access.
  bool watches(uint64_t phys) const {
    const uint64_t frame = phys >> kPageShift;
    return frame < watched_.size() && watched_[frame];
  }
  // Calls visit(piece, lo, hi) for each part that overlaps [phys, phys + n), n bytes within one page; lo and hi count
  // from the part's start. visit may not add or remove.
  template <typename Visit>
  void each_at(uint64_t phys, uint64_t n, Visit visit) {
    for (uint32_t node = head_of(phys >> kPageShift); node != kNone; node = nodes_[node].next) {
      if (nodes_[node].frame != phys >> kPageShift) continue;
      Piece& piece = *pieces_[nodes_[node].piece];
      if (phys + n <= piece.phys || phys >= piece.phys + piece.size) continue;
      visit(piece, static_cast<uint32_t>(phys > piece.phys ? phys - piece.phys : 0),
            static_cast<uint32_t>(phys + n < piece.phys + piece.size ? phys + n - piece.phys : piece.size));
    }
  }
  // The same for the parts in the list that overlap [dma, dma + n).
  template <typename Visit>
  void each_of(uint32_t head, uint64_t dma, uint64_t n, Visit visit) {
    for (uint32_t i = head; i != kNone; i = pieces_[i]->next) {
      Piece& piece = *pieces_[i];
      if (dma + n <= piece.dma || dma >= piece.dma + piece.size) continue;
      visit(piece, static_cast<uint32_t>(dma > piece.dma ? dma - piece.dma : 0),
            static_cast<uint32_t>(dma + n < piece.dma + piece.size ? dma + n - piece.dma : piece.size));
    }
  }
  // What is known now is what each reset() comes back to.
  void snapshot();
  // Forgets everything since the snapshot, in time for what was added or changed since.
  void reset();

 private:
  static constexpr unsigned kPageShift = 12;
  static constexpr uint32_t kBuckets = 1u << 10;
  struct Node {
    uint64_t frame;
    uint32_t piece, next;
  };

  static uint32_t bucket(uint64_t frame) { return static_cast<uint32_t>(frame * 0x9e3779b97f4a7c15 >> 54); }
  uint32_t head_of(uint64_t frame) const { return heads_[bucket(frame)]; }
  uint32_t new_piece();
  // Writes down that a part of the snapshot is no longer as it was.
  void note(uint32_t index) {
    if (index >= noted_.size() || noted_[index]) return;
    noted_[index] = true;
    changed_.push_back(index);
  }

  // Parts are kept when they go, with the room of their runs.
  std::vector<std::unique_ptr<Piece>> pieces_;
  std::vector<uint32_t> free_pieces_;
  uint32_t used_ = 0;  // of pieces_; the rest waits for its turn
  std::vector<Node> nodes_;
  uint32_t free_node_ = kNone;
  std::vector<uint32_t> heads_;
  std::vector<uint32_t> touched_;
  std::vector<uint16_t> watched_;  // by physical frame: parts that touch it
  std::vector<uint32_t> watched_frames_;

  // The snapshot, and which of its parts have changed.
  struct Kept {
    std::vector<Piece> pieces;
    std::vector<uint32_t> free_pieces;
    std::vector<Node> nodes;
    uint32_t free_node = kNone;
    std::vector<uint32_t> heads;  // of touched
    std::vector<uint32_t> touched;
    std::vector<uint16_t> watched;  // of watched_frames
    std::vector<uint32_t> watched_frames;
  };
  Kept kept_;
  std::vector<bool> noted_;
  std::vector<uint32_t> changed_;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_OWNERSHIP_H_
