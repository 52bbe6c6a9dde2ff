// SPDX-License-Identifier: GPL-2.0-only
//
// Snapshot and reset of contents. Live bytes of boot are copied back at each reset, large blocks only page by page
// where they were marked dirty; pages the input took are zeroed by the allocators, as never-taken pages are.
#include <algorithm>

#include "host.h"
#include "memory/memory.h"
#include "memory/raw.h"
#include "memory/shadow.h"

namespace dmafuzz {
namespace {

// Copying some bytes more is cheaper than another copy.
constexpr size_t kMergeGap = 256;
// Resets after which all watched pages count as unwritten again: an odd input must not make each later one slower.
constexpr uint32_t kCoolsAfter = 512;

}  // namespace

void Memory::add_range(char* start, size_t size) {
  if (!size) return;
  uint32_t frame = frame_of_address(start);
  const char* saved = image_ + (size_t{image_of_[frame]} - 1) * kPageSize + (start - frame_address(frame));
  if (range_count_) {
    Range& last = ranges_[range_count_ - 1];
    size_t end = last.size;
    // Neighbours in the arena are neighbours in the image if all pages between are saved.
    if (start - last.start == saved - last.saved && static_cast<size_t>(start - last.start) <= end + kMergeGap) {
      last.size = static_cast<size_t>(start - last.start) + size;
      return;
    }
  }
  ranges_[range_count_++] = {start, saved, size};
}

void Memory::save_frames() {
  uint32_t count = 0;
  for (uint32_t i = 0; i < kFrames; ++i) {
    const Frame& fr = pages_.frame(i);
    image_of_[i] = fr.state == FrameState::kLive ? ++count : 0;
  }
  if (image_) raw::release(image_, image_size_);
  image_size_ = (size_t{count} + 1) * kPageSize;
  image_ = static_cast<char*>(raw::reserve(image_size_));
  range_count_ = 0;
  for (uint32_t i = 0; i < kFrames; ++i) {
    if (!image_of_[i]) continue;
    raw::copy(image_ + (size_t{image_of_[i]} - 1) * kPageSize, frame_address(i), kPageSize);
    const Frame& fr = pages_.frame(i);
    if (fr.head != i || (fr.flags & kFrameLazy)) continue;
    if (fr.kind != FrameKind::kSlab) {
      add_range(frame_address(i) + pages_.block(i).offset, pages_.block(i).requested);
      continue;
    }
    const Slab& slab = slab_.slab(i);
    for (uint32_t j = 0; j < slab.slots; ++j) {
      if (slab.live.test(j)) add_range(SlabAllocator::slot_address(i, slab.slot, j), slab_.slot(i, j).requested);
    }
  }
}

void Memory::snapshot() {
  watch_.stop();
  for (uint32_t i = 0; i < dirty_count_; ++i) {
    // What a device wrote to pages that nobody had.
    uint32_t frame = dirty_[i];
    Frame& fr = pages_.frame(frame);
    fr.flags &= static_cast<uint8_t>(~kFrameDirty);
    if (fr.state == FrameState::kNever) raw::fill(frame_address(frame), 0, kPageSize);
  }
  dirty_count_ = 0;
  pages_.snapshot();
  slab_.snapshot();
  vmap_.snapshot();
  save_frames();
  boot_knobs_ = run_.knobs;
  run_.fail_fired = false;
  run_.live = {};
  run_.armed = true;
  ++run_.epoch;
  snapshot_taken_ = true;
}

void Memory::restore_dirty() {
  for (uint32_t i = 0; i < dirty_count_; ++i) {
    uint32_t frame = dirty_[i];
    Frame& fr = pages_.frame(frame);
    fr.flags &= static_cast<uint8_t>(~kFrameDirty);
    char* start = frame_address(frame);
    if (image_of_[frame]) {
      raw::copy(start, image_ + (size_t{image_of_[frame]} - 1) * kPageSize, kPageSize);
    } else {
      raw::fill(start, 0, kPageSize);
    }
  }
  dirty_count_ = 0;
}

void Memory::watch_writes() {
  if (!first_range_) first_range_ = raw::table<uint32_t>(kFrames);
  // Of a frame in which nothing lives there is nothing to look for.
  std::fill_n(first_range_, kFrames, range_count_);
  for (uint32_t i = range_count_; i-- > 0;) {
    const uint32_t first = frame_of_address(ranges_[i].start);
    const uint32_t last = frame_of_address(ranges_[i].start + ranges_[i].size - 1);
    for (uint32_t frame = first; frame <= last; ++frame) first_range_[frame] = i;
  }
  for (uint32_t i = 0; i < kFrames; ++i) {
    if (image_of_[i] && !(pages_.frame(i).flags & kFrameLazy)) watch_.add(i);
  }
  // What has a second address could be written there.
  aliased_.clear();
  vmap_.each_live_frame([this](uint32_t frame) { aliased_.push_back(frame); });
  watch_again();
}

void Memory::watch_again() {
  watch_.protect();
  for (const uint32_t frame : aliased_) watch_.heat(frame);
}

void Memory::restore_frame(uint32_t frame) {
  char* const start = frame_address(frame);
  char* const end = start + kPageSize;
  for (uint32_t i = first_range_[frame]; i < range_count_ && ranges_[i].start < end; ++i) {
    char* const from = std::max(ranges_[i].start, start);
    char* const to = std::min(ranges_[i].start + ranges_[i].size, end);
    if (from < to) raw::copy(from, ranges_[i].saved + (from - ranges_[i].start), static_cast<size_t>(to - from));
  }
}

// That nothing was written unseen is checked all the time, a page at each reset.
void Memory::audit_one() {
  const auto watched = watch_.watched();
  if (watched.empty()) return;
  const uint32_t frame = watched[resets_ % watched.size()];
  const char* saved = image_ + (size_t{image_of_[frame]} - 1) * kPageSize;
  if (watch_.cold(frame) && !raw::equal(frame_address(frame), saved, kPageSize)) {
    host_panic("memory: a page was written unseen");
  }
}

void Memory::restore_ranges() {
  if (!watch_.active()) {
    for (uint32_t i = 0; i < range_count_; ++i) raw::copy(ranges_[i].start, ranges_[i].saved, ranges_[i].size);
    return;
  }
  for (const uint32_t frame : watch_.hot()) restore_frame(frame);
  audit_one();
  if (++resets_ % kCoolsAfter) return;
  // Whole, as what lies between objects must be as saved too, for the audit.
  for (const uint32_t frame : watch_.hot()) {
    raw::copy(frame_address(frame), image_ + (size_t{image_of_[frame]} - 1) * kPageSize, kPageSize);
  }
  watch_again();
}

void Memory::reset() {
  if (!snapshot_taken_) host_panic("memory: reset without a snapshot");
  slab_.reset();
  vmap_.reset();
  restore_dirty();
  pages_.reset();
  restore_ranges();
  run_.knobs = boot_knobs_;
  run_.fail_fired = false;
  run_.live = {};
  if (!++run_.epoch) run_.epoch = 1;
}

void Memory::clear() {
  watch_.stop();
  run_.armed = false;
  run_.knobs = {};
  run_.live = {};
  run_.fail_fired = false;
  run_.epoch = 1;
  pages_.clear();
  slab_.clear();
  vmap_.clear();
  arena_.clear();
  raw::drop(image_of_, kFrames * sizeof(uint32_t));
  range_count_ = dirty_count_ = 0;
  snapshot_taken_ = false;
}

void Memory::keep_eager(const void* start) {
  uint32_t frame = frame_of_address(start);
  if (frame == kNoFrame || pages_.frame(frame).state != FrameState::kLive) return;
  uint32_t head = pages_.frame(frame).head;
  for (uint32_t i = head; i < head + (1u << pages_.frame(head).order); ++i) pages_.frame(i).flags |= kFrameEager;
}

std::string Memory::check_lazy_blocks() {
  for (uint32_t i = 0; i < kFrames; ++i) {
    uint8_t flags = pages_.frame(i).flags;
    if (!(flags & kFrameLazy) || (flags & kFrameDirty)) continue;
    const char* saved = image_ + (size_t{image_of_[i]} - 1) * kPageSize;
    for (size_t j = 0; j < kPageSize; ++j) {
      if (raw::load(frame_address(i) + j) != raw::load(saved + j)) return describe_text(frame_address(i) + j);
    }
  }
  return "";
}

std::vector<Description> Memory::list_live_since_snapshot() {
  std::vector<Description> list;
  if (!snapshot_taken_) return list;
  slab_.for_each_live_since_snapshot([&](const SlotRef& ref) {
    list.push_back(describe(SlabAllocator::slot_address(ref.head, slab_.slab(ref.head).slot, ref.index)));
  });
  pages_.for_each_live_since_snapshot([&](uint32_t head) { list.push_back(describe(frame_address(head))); });
  vmap_.for_each_live_since_snapshot([&](uint32_t page) { list.push_back(describe(Vmap::page_address(page))); });
  return list;
}

}  // namespace dmafuzz
