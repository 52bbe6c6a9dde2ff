// SPDX-License-Identifier: GPL-2.0-only
//
// vmap: frames mapped again, side by side, in a window of their own; the alias has its own shadow.
// Mappings stay in place when an area is given up (only the shadow changes), so the same input maps nothing twice. The
// window's end shows all frames in their order, for good: areas of neighbouring frames are taken there as a rule, and
// cost no system call.
#ifndef DMAFUZZ_MEMORY_VMAP_H_
#define DMAFUZZ_MEMORY_VMAP_H_

#include <cstddef>
#include <cstdint>

#include "memory/arena.h"
#include "memory/run_state.h"
#include "memory/stack.h"

namespace dmafuzz {

// An alias area, kept at the window page where it starts. kNever: no area starts there.
struct VmapArea {
  enum class State : uint8_t { kNever, kLive, kFreed };
  uint32_t count;      // pages
  uint32_t log_count;  // most pages of an area that started here in this input
  uint32_t epoch;
  State state;
  bool boot;
  Stack alloc_stack, free_stack;
};

class Vmap {
 public:
  static constexpr uint32_t kPages = HOST_VMAP_SIZE >> HOST_PAGE_SHIFT;
  // Where the window shows frame 0 for good; a page after the last frame is left for its guard.
  static constexpr uint32_t kMirror = kPages - kFrames - 1;
  static_assert(kPages > kFrames + 1);
  static constexpr uint32_t kNoPage = ~0u;

  explicit Vmap(RunState& run);
  // Takes the window's addresses and the memfd that the frames are in.
  void map(int fd);

  // Aliases of the frames (frame numbers), in order; a page that is never mapped follows. Null: the window is full.
  void* create(const uint32_t* frames, uint32_t count, const void* caller_frame);
  // Gives up the live area that starts at this window page.
  void destroy(uint32_t page, const void* caller_frame);

  // Window page of an address; kNoPage outside of the window.
  static uint32_t page_of(const void* address) {
    uint64_t offset = reinterpret_cast<uint64_t>(address) - HOST_VMAP_BASE;
    return offset < HOST_VMAP_SIZE ? static_cast<uint32_t>(offset >> HOST_PAGE_SHIFT) : kNoPage;
  }
  static char* page_address(uint32_t page) {
    return reinterpret_cast<char*>(HOST_VMAP_BASE) + (size_t{page} << HOST_PAGE_SHIFT);
  }
  // First page of the last area that covered this page (live or not), or kNoPage.
  uint32_t area_page(uint32_t page) const { return start_[page] ? start_[page] - 1 : kNoPage; }
  VmapArea& area(uint32_t page) { return areas_[page]; }
  // Frame behind a page of a live area, or kNoFrame.
  uint32_t frame_behind(uint32_t page) const;

  // Calls f(frame) for each that has an address in a live area. Looks through the whole window.
  template <typename F>
  void each_live_frame(F f) const {
    for (uint32_t page = 0; page < kPages; ++page) {
      if (!used_[page]) continue;
      if (const uint32_t frame = frame_behind(page); frame != kNoFrame) f(frame);
    }
  }

  void clear();
  void snapshot();
  void reset();
  template <typename F>
  void for_each_live_since_snapshot(F f) {
    for (uint32_t i = 0; i < log_count_; ++i) {
      const VmapArea& a = areas_[log_[i]];
      if (a.state == VmapArea::State::kLive && !a.boot) f(log_[i]);
    }
  }

 private:
  void map_mirror();
  // Where frames that are neighbours are shown for good, if nothing has been there yet in this input; else kNoPage.
  uint32_t find_mirrored(const uint32_t* frames, uint32_t count) const;
  // The first run of `pages` unused pages in [from, kMirror), or kNoPage.
  uint32_t find(uint32_t pages, uint32_t from) const;
  void note(uint32_t page);

  RunState& run_;
  int fd_ = -1;
  VmapArea* areas_;
  uint32_t* start_;   // first page of the area + 1
  uint32_t* mapped_;  // frame that the page tables have there + 1
  uint8_t* used_;     // 1: in a live area, its guard, or freed and not reusable yet
  uint32_t cursor_ = 0, boot_cursor_ = 0;
  uint32_t* log_;
  uint32_t log_count_ = 0;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_VMAP_H_
