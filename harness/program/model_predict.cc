// SPDX-License-Identifier: GPL-2.0-only
// The reference model: whether an operation may fail. It must not while what it needs is plainly there; "plainly"
// counts blocks and pieces, so that no fragmentation of what is live can be the reason. Anything nearer to a limit may
// fail.
#include <algorithm>
#include <bit>

#include "program/model.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kPage = 4096;
// kernel/dma/swiotlb.c, swiotlb.rst "Slots and areas": slots of 2 KiB, a mapping lies within 128 of them.
constexpr uint64_t kSlot = 2048;
constexpr uint64_t kSlotsPerSegment = 128;

constexpr uint64_t kBankBase[3] = {HOST_BANK_DMA_BASE, HOST_BANK_DMA32_BASE, HOST_BANK_NORMAL_BASE};
constexpr uint64_t kBankSize[3] = {HOST_BANK_DMA_SIZE, HOST_BANK_DMA32_SIZE, HOST_BANK_NORMAL_SIZE};

uint64_t pages_of(uint64_t bytes) {
  return std::bit_ceil(std::max(bytes, kPage));
}
uint64_t div_up(uint64_t a, uint64_t b) {
  return (a + b - 1) / b;
}

// How many aligned blocks of `size` (a power of two) an object of `other` bytes may keep from being free.
uint64_t blocks(uint64_t other, uint64_t size) {
  return std::max<uint64_t>(1, pages_of(other) / size);
}

}  // namespace

uint64_t Model::phys_of(const Object& buffer, uint32_t off) const {
  const uint64_t at = buffer.cpu - HOST_LINEAR_BASE;
  return buffer.cpu && at < (uint64_t{HOST_MAX_PFN} << HOST_PAGE_SHIFT) ? at + off : kNoPhys;
}

// The highest zone that the memory may have come from: allocations go there first.
Zone Model::zone_of_object(unsigned cls, const Object& o) const {
  if (cls == DMAF_COH) {
    const bool own_pool = config_.path == DMAF_PATH_POOL && !wants_syncs(o);
    if (own_pool || config_.path == DMAF_PATH_RESTRICTED) return kZoneNone;
    return coherent_zone();
  }
  switch (o.kind) {
    case DMAF_ALLOC_KMALLOC_DMA:
    case DMAF_ALLOC_PAGES_DMA:
      return kZoneDma;
    case DMAF_ALLOC_PAGES_DMA32:
      return kZoneDma32;
    case DMAF_ALLOC_RESOURCE:
      return kZoneNone;
    default:
      return kZoneNormal;
  }
}

// A zone surely has an aligned block while live objects touch fewer than half of them.
bool Model::zone_has(Zone zone, uint64_t size) const {
  if (zone == kZoneNone) return false;
  const uint64_t block = pages_of(size);
  uint64_t touched = 2;  // what the kernel itself took since
  for (const unsigned cls : {DMAF_BUF, DMAF_COH}) {
    each_live(cls, [&](unsigned, const Object& o) {
      if (zone_of_object(cls, o) == zone) touched += blocks(o.total, block);
    });
  }
  each_live(DMAF_POOL, [&](unsigned, const Object& o) {
    if (coherent_zone() == zone) touched += o.pool_allocs * blocks(o.len, block);
  });
  return touched + 1 <= facts_.zone_free[zone] / block / 2;
}

// The highest zone whose whole bank the device can address for memory of the DMA API (direct.c tries the zone of the
// mask, then the ones below). Behind an IOMMU any memory will do.
Zone Model::coherent_zone() const {
  if (on_iommu()) return kZoneNormal;
  for (const Zone zone : {kZoneNormal, kZoneDma32, kZoneDma}) {
    uint64_t first = kBankBase[zone], last = first + kBankSize[zone] - 1;
    if (config_.path == DMAF_PATH_OFFSET) {
      if (first < facts_.window_base || last - facts_.window_base >= facts_.window_size) continue;
      last -= facts_.offset;
    }
    if (last <= coherent_mask_) return zone;
  }
  return kZoneNone;
}

void Model::predict_alloc(const dmaf_op& op, Prediction& p) const {
  p.errors = kErrNoMem;
  if (op.kind == DMAF_ALLOC_RESOURCE) return;
  if (op.len == 0 || op.len > DMAF_OBJECT_MAX) {
    p.outcome = Outcome::kMayFail;
    return;
  }
  Object like;
  like.kind = op.kind;
  if (!zone_has(zone_of_object(DMAF_BUF, like), op.len)) p.outcome = Outcome::kMayFail;
}

// CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC: what a non-coherent device may write into must have its cache lines for itself,
// which the kernel tells from the size alone, rounded up as kmalloc() does, and the machine's lines
// (include/linux/dma-map-ops.h, dma_kmalloc_size_aligned()).
bool Model::bounces_for_size(uint64_t len) const {
  constexpr uint64_t kLongestLine = 128, kDefaultLine = 64;
  constexpr uint64_t kSizes[] = {8, 16, 32, 64, 96, 128, 192, 256};
  if (!len || len >= 2 * kLongestLine) return false;
  const uint64_t line = config_.line_order ? uint64_t{1} << config_.line_order : kDefaultLine;
  return *std::ranges::lower_bound(kSizes, len) % line != 0;
}

// Whether the streaming mapping of this memory goes through a bounce buffer, as far as that can be told.
bool Model::needs_bounce(uint64_t phys, uint64_t len, unsigned dir) const {
  if (on_iommu()) return false;
  if (!config_.coherent && dir != DMAF_TO_DEVICE && bounces_for_size(len)) return true;
  if (forced_bounce() || phys == kNoPhys) return true;
  if (config_.path == DMAF_PATH_OFFSET) {
    if (phys - facts_.window_base >= facts_.window_size || len > facts_.window_size - (phys - facts_.window_base))
      return true;
    phys -= facts_.offset;
  }
  return phys + len - 1 > mask_;
}

// Whether the pool surely has `len` bytes in a row, besides pieces that the same operation takes. Memory taken from a
// restricted pool is aligned to its size besides.
Outcome Model::bounce(uint64_t len, uint64_t extra_pieces, uint64_t extra_bytes, bool as_memory) const {
  const bool restricted = config_.path == DMAF_PATH_RESTRICTED;
  const uint64_t base = restricted ? facts_.restricted_base : facts_.swiotlb_base;
  const uint64_t size = restricted ? facts_.restricted_size : facts_.swiotlb_size;
  const uint64_t mask = as_memory ? coherent_mask_ : mask_;
  if (!size) return Outcome::kMayFail;
  if (len > kSlot * kSlotsPerSegment) return Outcome::kMustFail;

  uint64_t first = base, last = base + size - 1;
  if (config_.path == DMAF_PATH_OFFSET) {
    if (first < facts_.window_base || last - facts_.window_base >= facts_.window_size) return Outcome::kMayFail;
    first -= facts_.offset;
    last -= facts_.offset;
  }
  // The slot is looked for first and its address compared afterwards.
  if (first > mask) return Outcome::kMustFail;
  if (last > mask) return Outcome::kMayFail;

  // No piece crosses the device's boundary; each keeps the low bits that min_align_mask names.
  const uint64_t slack = (uint64_t{1} << min_align_order_) - 1;
  const uint64_t window = std::min(kSlotsPerSegment, boundary() / kSlot);
  const uint64_t windows = size / kSlot / std::max<uint64_t>(window, 1);
  const uint64_t need = div_up(len + slack, kSlot);
  if (window == 0 || div_up(len, kSlot) > window) return Outcome::kMayFail;

  uint64_t pieces = extra_pieces, slots = div_up(extra_bytes, kSlot) + 3 * extra_pieces;
  const auto add = [&](uint64_t n, uint64_t bytes) {
    pieces += n;
    slots += div_up(bytes, kSlot) + 3 * n;
  };
  each_live(DMAF_MAP, [&](unsigned, const Object& o) {
    if (o.bounced) add(1, o.total);
  });
  each_live(DMAF_SG, [&](unsigned, const Object& o) {
    if (o.mapped && o.bounced) add(std::max(o.count, o.orig_nents), o.total);
  });
  if (restricted) {
    each_live(DMAF_COH, [&](unsigned, const Object& o) { add(1, 2 * pages_of(o.total)); });
    each_live(DMAF_POOL, [&](unsigned, const Object& o) { add(o.pool_allocs, o.pool_allocs * 2 * pages_of(o.len)); });
  }
  // A window with nothing in it holds anything that fits one.
  if (pieces < windows && need <= window) return Outcome::kMustSucceed;
  // Otherwise the emptiest window has its free slots in at most this many gaps.
  const uint64_t per_window = pieces / windows;
  const uint64_t free_slots = window > slots ? window - slots : 0;
  const uint64_t wanted = as_memory ? 2 * need : need + 3;
  return free_slots / (per_window + 1) >= wanted ? Outcome::kMustSucceed : Outcome::kMayFail;
}

// IOVA space: ranges are aligned to their size, and in lazy mode what was freed comes back late.
bool Model::iova_has(uint64_t size, uint64_t mask) const {
  const uint64_t block = pages_of(size + kPage);
  // A size that was refused anywhere below 4 GiB is refused everywhere there, room or not, until something is given
  // back (drivers/iommu/iova.c, max32_alloc_size): a narrow coherent mask speaks for a wide streaming one.
  if (block >= refused_iova_ && mask < uint64_t{1} << 32) return false;
  uint64_t touched = 1 + waiting_pieces_ + waiting_iova_ / block;
  for (const unsigned cls : {DMAF_MAP, DMAF_SG, DMAF_COH})
    each_live(cls, [&](unsigned, const Object& o) { touched += blocks(o.total + kPage * (o.count + 1), block); });
  each_live(DMAF_POOL, [&](unsigned, const Object& o) { touched += o.pool_allocs * blocks(o.len + kPage, block); });
  return mask >= block && touched + 1 <= mask / block / 2;
}

// Lawful, but dma-debug complains of more than seven mappings in one cache line (kernel/dma/debug.c,
// active_cacheline_inc_overlap()); whether they do share one is not looked at.
bool Model::crowded_line(const dmaf_op& op) const {
  constexpr unsigned kMost = 7;
  const unsigned buf = op.code == DMAF_OP_MAP ? op.src : object(DMAF_SG, op.h).src;
  unsigned count = op.code == DMAF_OP_MAP ? 1 : object(DMAF_SG, op.h).count;
  each_live(DMAF_MAP, [&](unsigned, const Object& o) { count += o.src == buf; });
  each_live(DMAF_SG, [&](unsigned h, const Object& o) {
    if (o.src == buf && o.mapped && (op.code == DMAF_OP_MAP || h != op.h)) count += o.count;
  });
  return count > kMost;
}

void Model::predict_map(const dmaf_op& op, Prediction& p) const {
  const Object& buffer = object(DMAF_BUF, op.src);
  p.may_warn = crowded_line(op);
  p.errors = kErrNoMem;
  if (op.len == 0) p.outcome = Outcome::kMayFail;
  if (op.kind == DMAF_MAP_IOVA) {
    p.errors = kErrNoMem | kErrInval | kErrOther;
    p.offered = on_iommu() && facts_.iova_api;
    if (!p.offered) return;
    // A head that must be bounced keeps its offset in the page only if the device's minimum alignment covers it; the
    // link is refused otherwise (docs/findings/iova-link-unaligned-head.md).
    const uint64_t kept = (uint64_t{1} << min_align_order_) - 1;
    if (!config_.coherent && (phys_of(buffer, op.off) % kPage & ~kept)) p.outcome = Outcome::kMayFail;
  }
  if (on_iommu()) {
    if (!iova_has(op.len, mask_)) p.outcome = Outcome::kMayFail;
    return;
  }
  if (op.kind == DMAF_MAP_RESOURCE || buffer.kind == DMAF_ALLOC_RESOURCE) {
    // Registers cannot be bounced: out of the mask's reach they cannot be mapped.
    const uint64_t last = HOST_RESOURCE_BASE + op.src * (HOST_RESOURCE_SIZE / DMAF_HANDLES) + op.off + op.len - 1;
    if (config_.path == DMAF_PATH_OFFSET) {
      p.outcome = Outcome::kMayFail;
      p.may_warn = true;
    } else if (forced_bounce() && !facts_.forced_bounce_maps_mmio) {
      p.outcome = Outcome::kMustFail;
    } else if (last > mask_) {
      p.outcome = last > mask_max_ ? Outcome::kMustFail : Outcome::kMayFail;
      p.may_warn = true;
    }
    return;
  }
  const uint64_t phys = phys_of(buffer, op.off);
  if (!needs_bounce(phys, op.len, op.dir)) return;
  p.outcome = bounce(op.len, 0, 0, false);
  // Memory that could not be located may need no bouncing at all; and looser limits may be back in force.
  // So may what only its size would bounce: the kernel rounds sizes as kmalloc() does, which the model only follows.
  const bool by_size = !config_.coherent && op.dir != DMAF_TO_DEVICE && bounces_for_size(op.len);
  if (p.outcome == Outcome::kMustFail && ((phys == kNoPhys && !forced_bounce()) || !limits_sure_ || by_size))
    p.outcome = Outcome::kMayFail;
  p.may_warn |= p.outcome != Outcome::kMustSucceed;
}

void Model::predict_sg_map(const dmaf_op& op, Prediction& p) const {
  const Object& sg = object(DMAF_SG, op.h);
  const Object& buffer = object(DMAF_BUF, sg.src);
  p.errors = kErrNoMem | kErrIo | kErrInval;  // dma_map_sgtable(): -EINVAL, -ENOMEM, -EIO
  p.may_warn = crowded_line(op);
  if (on_iommu()) {
    // Each entry takes whole pages, and padding up to a boundary besides (iommu_dma_map_sg()).
    const uint64_t pages = uint64_t{std::max(sg.count, sg.orig_nents)} * (sg.len / kPage + 2) * kPage;
    if (!iova_has(boundary_order_ ? 2 * pages : pages, mask_)) p.outcome = Outcome::kMayFail;
    return;
  }
  const uint32_t span = sg.count ? (sg.count - 1) * sg.stride + sg.len : 0;
  const uint64_t phys = phys_of(buffer, sg.off);
  // Entries bounce one by one: a short one may have to where the whole does not. Of a page array, that is what it has
  // of its first or its last page.
  const bool joined = sg.kind >= DMAF_SG_FROM_PAGES;
  const auto too_short = [this](uint64_t len) { return len && bounces_for_size(len); };
  const uint64_t head = joined ? std::min<uint64_t>(kPage - sg.off % kPage, sg.total) : sg.len;
  const uint64_t tail = joined ? (sg.off + sg.total) % kPage : sg.len;
  const bool by_size = !config_.coherent && op.dir != DMAF_TO_DEVICE && (too_short(head) || too_short(tail));
  if (!by_size && !needs_bounce(phys, span, op.dir)) return;
  // Page arrays are joined where pages are side by side, up to the limit.
  const uint64_t entry = joined ? (sg.len + kPage - 1) / kPage * kPage : sg.len;
  const uint64_t others = std::max(sg.count, sg.orig_nents) - 1;
  p.outcome = bounce(std::min<uint64_t>(entry, sg.total), others, uint64_t{others} * entry, false);
  const bool all_bounce = forced_bounce() && !joined;
  if (p.outcome == Outcome::kMustFail && (!all_bounce || !limits_sure_)) p.outcome = Outcome::kMayFail;
  p.may_warn |= p.outcome != Outcome::kMustSucceed;
}

// Memory of the DMA API: `size` bytes in one piece for COH_ALLOC, or for a new page of a pool.
void Model::predict_coherent(uint64_t size, unsigned kind, const dmaf_op& op, Prediction& p) const {
  const bool sync_kind = kind >= DMAF_COH_PAGES;
  const bool atomic = op.flags & DMAF_F_ATOMIC;
  const uint64_t block = pages_of(size);
  p.errors = kErrNoMem;
  if (size == 0 || size > DMAF_OBJECT_MAX) {
    p.outcome = Outcome::kMayFail;
    return;
  }

  if (config_.path == DMAF_PATH_POOL && !sync_kind) {
    // kernel/dma/coherent.c: a bitmap of aligned power-of-two regions, and nothing else when it is full.
    uint64_t touched = 0;
    each_live(DMAF_COH, [&](unsigned, const Object& o) {
      if (!wants_syncs(o)) touched += blocks(o.total, block);
    });
    each_live(DMAF_POOL, [&](unsigned, const Object& o) { touched += o.pool_allocs * blocks(o.len, block); });
    if (!facts_.device_pool_size) {
      p.outcome = Outcome::kMayFail;
    } else if ((size + kPage - 1) / kPage * kPage > facts_.device_pool_size) {
      p.outcome = Outcome::kMustFail;
    } else if (touched >= facts_.device_pool_size / block) {
      p.outcome = Outcome::kMayFail;
    }
    return;
  }
  if (config_.path == DMAF_PATH_RESTRICTED) {
    p.outcome = bounce((size + kPage - 1) / kPage * kPage, 0, 0, true);
    if (p.outcome == Outcome::kMustFail && !limits_sure_) p.outcome = Outcome::kMayFail;
    if (atomic && !config_.coherent) p.outcome = Outcome::kMayFail;
    p.may_warn |= p.outcome != Outcome::kMustSucceed;
    return;
  }
  if (atomic && !config_.coherent && !sync_kind) {
    // From the atomic pools: expanded by deferred work only.
    uint64_t used = block;
    each_live(DMAF_COH, [&](unsigned, const Object& o) {
      if (o.flags & DMAF_F_ATOMIC) used += pages_of(o.total);
    });
    each_live(DMAF_POOL, [&](unsigned, const Object& o) { used += o.pool_allocs * pages_of(o.len); });
    if (used > facts_.atomic_pool_size / 4 || config_.path == DMAF_PATH_OFFSET) p.outcome = Outcome::kMayFail;
  } else if (!zone_has(coherent_zone(), size)) {
    p.outcome = Outcome::kMayFail;
  }
  // The memory of PAGES kinds is mapped with the streaming mask behind an IOMMU (kernel/dma/ops_helpers.c).
  if (on_iommu() && !iova_has(size, std::min(mask_, coherent_mask_))) p.outcome = Outcome::kMayFail;
}

// mm/dmapool.c, dma_pool_create_node().
void Model::predict_pool_create(const dmaf_op& op, Prediction& p) const {
  p.errors = kErrNoMem;
  const uint64_t align = std::max<uint64_t>(op.off, 1);
  const uint64_t block = div_up(std::max<uint64_t>(op.len, 8), align) * align;  // a free block holds a pointer and more
  if (op.len == 0 || !std::has_single_bit(align)) {
    p.outcome = Outcome::kMustFail;
  } else if (op.val && (uint64_t{1} << std::min<unsigned>(op.val, 63)) < block) {
    p.outcome = Outcome::kMustFail;
  } else if (op.val && (uint64_t{1} << std::min<unsigned>(op.val, 63)) < div_up(16, align) * align) {
    p.outcome = Outcome::kMayFail;  // the least block size is the kernel's own affair
  }
}

// dma-api.rst, Part Ic; dma_direct_supported(): 32 bits always do, and what covers the lowest zone.
void Model::predict_set_mask(const dmaf_op& op, Prediction& p) const {
  p.errors = kErrIo;
  if (op.val >= 32) return;
  if (on_iommu()) {
    if (op.val < 24) p.outcome = Outcome::kMayFail;
  } else if (config_.path == DMAF_PATH_OFFSET) {
    p.outcome = Outcome::kMayFail;
  } else if (op.val < 24) {
    p.outcome = Outcome::kMustFail;
  }
}

Prediction Model::predict(const dmaf_op& op) const {
  Prediction p;
  bool allocates = true;
  switch (op.code) {
    case DMAF_OP_ALLOC:
      predict_alloc(op, p);
      break;
    case DMAF_OP_MAP:
      predict_map(op, p);
      break;
    case DMAF_OP_SG_ALLOC:
      p.errors = kErrNoMem;
      // lib/scatterlist.c: no entries is an error.
      if (op.val == 0 || op.len == 0) {
        p.outcome = Outcome::kMayFail;
        p.errors |= kErrInval;
      }
      break;
    case DMAF_OP_SG_MAP:
      predict_sg_map(op, p);
      break;
    case DMAF_OP_COH_ALLOC:
      predict_coherent(op.len, op.kind, op, p);
      break;
    case DMAF_OP_COH_SGTABLE: {
      // Works for memory that has pages; where the allocator is not the page allocator's the kernel promises nothing.
      p.errors = kErrNoMem | kErrOther;
      const Object& o = object(DMAF_COH, op.h);
      if (config_.path == DMAF_PATH_POOL || o.attrs & DMAF_A_NO_KERNEL_MAPPING) p.outcome = Outcome::kMayFail;
      break;
    }
    case DMAF_OP_POOL_CREATE:
      predict_pool_create(op, p);
      break;
    case DMAF_OP_POOL_ALLOC: {
      const Object& pool = object(DMAF_POOL, op.src);
      const uint64_t align = std::max<uint32_t>(pool.off, 1);
      predict_coherent(std::max<uint64_t>(div_up(pool.len, align) * align, kPage), DMAF_COH_COHERENT, op, p);
      // It may have a free block, whatever its allocator says.
      if (p.outcome == Outcome::kMustFail && pool.pool_allocs) p.outcome = Outcome::kMayFail;
      break;
    }
    case DMAF_OP_SET_MASK:
      allocates = false;
      predict_set_mask(op, p);
      break;
    case DMAF_OP_BIND:
      p.errors = kErrNoMem | kErrOther;
      break;
    default:
      allocates = false;
      break;
  }
  // An injected failure strikes the first allocation that asks; some of these need none.
  if (allocates && failure_pending_ && p.outcome == Outcome::kMustSucceed) {
    p.outcome = Outcome::kMayFail;
    p.errors |= kErrNoMem;
    p.injected = true;
  }
  return p;
}

}  // namespace dmafuzz
