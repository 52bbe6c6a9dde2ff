// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mistakes in what is mapped: memory that is no memory for DMA (dma-api-howto.rst, "What memory is DMA'able?").
#include "program/mistake_scene.h"

namespace dmafuzz::mistakes_internal {
namespace {

constexpr unsigned kAllHandles = (1u << DMAF_HANDLES) - 1;
constexpr unsigned kPages = set_of(DMAF_ALLOC_PAGES, DMAF_ALLOC_PAGES_DMA32, DMAF_ALLOC_PAGES_DMA);
constexpr unsigned kObjects = set_of(DMAF_ALLOC_KMALLOC, DMAF_ALLOC_KMALLOC_DMA, DMAF_ALLOC_CACHE);
constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kOddSize = 256;  // most that buffers of the image and the stack have
constexpr std::uint32_t kLengths[] = {16, 64, 100, 128, 256, 384, 1000, 2048};

std::optional<unsigned> free_handle(Scene& s, unsigned cls) {
  const unsigned free = ~s.state().live[cls] & kAllHandles;
  if (!free) return std::nullopt;
  return static_cast<unsigned>(__builtin_ctz(free));
}

// Maps the range, as the last thing that is done.
bool map_range(Scene& s, unsigned buf, std::uint32_t off, std::uint32_t len, unsigned kinds, unsigned flags) {
  const auto h = free_handle(s, DMAF_MAP);
  if (!h) return false;
  dmaf_op op = operation(DMAF_OP_MAP, *h);
  op.src = static_cast<dmaf_u8>(buf);
  do {
    op.kind = static_cast<dmaf_u8>(s.random().below(DMAF_MAP_KINDS));
  } while (!(kinds >> op.kind & 1));
  op.dir = static_cast<dmaf_u8>(s.random().below(DMAF_DIR_NONE));
  op.off = off;
  op.len = len;
  op.flags = static_cast<dmaf_u8>(flags);
  s.need(DMAF_BUF, buf);
  return s.mistake(op);
}

// Some of a buffer of `size` bytes.
bool map_some(Scene& s, unsigned buf, std::uint32_t size, unsigned kinds, unsigned flags) {
  const std::uint32_t off = s.random().one_in(2) ? 0 : s.random().below(size);
  return map_range(s, buf, off, s.random().between(1, size - off), kinds, flags);
}

// A buffer that no driver should map, and whose making is no mistake yet.
bool map_odd(Scene& s, unsigned kind, unsigned kinds) {
  const auto h = free_handle(s, DMAF_BUF);
  if (!h || !s.bind()) return false;
  dmaf_op op = operation(DMAF_OP_ALLOC, *h);
  op.kind = static_cast<dmaf_u8>(kind);
  op.len = kOddSize;
  return s.raw(op) && map_some(s, *h, kOddSize, kinds, 0);
}
bool map_static(Scene& s) {
  return map_odd(s, DMAF_ALLOC_STATIC, kMemoryMaps);
}
bool map_stack(Scene& s) {
  return map_odd(s, DMAF_ALLOC_STACK, set_of(DMAF_MAP_SINGLE));
}

bool map_vmalloc(Scene& s) {
  // dma_map_single() would refuse, and say so.
  if (!s.bind()) return false;
  const auto h = s.buffer(kPage, set_of(DMAF_ALLOC_VMALLOC), true);
  return h && map_some(s, *h, kPage, set_of(DMAF_MAP_PAGE, DMAF_MAP_PHYS), DMAF_F_WRONG_CALL);
}

bool map_freed(Scene& s) {
  if (!s.bind()) return false;
  const std::uint32_t len = s.random().pick(kLengths);
  const auto h = s.buffer(len, kObjects | kPages, true);
  return h && s.go(operation(DMAF_OP_FREE, *h)) && map_some(s, *h, len, kMemoryMaps, DMAF_F_STALE);
}

bool map_freed_sg(Scene& s) {
  if (!s.bind()) return false;
  const std::uint32_t len = s.random().pick(kLengths);
  const auto h = s.buffer(len, kObjects | kPages, true);
  const auto list = free_handle(s, DMAF_SG);
  if (!h || !list) return false;
  dmaf_op op = operation(DMAF_OP_SG_ALLOC, *list);
  op.src = static_cast<dmaf_u8>(*h);
  op.kind = s.random().one_in(2) ? DMAF_SG_CHAINED : DMAF_SG_TABLE;
  op.len = len;
  op.val = 1;
  const auto made = s.go(op);
  if (!made || made->src != *h) return false;
  s.need(DMAF_SG, made->h);
  dmaf_op map = operation(DMAF_OP_SG_MAP, made->h);
  map.kind = s.random().one_in(2) ? DMAF_SG_MAP_SGTABLE : DMAF_SG_MAP_SG;
  map.dir = static_cast<dmaf_u8>(s.random().below(DMAF_DIR_NONE));
  return s.raw(operation(DMAF_OP_FREE, *h)) && s.mistake(map);
}

bool map_beyond(Scene& s) {
  // Pages may have neighbours that are as good.
  if (!s.bind()) return false;
  const std::uint32_t len = s.random().pick(kLengths);
  const auto h = s.buffer(len, kObjects, true);
  if (!h) return false;
  // What a non-coherent device's caches need may have made it longer.
  const std::uint32_t size = s.state().buf[*h].len, off = s.random().one_in(2) ? 0 : s.random().below(size);
  return map_range(s, *h, off, size - off + s.random().between(1, 64), kMemoryMaps, 0);
}

bool map_nowhere(Scene& s) {
  // As far from it as nobody else of this bank is: below 16 MiB hardly anybody allocates.
  constexpr std::uint32_t kFar = 64 * 1024;
  if (!s.clear()) return false;
  const auto h = s.buffer(kPage, set_of(DMAF_ALLOC_PAGES_DMA), true);
  return h && map_range(s, *h, kFar + s.random().below(kFar), s.random().between(1, kPage), kMemoryMaps, 0);
}

constexpr Recipe kRecipes[] = {
    {{"map-static", "map-bad-memory", "", "static data is mapped", true}, map_static},
    {{"map-stack", "map-bad-memory", "", "a variable on the stack is mapped", true}, map_stack},
    {{"map-vmalloc", "map-bad-memory", "", "memory of vmalloc() is mapped by what virt_to_page() makes of it", true},
     map_vmalloc},
    {{"map-freed", "map-bad-memory", "", "memory is mapped that was freed", true}, map_freed},
    {{"map-freed-sg", "map-bad-memory", "", "a list is mapped whose memory was freed", true}, map_freed_sg},
    {{"map-beyond", "map-bad-memory", "", "a mapping goes on after the end of its object", true}, map_beyond},
    {{"map-nowhere", "map-bad-memory", "", "memory is mapped that nobody allocated", true}, map_nowhere},
};

}  // namespace

std::span<const Recipe> memory_mistakes() {
  return kRecipes;
}

}  // namespace dmafuzz::mistakes_internal
