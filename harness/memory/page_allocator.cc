// SPDX-License-Identifier: GPL-2.0-only
//
// Page allocator: one bitmap and one cursor a bank. The cursor makes freed pages come back late,
// the quarantine makes them come back only when nothing else is left (or too much is held).
#include "memory/page_allocator.h"

#include <bit>

#include "host.h"
#include "memory/raw.h"
#include "memory/shadow.h"

namespace dmafuzz {
namespace {

// More than this share of a bank is not held in quarantine.
constexpr uint32_t kQuarantineShare = 4;
// In one input a boot-time block can be split once, resized once (as far as the log goes), and its frames freed once.
constexpr uint32_t kUndoCapacity = 3 * kFrames;

constexpr uint64_t kBlockFrames = uint64_t{1} << kMaxOrder;

}  // namespace

PageAllocator::PageAllocator(RunState& run)
    : run_(run),
      frames_(raw::table<Frame>(kFrames)),
      blocks_(raw::table<Block>(kFrames)),
      touched_(raw::table<uint32_t>(kFrames)),
      undo_(raw::table<Undo>(kUndoCapacity)) {
  for (size_t i = 0; i < kBanks.size(); ++i) {
    zones_[i].bank = &kBanks[i];
    zones_[i].ring = raw::table<uint32_t>(kBanks[i].frames());
    init_zone(zones_[i]);
    boot_cursor_[i] = zones_[i].cursor;
  }
}

void PageAllocator::init_zone(Zone& zone) {
  const Bank& bank = *zone.bank;
  zone.origin = bank.first_pfn() & ~(kBlockFrames - 1);
  uint64_t end = (bank.first_pfn() + bank.frames() + kBlockFrames - 1) & ~(kBlockFrames - 1);
  zone.bits = static_cast<uint32_t>(end - zone.origin);
  if (zone.bits > Zone::kWords * 64) host_panic("memory: a bank is larger than its bitmap");
  auto first = static_cast<uint32_t>(bank.first_pfn() - zone.origin);
  mark(zone, 0, zone.bits, true);
  mark(zone, first, bank.frames(), false);
  zone.cursor = first;
  zone.ring_first = zone.ring_count = zone.ring_frames = 0;
}

void PageAllocator::clear() {
  raw::drop(frames_, kFrames * sizeof(Frame));
  raw::drop(blocks_, kFrames * sizeof(Block));
  for (size_t i = 0; i < kBanks.size(); ++i) {
    init_zone(zones_[i]);
    boot_cursor_[i] = zones_[i].cursor;
  }
  touched_count_ = undo_count_ = 0;
}

void PageAllocator::mark(Zone& zone, uint32_t bit, uint32_t count, bool busy) {
  while (count) {
    uint32_t shift = bit & 63;
    uint32_t part = 64 - shift < count ? 64 - shift : count;
    uint64_t mask = (part == 64 ? ~uint64_t{0} : (uint64_t{1} << part) - 1) << shift;
    if (busy) {
      zone.busy[bit >> 6] |= mask;
    } else {
      zone.busy[bit >> 6] &= ~mask;
    }
    bit += part;
    count -= part;
  }
}

// The first aligned run of 2^order clear bits that starts at or after `from`; ~0u if there is none.
uint32_t PageAllocator::find(const Zone& zone, unsigned order, uint32_t from) {
  uint32_t words = zone.bits / 64;
  if (order >= 6) {
    uint32_t step = 1u << (order - 6);
    for (uint32_t w = ((from + 63) / 64 + step - 1) & ~(step - 1); w + step <= words; w += step) {
      uint64_t any = 0;
      for (uint32_t i = 0; i < step; ++i) any |= zone.busy[w + i];
      if (!any) return w * 64;
    }
    return ~0u;
  }
  // Bits where an aligned block may start.
  static constexpr uint64_t kAligned[6] = {~0ull,
                                           0x5555555555555555ull,
                                           0x1111111111111111ull,
                                           0x0101010101010101ull,
                                           0x0001000100010001ull,
                                           0x0000000100000001ull};
  uint64_t mask = ~uint64_t{0} << (from & 63);
  for (uint32_t w = from / 64; w < words; ++w, mask = ~uint64_t{0}) {
    uint64_t clear = ~zone.busy[w] & mask;
    // After step i a bit says that 2^(i+1) bits from it on are clear.
    for (unsigned i = 0; i < order; ++i) clear &= clear >> (1u << i);
    clear &= kAligned[order];
    if (clear) return w * 64 + static_cast<uint32_t>(std::countr_zero(clear));
  }
  return ~0u;
}

void PageAllocator::release_oldest(Zone& zone) {
  uint32_t head = zone.ring[zone.ring_first];
  if (++zone.ring_first == zone.bank->frames()) zone.ring_first = 0;
  --zone.ring_count;
  uint32_t count = 1u << frames_[head].order;
  zone.ring_frames -= count;
  mark(zone, bit_of_frame(zone, head), count, false);
}

uint32_t PageAllocator::take(unsigned order, unsigned zones, FrameKind kind, bool guard) {
  if (order > kMaxOrder) return kNoFrame;
  uint32_t count = 1u << order;
  for (size_t z = kBanks.size(); z-- > 0;) {
    Zone& zone = zones_[z];
    if (!(zones & zone.bank->zone)) continue;
    uint32_t bit = find(zone, order, zone.cursor);
    if (bit == ~0u) bit = find(zone, order, 0);
    while (bit == ~0u && zone.ring_count) {
      release_oldest(zone);
      bit = find(zone, order, 0);
    }
    if (bit == ~0u) continue;

    mark(zone, bit, count, true);
    zone.cursor = bit + count + (guard ? 1 : 0);
    if (zone.cursor >= zone.bits) zone.cursor = 0;
    uint32_t head = frame_of_bit(zone, bit);
    bool log = run_.armed;
    for (uint32_t i = head; i < head + count; ++i) {
      Frame& fr = frames_[i];
      if (log && fr.epoch != run_.epoch) touched_[touched_count_++] = i;
      // Flags outlive a block: wiping and dirt are matters of the page.
      fr = {.head = head,
            .kind = kind,
            .state = FrameState::kLive,
            .order = static_cast<uint8_t>(order),
            .flags = static_cast<uint8_t>((fr.flags & ~kFrameEager) | (kind == FrameKind::kSlab ? 0 : kFrameWipe)),
            .epoch = log ? run_.epoch : 0};
    }
    return head;
  }
  return kNoFrame;
}

void PageAllocator::log(uint32_t head, Op op) {
  if (undo_count_ == kUndoCapacity) host_panic("memory: too many changes of boot-time pages in one input");
  undo_[undo_count_++] = {head, frames_[head].order, op, blocks_[head].requested};
}

void PageAllocator::give(uint32_t head) {
  Frame& fr = frames_[head];
  uint32_t count = 1u << fr.order;
  for (uint32_t i = head; i < head + count; ++i) frames_[i].state = FrameState::kFreed;
  if (run_.armed && (fr.flags & kFrameBoot)) return;
  Zone& zone = zone_of(head);
  uint32_t slot = zone.ring_first + zone.ring_count;
  if (slot >= zone.bank->frames()) slot -= zone.bank->frames();
  zone.ring[slot] = head;
  ++zone.ring_count;
  zone.ring_frames += count;
  while (zone.ring_frames > zone.bank->frames() / kQuarantineShare) release_oldest(zone);
}

uint32_t PageAllocator::alloc(unsigned order, unsigned zones, unsigned flags, FrameKind kind, uint64_t requested,
                              const void* caller_frame) {
  uint32_t head = take(order, zones, kind, !run_.knobs.dense);
  if (head == kNoFrame) return head;
  Block& block = blocks_[head];
  block.offset = 0;
  block.requested = requested;
  block.quiet = flags & HOST_ALLOC_QUIET;
  block.free_stack.count = 0;
  take_stack(block.alloc_stack, caller_frame);
  char* start = frame_address(head);
  shadow::allow(start, requested, kPageSize << order);
  run_.fill(start, requested, flags & HOST_ALLOC_ZERO);
  if (run_.armed) ++run_.live.blocks;
  return head;
}

void PageAllocator::free(uint32_t head, const void* caller_frame) {
  Frame& fr = frames_[head];
  take_stack(blocks_[head].free_stack, caller_frame);
  shadow::poison(frame_address(head), kPageSize << fr.order, shadow::kFreed);
  if (run_.armed) {
    if (fr.flags & kFrameBoot) {
      log(head, Op::kFree);
      ++run_.live.boot_freed;
    } else {
      --run_.live.blocks;
    }
  }
  give(head);
}

void PageAllocator::split(uint32_t head) {
  uint32_t count = 1u << frames_[head].order;
  bool boot = frames_[head].flags & kFrameBoot;
  if (run_.armed && boot) log(head, Op::kSplit);
  Block& block = blocks_[head];
  block.requested = kPageSize;
  for (uint32_t i = head; i < head + count; ++i) {
    frames_[i].head = i;
    frames_[i].order = 0;
    if (i != head) blocks_[i] = block;
  }
  if (run_.armed && !boot) run_.live.blocks += count - 1;
}

void PageAllocator::trim(uint32_t head, uint64_t offset, uint64_t size) {
  const uint64_t room = kPageSize << frames_[head].order;
  char* start = frame_address(head);
  shadow::poison(start, offset, shadow::kRedZone);
  shadow::allow(start + offset, size, room - offset);
  blocks_[head].offset = offset;
  blocks_[head].requested = size;
}

void PageAllocator::resize(uint32_t head, uint64_t requested) {
  Frame& fr = frames_[head];
  Block& block = blocks_[head];
  if (run_.armed && (fr.flags & kFrameBoot) && fr.epoch != run_.epoch) {
    fr.epoch = run_.epoch;  // the first change says what to go back to
    log(head, Op::kResize);
  }
  char* start = frame_address(head);
  if (requested > block.requested) run_.fill(start + block.requested, requested - block.requested, false);
  shadow::allow(start, requested, kPageSize << fr.order);
  block.requested = requested;
}

bool PageAllocator::is_busy(uint32_t frame) const {
  const Zone& zone = zones_[bank_index_of_frame(frame)];
  uint32_t bit = bit_of_frame(zone, frame);
  return zone.busy[bit >> 6] >> (bit & 63) & 1;
}

void PageAllocator::wipe_at_reset(uint32_t head, unsigned order) {
  for (uint32_t i = head; i < head + (1u << order); ++i) frames_[i].flags |= kFrameWipe;
}

void PageAllocator::snapshot() {
  for (uint32_t i = 0; i < kFrames; ++i) {
    Frame& fr = frames_[i];
    if (fr.state == FrameState::kNever) continue;
    if (!is_busy(i)) {
      // Freed so long ago that it may be reused: as if it had never been taken.
      raw::fill(frame_address(i), 0, kPageSize);
      shadow::poison(frame_address(i), kPageSize, shadow::kRedZone);
      fr = {};
      continue;
    }
    // What was taken since an earlier snapshot is written with ordinary stores: nobody marks it dirty.
    const bool since = run_.armed && !(fr.flags & kFrameBoot);
    fr.flags = kFrameBoot | (since ? kFrameEager : fr.flags & kFrameEager);
    fr.epoch = 0;
    if (fr.state == FrameState::kFreed) {
      // Stays in quarantine for good: stale pointers of boot are still caught, and inputs see the same free pages.
      raw::fill(frame_address(i), 0, kPageSize);
    } else if (fr.kind != FrameKind::kSlab && fr.order >= 4 && !(fr.flags & kFrameEager)) {
      fr.flags |= kFrameLazy;
    }
  }
  for (size_t i = 0; i < kBanks.size(); ++i) {
    zones_[i].ring_first = zones_[i].ring_count = zones_[i].ring_frames = 0;
    boot_cursor_[i] = zones_[i].cursor;
  }
  touched_count_ = undo_count_ = 0;
}

void PageAllocator::undo(const Undo& entry) {
  uint32_t count = 1u << entry.order;
  blocks_[entry.head].requested = entry.requested;
  for (uint32_t i = entry.head; i < entry.head + count; ++i) {
    Frame& fr = frames_[i];
    fr.head = entry.head;
    fr.order = entry.order;
    fr.state = FrameState::kLive;
  }
  if (entry.op != Op::kSplit) {
    const uint64_t offset = blocks_[entry.head].offset;
    char* start = frame_address(entry.head);
    shadow::poison(start, offset, shadow::kRedZone);
    shadow::allow(start + offset, entry.requested, (kPageSize << entry.order) - offset);
  }
}

void PageAllocator::reset() {
  while (undo_count_) undo(undo_[--undo_count_]);
  for (uint32_t i = 0; i < touched_count_;) {
    // Frames of a block are neighbours in the list: wipe them in one go.
    uint32_t first = touched_[i];
    bool wipe = frames_[first].flags & kFrameWipe;
    size_t bank = bank_index_of_frame(first);
    uint32_t count = 0;
    do {
      frames_[first + count] = {};
      ++count;
      ++i;
    } while (i < touched_count_ && touched_[i] == first + count && bank_index_of_frame(first + count) == bank &&
             static_cast<bool>(frames_[first + count].flags & kFrameWipe) == wipe);
    Zone& zone = zones_[bank];
    mark(zone, bit_of_frame(zone, first), count, false);
    if (wipe) {
      raw::fill(frame_address(first), 0, count * kPageSize);
      shadow::poison(frame_address(first), count * kPageSize, shadow::kRedZone);
    }
  }
  touched_count_ = 0;
  for (size_t i = 0; i < kBanks.size(); ++i) {
    Zone& zone = zones_[i];
    zone.ring_first = zone.ring_count = zone.ring_frames = 0;
    zone.cursor = boot_cursor_[i];
  }
}

}  // namespace dmafuzz
