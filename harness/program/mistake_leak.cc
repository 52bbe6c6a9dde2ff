// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mistakes that leak: what nobody wrote is handed to a device that may read it.
#include "program/mistake_scene.h"

namespace dmafuzz::mistakes_internal {
namespace {

constexpr unsigned kPages = set_of(DMAF_ALLOC_PAGES, DMAF_ALLOC_PAGES_DMA32, DMAF_ALLOC_PAGES_DMA);
constexpr unsigned kBuffers = kPages | set_of(DMAF_ALLOC_KMALLOC, DMAF_ALLOC_KMALLOC_DMA, DMAF_ALLOC_CACHE);
constexpr std::uint32_t kLengths[] = {16, 64, 100, 256, 1000, 2048, 3000, 6000};

enum class Written { kNothing, kStart, kEnd };

std::optional<unsigned> free_handle(Scene& s, unsigned cls) {
  for (unsigned h = 0; h < DMAF_HANDLES; ++h) {
    if (!s.live(cls, h)) return h;
  }
  return std::nullopt;
}

// A buffer of which the CPU wrote no more than said.
std::optional<unsigned> buffer(Scene& s, std::uint32_t len, unsigned kinds, Written written) {
  if (!s.bind()) return std::nullopt;
  const auto b = s.buffer(len, kinds, false);
  if (!b) return std::nullopt;
  s.need(DMAF_BUF, *b);
  if (written == Written::kNothing) return b;
  const std::uint32_t part = s.random().between(1, len - 1);
  const std::uint32_t off = written == Written::kStart ? 0 : len - part;
  return s.go(access(DMAF_OP_FILL, DMAF_BUF, *b, off, part)) ? b : std::nullopt;
}

unsigned readable(Scene& s) {
  return s.random().one_in(2) ? DMAF_TO_DEVICE : DMAF_BIDIRECTIONAL;
}

// The operation would be lawful if the device only wrote there.
bool map_for_reading(Scene& s, dmaf_op op) {
  op.dir = DMAF_FROM_DEVICE;
  auto admitted = s.lawful(op);
  if (!admitted || admitted->code != op.code || admitted->h != op.h || admitted->dir != DMAF_FROM_DEVICE) return false;
  admitted->dir = static_cast<dmaf_u8>(readable(s));
  return s.mistake(*admitted);
}

bool map(Scene& s, Written written) {
  const std::uint32_t len = s.random().pick(kLengths);
  const auto b = buffer(s, len, kBuffers, written);
  const auto h = free_handle(s, DMAF_MAP);
  if (!b || !h) return false;
  dmaf_op op = operation(DMAF_OP_MAP, *h);
  op.src = static_cast<dmaf_u8>(*b);
  constexpr dmaf_u8 kKinds[] = {DMAF_MAP_SINGLE, DMAF_MAP_PAGE, DMAF_MAP_PHYS};
  op.kind = s.random().pick(kKinds);
  op.len = len;
  return map_for_reading(s, op);
}
bool map_unwritten(Scene& s) {
  return map(s, Written::kNothing);
}
bool map_half_written(Scene& s) {
  return map(s, Written::kStart);
}
bool map_written_late(Scene& s) {
  return map(s, Written::kEnd);
}

bool map_sg(Scene& s, Written written) {
  constexpr std::uint32_t kEntries[] = {128, 1024, 4096};
  const std::uint32_t len = s.random().pick(kEntries), count = s.random().between(1, 4);
  const auto b = buffer(s, count * len, kPages, written);
  const auto h = free_handle(s, DMAF_SG);
  if (!b || !h) return false;
  dmaf_op list = operation(DMAF_OP_SG_ALLOC, *h);
  list.src = static_cast<dmaf_u8>(*b);
  list.kind = s.random().one_in(2) ? DMAF_SG_CHAINED : DMAF_SG_TABLE;
  list.len = len;
  list.val = static_cast<dmaf_u16>(count);
  const auto made = s.go(list);
  // A limit of the device's may have made it shorter than what was written.
  if (!made || made->h != *h || made->len != len || made->val != count) return false;
  s.need(DMAF_SG, *h);
  dmaf_op op = operation(DMAF_OP_SG_MAP, *h);
  op.kind = s.random().one_in(2) ? DMAF_SG_MAP_SGTABLE : DMAF_SG_MAP_SG;
  return map_for_reading(s, op);
}
bool map_sg_unwritten(Scene& s) {
  return map_sg(s, Written::kNothing);
}
bool map_sg_half_written(Scene& s) {
  return map_sg(s, Written::kStart);
}

// Behind an IOMMU dma_alloc_noncontiguous() clears on demand only; elsewhere, and in dma_alloc_pages(), the kernel
// clears unasked, and nothing leaks.
bool sync_noncontiguous(Scene& s) {
  const unsigned path = s.config().path;
  if ((path != DMAF_PATH_IOMMU && path != DMAF_PATH_IOMMU_LAZY) || !s.bind()) return false;
  const auto h = free_handle(s, DMAF_COH);
  if (!h) return false;
  dmaf_op op = operation(DMAF_OP_COH_ALLOC, *h);
  op.kind = DMAF_COH_NONCONTIGUOUS;
  op.dir = static_cast<dmaf_u8>(readable(s));
  op.len = s.random().pick(kLengths);
  auto made = s.lawful(op);
  if (!made || made->h != *h || made->kind != op.kind) return false;
  made->flags &= static_cast<dmaf_u8>(~DMAF_F_ZERO);
  if (!s.raw(*made)) return false;
  s.need(DMAF_COH, *h);
  return s.mistake(access(DMAF_OP_SYNC_DEV, DMAF_COH, *h, 0, made->len));
}

constexpr Recipe kRecipes[] = {
    {{"unwritten-map", "info-leak", "", "the device may read a mapping that nobody wrote", true}, map_unwritten},
    {{"unwritten-map-rest", "info-leak", "", "the device may read a mapping of which the CPU wrote the first part",
      true},
     map_half_written},
    {{"unwritten-map-head", "info-leak", "", "the device may read a mapping of which the CPU wrote the last part",
      true},
     map_written_late},
    {{"unwritten-sg", "info-leak", "", "the device may read a list that nobody wrote", true}, map_sg_unwritten},
    {{"unwritten-sg-rest", "info-leak", "", "the device may read a list of which the CPU wrote the first part", true},
     map_sg_half_written},
    {{"unwritten-noncontiguous", "info-leak", "",
      "memory of dma_alloc_noncontiguous() is handed over that nobody wrote or asked to be cleared", true},
     sync_noncontiguous},
};

}  // namespace

std::span<const Recipe> leak_mistakes() {
  return kRecipes;
}

}  // namespace dmafuzz::mistakes_internal
