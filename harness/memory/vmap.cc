// SPDX-License-Identifier: GPL-2.0-only
//
// vmap window: addresses go upwards and are reused only after the window has been used up once,
// which makes stale aliases easy to catch. System calls happen only for pages not yet mapped as wanted.
#include "memory/vmap.h"

#include <sys/mman.h>

#include <algorithm>

#include "memory/raw.h"
#include "memory/shadow.h"

namespace dmafuzz {
namespace {

// Whether two frames are neighbours in the arena's file as well.
bool follows(uint32_t frame, uint32_t next) {
  return next == frame + 1 && bank_index_of_frame(next) == bank_index_of_frame(frame);
}

}  // namespace

Vmap::Vmap(RunState& run)
    : run_(run),
      areas_(raw::table<VmapArea>(kPages)),
      start_(raw::table<uint32_t>(kPages)),
      mapped_(raw::table<uint32_t>(kPages)),
      used_(raw::table<uint8_t>(kPages)),
      log_(raw::table<uint32_t>(kPages)) {}

void Vmap::map(int fd) {
  fd_ = fd;
  void* want = page_address(0);
  void* got =
      mmap(want, HOST_VMAP_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != want) host_panic("memory: the address range of the vmap window is taken");
  map_mirror();
}

void Vmap::map_mirror() {
  for (const Bank& bank : kBanks) {
    if (mmap(page_address(kMirror + bank.first_frame), bank.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd_,
             static_cast<off_t>(Arena::file_offset_of_frame(bank.first_frame))) == MAP_FAILED) {
      host_panic("memory: the frames cannot be mapped a second time");
    }
  }
  for (uint32_t i = 0; i < kFrames; ++i) mapped_[kMirror + i] = i + 1;
}

void Vmap::clear() {
  raw::drop(areas_, kPages * sizeof(VmapArea));
  raw::drop(start_, kPages * sizeof(uint32_t));
  raw::drop(mapped_, kPages * sizeof(uint32_t));
  raw::drop(used_, kPages);
  mmap(page_address(0), HOST_VMAP_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  map_mirror();
  cursor_ = boot_cursor_ = log_count_ = 0;
}

uint32_t Vmap::find_mirrored(const uint32_t* frames, uint32_t count) const {
  for (uint32_t i = 0; i <= count; ++i) {
    if (i < count && frames[i] != frames[0] + i) return kNoPage;
    if (used_[kMirror + frames[0] + i]) return kNoPage;
  }
  return kMirror + frames[0];
}

uint32_t Vmap::find(uint32_t pages, uint32_t from) const {
  uint32_t run = 0;
  for (uint32_t i = from; i < kMirror; ++i) {
    run = used_[i] ? 0 : run + 1;
    if (run == pages) return i + 1 - pages;
  }
  return kNoPage;
}

void Vmap::note(uint32_t page) {
  VmapArea& a = areas_[page];
  if (!run_.armed || a.epoch == run_.epoch) return;
  a.epoch = run_.epoch;
  a.log_count = 0;
  log_[log_count_++] = page;
}

void* Vmap::create(const uint32_t* frames, uint32_t count, const void* caller_frame) {
  if (!count || count >= kPages) return nullptr;
  uint32_t page = find_mirrored(frames, count);
  const bool mirrored = page != kNoPage;
  if (!mirrored) page = find(count + 1, cursor_);
  if (page == kNoPage) {
    // Used up: areas given up (other than boot-time ones that reset brings back) are free again.
    for (uint32_t i = 0; i < kPages; ++i) {
      if (!used_[i] || !start_[i]) continue;
      const VmapArea& a = areas_[start_[i] - 1];
      if (a.state != VmapArea::State::kLive && !a.boot) used_[i] = 0;
    }
    page = find(count + 1, 0);
    if (page == kNoPage) return nullptr;
  }
  raw::fill(used_ + page, 1, count + 1);

  for (uint32_t i = 0; i < count;) {
    uint32_t first = i++;
    if (mapped_[page + first] == frames[first] + 1) continue;
    while (i < count && follows(frames[i - 1], frames[i]) && mapped_[page + i] != frames[i] + 1) ++i;
    void* got = mmap(page_address(page + first), size_t{i - first} << HOST_PAGE_SHIFT, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd_,
                     static_cast<off_t>(Arena::file_offset_of_frame(frames[first])));
    if (got == MAP_FAILED) {
      // The system allows so many mappings (about 65,000) and no more.
      raw::fill(used_ + page, 0, count + 1);
      shadow::poison(page_address(page), count * kPageSize, shadow::kRedZone);
      return nullptr;
    }
    for (uint32_t j = first; j < i; ++j) mapped_[page + j] = frames[j] + 1;
  }

  if (!mirrored) cursor_ = page + count + 1;
  note(page);
  VmapArea& a = areas_[page];
  a.count = count;
  a.log_count = std::max(a.log_count, count);
  a.state = VmapArea::State::kLive;
  a.boot = false;
  a.free_stack.count = 0;
  take_stack(a.alloc_stack, caller_frame);
  for (uint32_t i = 0; i <= count; ++i) start_[page + i] = page + 1;
  shadow::allow(page_address(page), count * kPageSize, count * kPageSize);
  // Also where the guard page is not mapped: an overflow, no mere fault. (And an earlier input may have mapped it.)
  shadow::poison(page_address(page + count), kPageSize, shadow::kRedZone);
  if (run_.armed) ++run_.live.aliases;
  return page_address(page);
}

void Vmap::destroy(uint32_t page, const void* caller_frame) {
  VmapArea& a = areas_[page];
  note(page);
  a.state = VmapArea::State::kFreed;
  take_stack(a.free_stack, caller_frame);
  shadow::poison(page_address(page), a.count * kPageSize, shadow::kFreed);
  if (!run_.armed) return;
  if (a.boot) {
    ++run_.live.boot_freed;
  } else {
    --run_.live.aliases;
  }
}

uint32_t Vmap::frame_behind(uint32_t page) const {
  uint32_t first = area_page(page);
  if (first == kNoPage) return kNoFrame;
  const VmapArea& a = areas_[first];
  if (a.state != VmapArea::State::kLive || page - first >= a.count) return kNoFrame;
  return mapped_[page] - 1;
}

void Vmap::snapshot() {
  for (uint32_t page = 0; page < kPages; ++page) {
    if (areas_[page].state == VmapArea::State::kNever) continue;
    areas_[page].boot = true;
    areas_[page].epoch = 0;
  }
  boot_cursor_ = cursor_;
  log_count_ = 0;
}

void Vmap::reset() {
  for (uint32_t i = 0; i < log_count_; ++i) {
    uint32_t page = log_[i];
    VmapArea& a = areas_[page];
    a.epoch = 0;
    if (a.boot) {
      a.state = VmapArea::State::kLive;
      shadow::allow(page_address(page), a.count * kPageSize, a.count * kPageSize);
      continue;
    }
    a.state = VmapArea::State::kNever;
    // log_count says how far areas that started here ever reached.
    for (uint32_t j = 0; j <= a.log_count; ++j) start_[page + j] = 0;
    raw::fill(used_ + page, 0, a.log_count + 1);
    shadow::poison(page_address(page), (a.log_count + 1) * kPageSize, shadow::kRedZone);
  }
  log_count_ = 0;
  cursor_ = boot_cursor_;
}

}  // namespace dmafuzz
