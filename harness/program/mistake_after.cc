// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mistakes with memory that wrappers own: the device goes on with a list or with memory of the DMA API as if it were
// still there, or were larger than it is; or the driver says late what a list of whole pages cannot keep to.
#include "program/mistake_scene.h"

namespace dmafuzz::mistakes_internal {
namespace {

constexpr std::uint32_t kFar = 64 * 1024;

std::uint32_t part_of(Scene& s, std::uint32_t size) {
  return s.random().one_in(2) ? size : s.random().between(1, size);
}

bool stale_list(Scene& s) {
  // Where an invalidation waits in a queue.
  if (s.config().path != DMAF_PATH_IOMMU_LAZY) return false;
  const auto h = s.sg({.device_owned = true});
  if (!h) return false;
  const SgState sg = s.state().sg[*h];
  const unsigned code = sg.dir == DMAF_FROM_DEVICE ? DMAF_OP_DEV_WRITE : DMAF_OP_DEV_READ;
  dmaf_op op = access(code, DMAF_SG, *h, 0, part_of(s, sg.total()));
  if (!s.go(op) || !s.go(operation(DMAF_OP_SG_UNMAP, *h))) return false;
  op.flags = DMAF_F_STALE;
  return s.mistake(op);
}

bool far_from_coherent(Scene& s) {
  const auto h = s.coherent({.kinds = set_of(DMAF_COH_COHERENT, DMAF_COH_WC), .alone = true});
  if (!h) return false;
  const std::uint32_t far = s.state().coh[*h].len + kFar + s.random().below(kFar);
  const unsigned code = s.random().one_in(2) ? DMAF_OP_DEV_READ : DMAF_OP_DEV_WRITE;
  return s.mistake(access(code, DMAF_COH, *h, far, s.random().between(1, 64)));
}

bool after_unbind(Scene& s) {
  // What an IOTLB may still hold is another mistake.
  const bool defers = s.config().path == DMAF_PATH_IOMMU_LAZY;
  const auto h = s.coherent({.kinds = set_of(DMAF_COH_MANAGED), .untouched = defers, .alone = true});
  if (!h) return false;
  const unsigned code = s.random().one_in(2) ? DMAF_OP_DEV_READ : DMAF_OP_DEV_WRITE;
  dmaf_op op = access(code, DMAF_COH, *h, 0, part_of(s, s.state().coh[*h].len));
  op.flags = DMAF_F_STALE;
  return s.go(operation(DMAF_OP_UNBIND)) && s.mistake(op);
}

bool across_since(Scene& s) {
  if (!s.bind()) return false;
  const auto b = s.buffer(2 * kPage, set_of(DMAF_ALLOC_PAGES, DMAF_ALLOC_PAGES_DMA32), true);
  if (!b) return false;
  dmaf_op list = operation(DMAF_OP_SG_ALLOC);
  while (s.live(DMAF_SG, list.h)) {
    if (++list.h == DMAF_HANDLES) return false;
  }
  list.src = static_cast<dmaf_u8>(*b);
  list.kind = s.random().one_in(2) ? DMAF_SG_CHAINED : DMAF_SG_TABLE;
  list.len = kPage;
  list.val = 2;
  const auto made = s.go(list);
  if (!made || made->src != *b || made->len != kPage) return false;
  s.need(DMAF_SG, made->h);
  dmaf_op limit = operation(DMAF_OP_SET_BOUNDARY);
  limit.val = static_cast<dmaf_u16>(s.random().between(8, 11));
  dmaf_op map = operation(DMAF_OP_SG_MAP, made->h);
  map.kind = s.random().one_in(2) ? DMAF_SG_MAP_SGTABLE : DMAF_SG_MAP_SG;
  map.dir = static_cast<dmaf_u8>(s.random().below(DMAF_DIR_NONE));
  return s.raw(limit) && s.mistake(map);
}

constexpr Recipe kRecipes[] = {
    {{"device-stale-sg", "stale-iotlb", "", "the device touches an unmapped list that its IOTLB still holds", true},
     stale_list},
    {{"device-nowhere-coherent", "device-access-unmapped", "device-access-after-unmap stale-iotlb",
      "the device touches what is far from memory of the DMA API, and nothing is mapped there", true},
     far_from_coherent},
    {{"device-after-unbind", "device-access-after-unmap", "",
      "the device touches managed memory after its driver has gone", true},
     after_unbind},
    {{"sg-across-since", "segment-crosses-boundary", "",
      "the driver narrows the boundary to less than a page after it made the list, and maps that", true},
     across_since},
};

}  // namespace

std::span<const Recipe> after_mistakes() {
  return kRecipes;
}

}  // namespace dmafuzz::mistakes_internal
