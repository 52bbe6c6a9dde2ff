// SPDX-License-Identifier: GPL-2.0-only
// The CPU's cache as a second copy of memory (design D8).
// The shadow is never cleared: bits say which units of it belong to this input, and the rest reads as stale.
#include "dmasan/cache_model.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <span>

namespace dmafuzz {
namespace {

// The arena may be poisoned and the interceptor of memcpy looks at poison, so bytes of the arena are touched by
// host_copy_raw (which also notes what it dirtied) or by the two plain loads here.
void* arena(uint64_t phys) {
  return phys_to_virt(phys);
}
uint8_t* dram(uint64_t phys) {
  return reinterpret_cast<uint8_t*>(kDramBase + phys);
}

uint8_t* held_copy(uint64_t phys) {
  return reinterpret_cast<uint8_t*>(kHeldBase + phys);
}

void reserve(void* want, uint64_t size) {
  void* got = mmap(want, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got == want) return;
  std::fprintf(stderr, "dmafuzz: no address space at %p for the cache model\n", want);
  std::abort();
}

__attribute__((no_sanitize("address"))) uint8_t arena_byte(uint64_t phys) {
  return *static_cast<volatile const uint8_t*>(arena(phys));
}

// n bytes of the arena against a copy, both 8-byte aligned.
__attribute__((no_sanitize("address"))) bool same(uint64_t phys, const uint8_t* copy, unsigned n) {
  auto* a = static_cast<volatile const uint64_t*>(arena(phys));
  auto* b = reinterpret_cast<volatile const uint64_t*>(copy);
  for (unsigned i = 0; i < n / 8; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

CacheModel::CacheModel() : pages_(kFrames) {
  touched_.reserve(kFrames);
  for (const Bank& bank : kBanks) {
    reserve(dram(bank.base), bank.size);
    reserve(held_copy(bank.base), bank.size);
  }
}

void CacheModel::set_line_size(unsigned bytes) {
  if (bytes == 32 || bytes == 64 || bytes == 128) line_size_ = bytes;
}

CacheModel::Page& CacheModel::touch(uint32_t frame) {
  Page& page = pages_[frame];
  if (!page.listed) {
    page.listed = true;
    touched_.push_back(frame);
  }
  return page;
}

// Visits the parts of the range page by page: visit(page, phys, n). Only pages that are memory.
template <typename Visit>
void CacheModel::each_page(uint64_t phys, uint64_t size, Visit visit) {
  while (size) {
    const uint64_t n = std::min(size, kPageSize - (phys & (kPageSize - 1)));
    const uint32_t frame = frame_of_phys(phys);
    if (frame != kNoFrame) visit(touch(frame), phys, n);
    phys += n;
    size -= n;
  }
}

// The same over the whole lines that the range touches. A line never crosses a page.
template <typename Visit>
void CacheModel::each_page_lines(uint64_t phys, uint64_t size, Visit visit) {
  if (!size) return;
  const uint64_t mask = line_size_ - 1;
  const uint64_t start = phys & ~mask;
  each_page(start, ((phys + size + mask) & ~mask) - start, visit);
}

void CacheModel::write_back(uint64_t phys, uint64_t size) {
  each_page_lines(phys, size, [this](Page& page, uint64_t at, uint64_t n) {
    if (page.uncached) return;
    for (const uint64_t end = at + n; at < end; at += line_size_) {
      const unsigned first = (at & (kPageSize - 1)) >> kUnitShift;
      if (held(page, first) && same(at, held_copy(at), line_size_)) continue;
      host_copy_raw(dram(at), arena(at), line_size_);
      for (unsigned u = first; u < first + (line_size_ >> kUnitShift); u++) {
        mark(page, u);
        set_held(page, u, false);
      }
    }
  });
}

void CacheModel::evict(uint64_t phys, uint64_t size) {
  if (!active_) return;
  write_back(phys, size);
  each_page_lines(phys, size, [](Page& page, uint64_t at, uint64_t n) {
    if (page.uncached) return;
    host_copy_raw(arena(at), dram(at), n);
    for (uint64_t unit = at; unit < at + n; unit += kUnit)
      set_held(page, (unit & (kPageSize - 1)) >> kUnitShift, false);
  });
}

// arm64 cleans for each direction, FROM_DEVICE included, so that bytes which the device does not write survive.
void CacheModel::sync_for_device(uint64_t phys, uint64_t size, int) {
  if (active_) write_back(phys, size);
}

void CacheModel::sync_for_cpu(uint64_t phys, uint64_t size, int dir) {
  if (!active_ || dir == DMAF_TO_DEVICE) return;
  each_page_lines(phys, size, [this](Page& page, uint64_t at, uint64_t n) {
    if (page.uncached) return;
    for (uint64_t end = at + n; at < end; at += kUnit) {
      materialize(page, at);
      set_held(page, (at & (kPageSize - 1)) >> kUnitShift, false);
    }
    host_copy_raw(arena(at - n), dram(at - n), n);
  });
}

// The device is about to write under the line: if the CPU has not written it since it was last in step with DRAM, its
// copy is clean, and stays so until it differs from what it is now.
void CacheModel::hold_if_clean(Page& page, uint64_t line) {
  const unsigned first = (line & (kPageSize - 1)) >> kUnitShift, units = line_size_ >> kUnitShift;
  if (held(page, first)) return;
  for (unsigned u = first; u < first + units; u++) {
    if (!present(page, u)) return;
  }
  if (!same(line, dram(line), line_size_)) return;
  host_copy_raw(held_copy(line), arena(line), line_size_);
  for (unsigned u = first; u < first + units; u++) set_held(page, u, true);
}

// Gives a unit that was never written its stale content, so that it can be copied or written in part.
void CacheModel::materialize(Page& page, uint64_t phys) {
  const unsigned unit = (phys & (kPageSize - 1)) >> kUnitShift;
  if (present(page, unit)) return;
  mark(page, unit);
  const uint64_t start = phys & ~uint64_t{kUnit - 1};
  for (unsigned i = 0; i < kUnit; i++) dram(start)[i] = stale_byte(start + i);
}

void CacheModel::set_uncached(uint64_t phys, uint64_t size, bool on) {
  each_page(phys, size, [this, on](Page& page, uint64_t at, uint64_t) {
    if (page.uncached == on) return;
    page.uncached = on;
    // Cached again: what was written past the cache is in DRAM.
    if (!on) write_back(at & ~(kPageSize - 1), kPageSize);
  });
}

bool CacheModel::uncached(uint64_t phys) const {
  const uint32_t frame = frame_of_phys(phys);
  return frame != kNoFrame && pages_[frame].uncached;
}

void CacheModel::device_read(uint64_t phys, void* dst, size_t n) {
  if (!active_) {
    host_copy_raw(dst, arena(phys), n);
    return;
  }
  auto* out = static_cast<uint8_t*>(dst);
  each_page(phys, n, [&out, this](Page& page, uint64_t at, uint64_t part) {
    if (page.uncached) {
      host_copy_raw(out, arena(at), part);
    } else {
      for (uint64_t u = at & ~uint64_t{kUnit - 1}; u < at + part; u += kUnit) materialize(page, u);
      host_copy_raw(out, dram(at), part);
    }
    out += part;
  });
}

void CacheModel::device_write(uint64_t phys, const void* src, size_t n) {
  if (!active_) {
    host_copy_raw(arena(phys), src, n);
    return;
  }
  auto* in = static_cast<const uint8_t*>(src);
  each_page(phys, n, [&in, this](Page& page, uint64_t at, uint64_t part) {
    if (page.uncached) {
      host_copy_raw(arena(at), in, part);
    } else {
      for (uint64_t line = at & ~uint64_t{line_size_ - 1}; line < at + part; line += line_size_) {
        hold_if_clean(page, line);
      }
      // Units that are written in part need their old content; the others need only the mark.
      materialize(page, at);
      materialize(page, at + part - 1);
      for (uint64_t u = (at + kUnit) & ~uint64_t{kUnit - 1}; u < at + part; u += kUnit)
        mark(page, (u & (kPageSize - 1)) >> kUnitShift);
      host_copy_raw(dram(at), in, part);
    }
    in += part;
  });
}

uint64_t CacheModel::first_difference(uint64_t phys, uint64_t size) const {
  if (!active_) return kNoAddress;
  for (const uint64_t end = phys + size; phys < end;) {
    const uint64_t next = std::min(end, (phys | (kUnit - 1)) + 1);
    const uint32_t frame = frame_of_phys(phys);
    if (frame != kNoFrame && !pages_[frame].uncached) {
      const Page& page = pages_[frame];
      const bool known = present(page, (phys & (kPageSize - 1)) >> kUnitShift);
      if (!known || next - phys != kUnit || !same(phys, dram(phys), kUnit)) {
        for (uint64_t p = phys; p < next; p++) {
          if (arena_byte(p) != (known ? *dram(p) : stale_byte(p))) return p;
        }
      }
    }
    phys = next;
  }
  return kNoAddress;
}

void CacheModel::snapshot() {
  kept_.clear();
  kept_of_.assign(pages_.size(), 0);
  for (uint32_t frame = 0; frame < pages_.size(); ++frame) {
    Page& page = pages_[frame];
    page.listed = false;
    const auto any = [](std::span<const uint64_t> bits) { return std::ranges::any_of(bits, std::identity()); };
    if (!page.uncached && !any(page.present) && !any(page.held)) continue;
    Kept& kept = kept_.emplace_back();
    kept_of_[frame] = static_cast<uint32_t>(kept_.size());
    kept.page = page;
    const uint64_t phys = phys_of_frame(frame);
    std::memcpy(kept.dram, dram(phys), kPageSize);
    std::memcpy(kept.held, held_copy(phys), kPageSize);
  }
  touched_.clear();
}

void CacheModel::reset() {
  for (const uint32_t frame : touched_) {
    Page& page = pages_[frame];
    const uint32_t place = kept_of_.empty() ? 0 : kept_of_[frame];
    if (!place) {
      page = {};
      continue;
    }
    const Kept& kept = kept_[place - 1];
    page = kept.page;
    const uint64_t phys = phys_of_frame(frame);
    std::memcpy(dram(phys), kept.dram, kPageSize);
    std::memcpy(held_copy(phys), kept.held, kPageSize);
  }
  touched_.clear();
  active_ = false;
}

CacheModel& cache_model() {
  static CacheModel model;
  return model;
}

}  // namespace dmafuzz

extern "C" {

void host_sync_for_device(unsigned long long phys, unsigned long size, int dir) {
  dmafuzz::cache_model().sync_for_device(phys, size, dir);
}

void host_sync_for_cpu(unsigned long long phys, unsigned long size, int dir) {
  dmafuzz::cache_model().sync_for_cpu(phys, size, dir);
}

void host_dma_prep_coherent(unsigned long long phys, unsigned long size) {
  if (dmafuzz::cache_model().active()) dmafuzz::cache_model().write_back(phys, size);
}

void host_memory_uncached(unsigned long long phys, unsigned long size, int on) {
  dmafuzz::cache_model().set_uncached(phys, size, on != 0);
}

}  // extern "C"
