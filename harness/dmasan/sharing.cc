// SPDX-License-Identifier: GPL-2.0-only
// See sharing.h.
#include "dmasan/sharing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "dmasan/cache_model.h"
#include "dmasan/dmasan.h"
#include "dmasan/object_lines.h"
#include "memory/memory.h"
#include "memory/vmap.h"

// The linker's: what is loaded of the program, and where its code ends.
extern "C" const char __executable_start[], _etext[], _end[];

namespace dmafuzz {
namespace {

constexpr uint64_t kPageMask = kPageSize - 1;

const char* described_pointer(uint64_t value) {
  const auto* at = reinterpret_cast<const char*>(value);
  if (at >= __executable_start && at < _etext) return "code";
  if (at >= _etext && at < _end) return "static data";
  if (bank_of(virt_to_phys(at))) return "memory";
  return Vmap::page_of(at) != Vmap::kNoPage ? "vmalloc() memory" : nullptr;
}

struct Neighbour {
  uint64_t address = 0;
  uint64_t pointers = 0;
  std::string text;
};

// The object, and what a device finds in it.
Neighbour inspect(const Description& d) {
  constexpr uint64_t kNamed = 4;
  Neighbour out;
  std::string list;
  const auto* start = static_cast<const char*>(d.start);
  for (uint64_t at = 0; at + sizeof(uint64_t) <= d.size; at += sizeof(uint64_t)) {
    uint64_t value;
    std::memcpy(&value, start + at, sizeof value);
    const char* what = described_pointer(value);
    if (!what) continue;
    if (++out.pointers <= kNamed) list += fmt::format(", at byte {} {:#x} of {}", at, value, what);
  }
  out.address = reinterpret_cast<uint64_t>(start);
  out.text = fmt::format("exposed: {} at {:#x}..{:#x}{}, {} pointers{}", kind_of_object(d), out.address,
                         out.address + d.size, d.boot ? ", made at boot" : "", out.pointers, list);
  return out;
}

}  // namespace

Span line_of(uint64_t phys) {
  const uint64_t line = cache_model().line_size();
  const Description d = memory().describe(phys_to_virt(phys));
  if (d.kind == Description::Kind::kKmalloc && d.offset >= 0 && static_cast<uint64_t>(d.offset) < d.room) {
    const uint64_t start = virt_to_phys(d.start), lo = start + (static_cast<uint64_t>(d.offset) & ~(line - 1));
    return {lo, std::min(lo + line, start + d.room)};
  }
  const uint64_t lo = phys & ~(line - 1);
  return {lo, lo + line};
}

bool share_line(Span a, Span b) {
  if (a.lo > b.lo) std::swap(a, b);
  return a.hi > b.lo || line_of(a.hi - 1).hi > b.lo;
}

void DmaSan::check_neighbours(const Mapping& m, uint64_t phys, uint64_t dma, uint64_t size) {
  if (!m.snoops || minds_lines_) check_lines(m, phys, size);
  if (checks_.has(Check::kSubpageExposure)) check_exposure(m, phys, dma, size);
}

void DmaSan::check_lines(const Mapping& m, uint64_t phys, uint64_t size) {
  const uint64_t end = phys + size, near = cache_model().line_size() - 1;
  for (uint64_t page = phys & ~kPageMask; page < end; page += kPageSize) {
    if (!ownership_.watches(page)) continue;
    const uint64_t lo = std::max(page, phys - near), hi = std::min(page + kPageSize, end + near);
    ownership_.each_at(lo, hi - lo, [&](Piece& piece, uint32_t, uint32_t) {
      const Mapping& other = registry_.at(piece.mapping);
      if (exclude_each_other(m, other) && share_line({phys, end}, {piece.phys, piece.phys + piece.size})) {
        violated(Check::kCachelineShared, &other,
                 fmt::format("a {} mapping is made of memory {:#x}..{:#x}, in a cache line of {}",
                             map_kind_name(m.kind), phys, end, described(other)));
      }
    });
  }
}

// Whether the list has the byte.
bool DmaSan::list_has(uint32_t list, uint64_t phys) {
  if (list == Registry::kNone) return false;
  bool found = false;
  ownership_.each_at(phys, 1,
                     [&](Piece& piece, uint32_t, uint32_t) { found |= registry_.at(piece.mapping).list == list; });
  return found;
}

void DmaSan::cpu_writes_beside(uint64_t phys, uint64_t n) {
  const uint64_t near = cache_model().line_size() - 1, page = phys & ~kPageMask;
  const uint64_t lo = std::max(page, phys - near), hi = std::min(page + kPageSize, phys + n + near);
  ownership_.each_at(lo, hi - lo, [&](Piece& piece, uint32_t, uint32_t) {
    const Mapping& m = registry_.at(piece.mapping);
    const Span mine = {piece.phys, piece.phys + piece.size};
    if (!minds_lines(m) || (phys >= mine.lo && phys + n <= mine.hi)) return;
    // What is written before the part and after it.
    const Span before = {phys, std::min(phys + n, mine.lo)}, after = {std::max(phys, mine.hi), phys + n};
    for (const Span& beside : {before, after}) {
      if (beside.lo >= beside.hi || !share_line(beside, mine)) continue;
      const uint64_t at = beside.hi <= mine.lo ? beside.hi - 1 : beside.lo;
      if (!list_has(m.list, at)) {
        violated(
            Check::kCachelineShared, &m,
            fmt::format("the CPU writes {:#x} in a cache line of {}, which the device may write", at, described(m)));
      }
    }
  });
}

std::vector<std::string> DmaSan::exposed(const Mapping& m, uint64_t phys, uint64_t dma, uint64_t size) const {
  std::vector<Neighbour> found;
  const uint64_t last = phys + size - 1;
  // The pages in between are its own.
  const unsigned ends = (phys & ~kPageMask) == (last & ~kPageMask) ? 1 : 2;
  for (unsigned i = 0; i < ends; ++i) {
    const uint64_t at = i ? last : phys;
    // What is bounced is reached in the bounce buffer only.
    if (leads_to_ && leads_to_(m.dev, dma + (at - phys)) != at) continue;
    for (const Description& d : memory().objects_in_page(at)) {
      const uint64_t start = virt_to_phys(d.start);
      const bool own = start <= last && phys < start + d.room;
      if (!own) found.push_back(inspect(d));
    }
  }
  std::ranges::sort(found, [](const Neighbour& a, const Neighbour& b) {
    return a.pointers != b.pointers ? a.pointers > b.pointers : a.address < b.address;
  });
  std::vector<std::string> lines;
  for (Neighbour& neighbour : found) lines.push_back(std::move(neighbour.text));
  return lines;
}

void DmaSan::check_exposure(const Mapping& m, uint64_t phys, uint64_t dma, uint64_t size) {
  if (!size) return;
  std::vector<std::string> objects = exposed(m, phys, dma, size);
  const size_t count = objects.size();
  if (count) {
    violated(Check::kSubpageExposure, &m, fmt::format("{} opens pages that hold {} other objects", described(m), count),
             std::move(objects));
  }
}

}  // namespace dmafuzz
