// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mistakes in what the device can take and in what lies beside its memory: addresses and segments beyond what it said,
// cache lines and pages with more than one owner.
#include <algorithm>

#include "program/mistake_scene.h"

namespace dmafuzz::mistakes_internal {
namespace {

constexpr unsigned kPaged = set_of(DMAF_ALLOC_PAGES, DMAF_ALLOC_PAGES_DMA32);
constexpr unsigned kAnyBuffer = kPaged | set_of(DMAF_ALLOC_PAGES_DMA, DMAF_ALLOC_KMALLOC, DMAF_ALLOC_KMALLOC_DMA);
constexpr unsigned kWrittenDirs = set_of(DMAF_FROM_DEVICE, DMAF_BIDIRECTIONAL);
// The smallest cache line: what lies within it does so whatever the lines are.
constexpr std::uint32_t kLeastLine = 32;

unsigned any_of(Scene& s, unsigned set) {
  for (unsigned skip = s.random().below(static_cast<std::uint32_t>(__builtin_popcount(set))); skip; --skip)
    set &= set - 1;
  return static_cast<unsigned>(__builtin_ctz(set));
}

std::optional<unsigned> free_handle(Scene& s, unsigned cls) {
  for (unsigned h = 0; h < DMAF_HANDLES; ++h)
    if (!s.live(cls, h)) return h;
  return std::nullopt;
}

bool did(Scene& s, unsigned code) {
  return std::ranges::any_of(s.ops(), [code](const dmaf_op& op) { return op.code == code; });
}

std::optional<dmaf_op> map_op(Scene& s, unsigned buf, std::uint32_t off, std::uint32_t len, unsigned dirs) {
  const auto h = free_handle(s, DMAF_MAP);
  if (!h) return std::nullopt;
  dmaf_op op = access(DMAF_OP_MAP, DMAF_NONE, *h, off, len);
  op.src = static_cast<dmaf_u8>(buf);
  op.kind = static_cast<dmaf_u8>(any_of(s, kMemoryMaps));
  op.dir = static_cast<dmaf_u8>(any_of(s, dirs));
  return op;
}

std::optional<dmaf_op> list_op(Scene& s, unsigned buf, std::uint32_t off, std::uint32_t len, std::uint32_t count) {
  const auto h = free_handle(s, DMAF_SG);
  if (!h) return std::nullopt;
  dmaf_op op = access(DMAF_OP_SG_ALLOC, DMAF_NONE, *h, off, len);
  op.src = static_cast<dmaf_u8>(buf);
  op.kind = s.random().one_in(2) ? DMAF_SG_CHAINED : DMAF_SG_TABLE;
  op.val = static_cast<dmaf_u16>(count);
  return op;
}

// Maps the list for whatever direction: the mistake.
bool map_list(Scene& s, unsigned h) {
  dmaf_op op = operation(DMAF_OP_SG_MAP, h);
  op.kind = s.random().one_in(2) ? DMAF_SG_MAP_SGTABLE : DMAF_SG_MAP_SG;
  op.dir = static_cast<dmaf_u8>(any_of(s, kAnyDir));
  s.need(DMAF_SG, h);
  return s.mistake(op);
}

bool say(Scene& s, unsigned code, std::uint32_t len, unsigned val) {
  if (!s.clear()) return false;
  dmaf_op op = operation(code);
  op.len = len;
  op.val = static_cast<dmaf_u16>(val);
  return s.go(op).has_value();
}

// ---- masks ----

// The least mask that an address of the paths' memory is surely beyond: banks and bounce buffers begin at 2 GiB, seen
// 1 GiB lower on path `offset`, and an IOMMU's addresses come from the top.
constexpr unsigned kBeyondBits = 30;

dmaf_op narrower(Scene& s, unsigned kind) {
  dmaf_op op = operation(DMAF_OP_SET_MASK);
  op.kind = static_cast<dmaf_u8>(s.random().one_in(2) ? kind : unsigned{DMAF_MASK_BOTH});
  op.val = static_cast<dmaf_u16>(s.random().between(24, kBeyondBits));
  return op;
}

// Addresses that a narrower mask made, an earlier one or the other of the two, are used again.
bool wide_from_the_start(Scene& s) {
  return std::min(s.config().mask_bits, s.config().coherent_mask_bits) >= 32 && !did(s, DMAF_OP_SET_MASK) && s.bind();
}

bool narrow_mask(Scene& s) {
  if (!wide_from_the_start(s)) return false;
  const auto b = s.buffer(s.random().between(1, 3) * kLine, kPaged | set_of(DMAF_ALLOC_KMALLOC), true);
  if (!b) return false;
  const auto op = map_op(s, *b, 0, kLine, kAnyDir);
  const auto made = op ? s.go(*op) : std::nullopt;
  if (!made) return false;
  s.need(DMAF_MAP, made->h);
  return s.mistake(narrower(s, DMAF_MASK_STREAMING));
}

bool narrow_coherent_mask(Scene& s) {
  // A device's own memory is reached whatever the mask.
  if (s.config().path == DMAF_PATH_POOL || !wide_from_the_start(s)) return false;
  const auto h = s.coherent({.kinds = set_of(DMAF_COH_COHERENT, DMAF_COH_WC), .fresh = true});
  return h && s.mistake(narrower(s, DMAF_MASK_COHERENT));
}

// ---- segments ----

constexpr std::uint32_t kLongest = 128 * 1024;  // what is bounced is at most 256 KiB

// What is in force after another bind is not known: what a driver said of its device may outlive it.
bool unsure_of_limits(Scene& s) {
  return did(s, DMAF_OP_BIND);
}

bool long_segment(Scene& s) {
  if (!s.bind()) return false;
  const bool unfit = unsure_of_limits(s) || s.state().max_seg > kLongest / 2;
  if (unfit && !say(s, DMAF_OP_SET_MAX_SEG, kPage << s.random().below(4), 0)) return false;
  const std::uint32_t max = s.state().max_seg;
  const std::uint32_t len = max + (s.random().one_in(2) ? 1 : s.random().between(1, max));
  const std::uint32_t count = s.random().between(1, 3);
  const auto b = s.buffer(count * len, kPaged, true);
  const auto op = b ? list_op(s, *b, 0, len, count) : std::nullopt;
  return op && s.raw(*op) && map_list(s, op->h);
}

// A list that was right when it was made.
bool long_since(Scene& s) {
  if (s.state().max_seg < 2 && !say(s, DMAF_OP_SET_MAX_SEG, kPage, 0)) return false;
  if (!s.bind()) return false;
  const std::uint32_t wanted = std::min(s.random().between(2, 2 * kPage), s.state().max_seg);
  const auto b = s.buffer(2 * wanted, kPaged, true);
  const auto op = b ? list_op(s, *b, 0, wanted, 2) : std::nullopt;
  const auto made = op ? s.go(*op) : std::nullopt;
  if (!made || made->len < 2) return false;
  dmaf_op limit = operation(DMAF_OP_SET_MAX_SEG);
  limit.len = s.random().one_in(2) ? made->len - 1 : s.random().between(1, made->len - 1);
  return s.raw(limit) && map_list(s, made->h);
}

bool across_boundary(Scene& s) {
  constexpr unsigned kMost = 15;
  if (!s.bind()) return false;
  const unsigned order = s.state().boundary_order;
  const bool unfit = unsure_of_limits(s) || !order || order > kMost;
  if (unfit && !say(s, DMAF_OP_SET_BOUNDARY, 0, s.random().between(12, kMost))) return false;
  const std::uint32_t boundary = 1u << s.state().boundary_order;
  if ((unsure_of_limits(s) || s.state().max_seg <= boundary) && !say(s, DMAF_OP_SET_MAX_SEG, 2 * boundary, 0))
    return false;
  const std::uint32_t most = std::min(s.state().max_seg, 2 * boundary);
  // Longer than from one boundary to the next, it crosses one wherever it lies.
  std::uint32_t off = 0, len = s.random().one_in(2) ? boundary + 1 : s.random().between(boundary + 1, most);
  // What lies where it was allocated may be short: memory of the page allocator is aligned to its size.
  const bool there = s.config().path == DMAF_PATH_DIRECT && s.config().coherent && s.state().mask_bits == 64;
  if (there && s.random().one_in(2)) {
    len = s.random().between(2, boundary);
    off = boundary - s.random().between(1, len - 1);
  }
  const auto b = s.buffer(2 * boundary, kPaged, true);
  const auto op = b ? list_op(s, *b, off, len, 1) : std::nullopt;
  return op && s.raw(*op) && map_list(s, op->h);
}

// ---- lines ----

// A buffer on a device that does not snoop.
std::optional<unsigned> cached_buffer(Scene& s) {
  if (s.config().coherent || !s.bind()) return std::nullopt;
  return s.buffer(s.random().between(1, 4) * kLine, kAnyBuffer | set_of(DMAF_ALLOC_CACHE), true);
}

bool line_of_two(Scene& s) {
  const auto b = cached_buffer(s);
  const std::uint32_t first = s.random().between(1, kLeastLine - 1);
  const auto op = b ? map_op(s, *b, 0, first, set_of(DMAF_TO_DEVICE)) : std::nullopt;
  const auto made = op ? s.go(*op) : std::nullopt;
  if (!made || made->len != first || made->dir != DMAF_TO_DEVICE) return false;
  s.need(DMAF_MAP, made->h);
  const auto other = map_op(s, *b, first, s.random().between(1, kLeastLine - first), kWrittenDirs);
  return other && s.mistake(*other);
}

bool line_of_list(Scene& s) {
  const auto b = cached_buffer(s);
  const std::uint32_t len = s.random().between(1, kLeastLine - 1);
  const auto op = b ? list_op(s, *b, 0, len, 1) : std::nullopt;
  const auto made = op ? s.go(*op) : std::nullopt;
  if (!made || made->len != len) return false;
  dmaf_op map = operation(DMAF_OP_SG_MAP, made->h);
  map.dir = DMAF_TO_DEVICE;
  const auto mapped = s.go(map);
  if (!mapped || mapped->dir != DMAF_TO_DEVICE) return false;
  s.need(DMAF_SG, made->h);
  const auto other = map_op(s, *b, len, s.random().between(1, kLeastLine - len), kWrittenDirs);
  return other && s.mistake(*other);
}

bool line_of_cpu(Scene& s) {
  const auto b = cached_buffer(s);
  const std::uint32_t len = s.random().between(1, kLeastLine - 1);
  const auto op = b ? map_op(s, *b, 0, len, kWrittenDirs) : std::nullopt;
  if (!op || !s.raw(*op)) return false;
  s.need(DMAF_MAP, op->h);
  return s.mistake(access(DMAF_OP_FILL, DMAF_BUF, *b, len, s.random().between(1, kLeastLine - len)));
}

// ---- pages ----

bool expose(Scene& s) {
  const unsigned path = s.config().path;
  // What is bounced shows nothing of its page.
  if (path == DMAF_PATH_BOUNCE || path == DMAF_PATH_RESTRICTED) return false;
  if (did(s, DMAF_OP_MAP) || did(s, DMAF_OP_SG_MAP) || !s.bind()) return false;
  constexpr std::uint32_t kSizes[] = {16, 32, 64, 128, 192, 256};
  const std::uint32_t size = s.random().pick(kSizes);
  // From where the device reaches it, and in the direction in which small objects are not bounced.
  const unsigned kind = path == DMAF_PATH_OFFSET ? DMAF_ALLOC_KMALLOC : DMAF_ALLOC_KMALLOC_DMA;
  std::optional<unsigned> objects[3];
  for (auto& object : objects) {
    object = s.buffer(size, set_of(kind), true);
    if (!object) return false;
    s.need(DMAF_BUF, *object);
  }
  // One of its neighbours may be in another page, not both.
  const auto op = map_op(s, *objects[1], 0, size, set_of(DMAF_TO_DEVICE));
  return op && s.mistake(*op);
}

constexpr Recipe kRecipes[] = {
    {{"mask-narrowed", "mask-exceeded", "", "the driver narrows the mask below what is mapped", true}, narrow_mask},
    {{"mask-narrowed-coherent", "mask-exceeded", "",
      "the driver narrows the coherent mask below memory of the DMA API that it has", true},
     narrow_coherent_mask},
    {{"sg-too-long", "segment-too-long", "", "an entry of a list is longer than the device's longest segment", true},
     long_segment},
    {{"sg-too-long-since", "segment-too-long", "", "the driver lowers the limit after it made the list, and maps that",
      true},
     long_since},
    {{"sg-across", "segment-crosses-boundary", "", "an entry of a list lies across the device's boundary", true},
     across_boundary},
    {{"line-of-two", "cacheline-shared", "", "one half of a cache line is mapped to_device, the other from_device",
      true},
     line_of_two},
    {{"line-of-list", "cacheline-shared", "", "the line of a list's entry is mapped from_device as well", true},
     line_of_list},
    {{"line-of-cpu", "cacheline-shared", "", "the CPU writes beside a mapping, in a line that the device writes", true},
     line_of_cpu},
    {{"exposed", "subpage-exposure", "", "a small kmalloc() object is mapped from a page that has others", true, true},
     expose},
};

}  // namespace

std::span<const Recipe> limit_mistakes() {
  return kRecipes;
}

}  // namespace dmafuzz::mistakes_internal
