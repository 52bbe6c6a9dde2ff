// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The lawful shaper's rules for buffers, mappings and scatterlists; those for memory that the DMA API hands out and
// for the device are in shape_device.cc. R1, R2, ... are the rules listed in shape.h.
#include "program/shape.h"

#include <algorithm>

#include "program/shape_internal.h"

namespace dmafuzz {

using namespace shape_internal;

namespace {

constexpr std::uint8_t kMapAttrs = DMAF_A_WEAK_ORDERING | DMAF_A_SKIP_CPU_SYNC | DMAF_A_NO_WARN | DMAF_A_PRIVILEGED;
constexpr std::uint32_t kMaxSlab = 64 * 1024;       // a slab of a cache is no larger, so crosses no larger boundary
constexpr std::uint32_t kNoCell = 0;                // entries may lie anywhere
constexpr std::uint32_t kUnknownCell = 0xffffffff;  // no telling where a boundary falls
constexpr std::uint32_t kMaxWindow = 64 * 1024;     // 16 windows fill the device's 1 MiB of registers

bool is_paged(unsigned kind) {
  return kind == DMAF_ALLOC_PAGES || kind == DMAF_ALLOC_PAGES_DMA32 || kind == DMAF_ALLOC_PAGES_DMA ||
         kind == DMAF_ALLOC_VMALLOC;
}

std::uint32_t max_length(unsigned kind) {
  switch (kind) {
    case DMAF_ALLOC_KMALLOC:
    case DMAF_ALLOC_KMALLOC_DMA:
    case DMAF_ALLOC_VMALLOC:
      return 256 * 1024;
    case DMAF_ALLOC_CACHE:
      return 4096;
    case DMAF_ALLOC_RESOURCE:
      return kMaxWindow;
    default:
      return DMAF_OBJECT_MAX;
  }
}

// Calls fn(entry) for the entries that lie near `r`, at most a line off.
template <class Fn>
void for_entries_near(const SgState& sg, Range r, Fn fn) {
  if (sg.end() + kLine <= r.lo || r.hi + kLine <= sg.off) return;
  std::uint32_t from = r.lo > sg.off + kLine ? (r.lo - sg.off - kLine) / sg.stride : 0;
  for (std::uint32_t i = from; i < sg.count; ++i) {
    std::uint32_t lo = sg.off + i * sg.stride;
    if (lo >= r.hi + kLine) break;
    fn(Range{lo, lo + sg.len});
  }
}

}  // namespace

Shaper::Shaper(const dmaf_config& config) : state_(), config_(config) {
  state_.bound = true;
  state_.max_seg = config.max_seg ? config.max_seg : kDefaultMaxSeg;
  state_.boundary_order = config.boundary_order;
  state_.mask_bits = config.mask_bits;
}

Range Shaper::widen(Range r) const {
  return config_.coherent ? r : Range{round_down(r.lo, kLine), round_up(r.hi, kLine)};
}

bool Shaper::admit(dmaf_op& op) {
  // An operation that is dropped leaves nothing behind; the repaired copy is the caller's to ignore.
  op.flags &= static_cast<dmaf_u8>(~DMAF_F_UNLAWFUL);
  switch (op.code) {
    case DMAF_OP_ALLOC:
      return admit_alloc(op);
    case DMAF_OP_FREE:
      return admit_free(op);
    case DMAF_OP_FILL:
    case DMAF_OP_CHECK:
      return admit_cpu_access(op);
    case DMAF_OP_MAP:
      return state_.bound && admit_map(op);
    case DMAF_OP_UNMAP:
      return admit_unmap(op);
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
      op.flags = 0;
      return admit_sync(op);
    case DMAF_OP_SG_ALLOC:
      return state_.bound && admit_sg_alloc(op);
    case DMAF_OP_SG_MAP:
      return state_.bound && admit_sg_map(op);
    case DMAF_OP_SG_UNMAP:
      return admit_sg_unmap(op);
    case DMAF_OP_SG_FREE:  // R20
      if (!take_from(state_.live[DMAF_SG] & ~state_.sg_mapped, op.h)) return false;
      drop(DMAF_SG, op.h);
      return true;
    case DMAF_OP_COH_ALLOC:
      return state_.bound && admit_coh_alloc(op);
    case DMAF_OP_COH_FREE:
      return admit_coh_free(op);
    case DMAF_OP_COH_SGTABLE:
    case DMAF_OP_POOL_CREATE:
    case DMAF_OP_POOL_DESTROY:
    case DMAF_OP_POOL_ALLOC:
    case DMAF_OP_POOL_FREE:
      return state_.bound && admit_pool(op);
    case DMAF_OP_SET_MASK:
    case DMAF_OP_SET_MAX_SEG:
    case DMAF_OP_SET_BOUNDARY:
    case DMAF_OP_SET_MIN_ALIGN:
    case DMAF_OP_UNBIND:
    case DMAF_OP_BIND:
      return admit_device(op);
    case DMAF_OP_DEV_READ:
    case DMAF_OP_DEV_WRITE:
      op.flags = 0;
      return admit_dev_access(op);
    case DMAF_OP_CACHE_EVICT:
      return admit_evict(op);
    default:  // QUERY, FAIL_ALLOC, RUN_WORK, PASS_TIME: any time
      return true;
  }
}

namespace {

// Of the sizes that kmalloc() packs across lines this is the only one of which a part can pass for whole lines.
bool takes_whole_lines(const dmaf_op& op, const dmaf_config& config) {
  return op.kind <= DMAF_ALLOC_KMALLOC_DMA && !config.coherent && config.line_order == 7 && op.len > kLine &&
         op.len <= 192;
}

}  // namespace

bool Shaper::admit_alloc(dmaf_op& op) {
  if (!take_free(state_.live[DMAF_BUF], op.h)) return false;
  if (op.kind >= DMAF_ALLOC_STATIC) op.kind = DMAF_ALLOC_KMALLOC;  // R6
  op.len = fold(op.len, max_length(op.kind));                      // R3
  switch (op.kind) {
    case DMAF_ALLOC_RESOURCE:
      op.len = round_up(op.len, kPage);
      op.flags = 0;
      break;
    case DMAF_ALLOC_CACHE:
      if (!config_.coherent) op.len = round_up(op.len, kLine);
      op.flags &= DMAF_F_ZERO;  // R4
      break;
    case DMAF_ALLOC_VMALLOC:
      op.flags &= DMAF_F_ZERO;  // R4
      break;
    default:
      if (takes_whole_lines(op, config_)) op.len = 2 * kLine;  // R30
      op.flags &= DMAF_F_ATOMIC | DMAF_F_ZERO;
      break;
  }
  BufState& buf = state_.buf[op.h];
  buf.kind = op.kind;
  buf.len = op.len;
  buf.init.clear();
  if (op.flags & DMAF_F_ZERO) buf.init.add({0, op.len});
  make(DMAF_BUF, op.h);
  return true;
}

bool Shaper::admit_free(dmaf_op& op) {
  unsigned used = 0;  // R2
  for (unsigned h = 0; h < DMAF_HANDLES; ++h) {
    if (live(DMAF_MAP, h)) used |= 1u << state_.map[h].buf;
    if (live(DMAF_SG, h)) used |= 1u << state_.sg[h].buf;
  }
  if (!take_from(state_.live[DMAF_BUF] & ~used, op.h)) return false;
  drop(DMAF_BUF, op.h);
  return true;
}

template <class Fn>
void Shaper::for_blocked(unsigned buf, Range near, bool write, Fn block) const {
  // In a line that a mapping shares with bytes outside it (a non-coherent device only), those bytes are not written
  // while it lives: a sync would throw the line away.
  auto block_edges = [&](Range r) {
    Range wide = widen(r);
    block(Range{wide.lo, r.lo});
    block(Range{r.hi, wide.hi});
  };
  for (unsigned rest = state_.live[DMAF_MAP]; rest; rest &= rest - 1) {
    const MapState& map = state_.map[__builtin_ctz(rest)];
    if (map.buf != buf) continue;
    Range whole = {map.off, map.off + map.len};
    if (!widen(whole).overlaps(near)) continue;
    if (write && map.dir == DMAF_FROM_DEVICE) {  // R13
      block(widen(whole));
      continue;
    }
    if (write) block_edges(whole);
    std::uint32_t lo = whole.lo;  // R12: what lies between the CPU's parts is the device's
    for (unsigned i = 0; i < map.cpu.count(); ++i) {
      if (lo < map.off + map.cpu[i].r.lo) block(widen({lo, map.off + map.cpu[i].r.lo}));
      lo = map.off + map.cpu[i].r.hi;
    }
    if (lo < whole.hi) block(widen({lo, whole.hi}));
  }
  for (unsigned rest = state_.sg_mapped; rest; rest &= rest - 1) {
    const SgState& sg = state_.sg[__builtin_ctz(rest)];
    if (sg.buf != buf) continue;
    bool barred = !sg.cpu || (write && sg.dir == DMAF_FROM_DEVICE);
    for_entries_near(sg, near, [&](Range entry) {
      if (barred) {
        block(widen(entry));
      } else if (write) {
        block_edges(entry);
      }
    });
  }
}

bool Shaper::clip_to_cpu(unsigned buf, Range& r, bool write) const {
  for (bool moved = true; moved;) {
    moved = false;
    for_blocked(buf, r, write, [&](Range barred) {
      if (barred.lo <= r.lo && r.lo < barred.hi) {
        r.lo = barred.hi;
        moved = true;
      }
    });
    if (r.empty()) return false;
  }
  for_blocked(buf, r, write, [&](Range barred) {
    if (!barred.empty() && barred.lo > r.lo) r.hi = std::min(r.hi, barred.lo);
  });
  return true;
}

bool Shaper::cpu_may_access(unsigned cls, unsigned h, std::uint32_t off, std::uint32_t len, bool write) const {
  dmaf_op op = {};
  op.code = write ? DMAF_OP_FILL : DMAF_OP_CHECK;
  op.cls = static_cast<dmaf_u8>(cls);
  op.h = static_cast<dmaf_u8>(h);
  op.off = off;
  op.len = len;
  if (!live(cls, h)) return false;
  dmaf_op repaired = op;
  Shaper fork = *this;
  return fork.admit_cpu_access(repaired) && same_op(op, repaired);
}

bool Shaper::admit_cpu_access(dmaf_op& op) {
  const bool write = op.code == DMAF_OP_FILL;
  // R22: what both sides may write at any time is fetched once.
  if (op.code == DMAF_OP_CHECK && op.cls != DMAF_BUF) op.kind = DMAF_CHECK_ONCE;
  if (op.cls == DMAF_BLK) {
    if (!take_from(state_.live[DMAF_BLK], op.h)) return false;
    clamp_range(op, state_.pool[state_.blk[op.h].pool].len);
    return true;
  }
  if (op.cls == DMAF_COH) {
    std::uint16_t set = live_where(DMAF_COH, [&](unsigned h) {  // R22
      const CohState& coh = state_.coh[h];
      if (!wants_syncs(coh.kind)) return !(coh.attrs & DMAF_A_NO_KERNEL_MAPPING);
      return coh.cpu.count() != 0 && !(write && coh.dir == DMAF_FROM_DEVICE);
    });
    if (!take_from(set, op.h)) return false;
    CohState& coh = state_.coh[op.h];
    clamp_range(op, coh.len);
    if (!wants_syncs(coh.kind)) return true;
    if (!clip_to_parts(op, coh.cpu)) return false;
    if (write && coh.dir == DMAF_BIDIRECTIONAL) coh.cpu.taint({op.off, op.off + op.len});
    return true;
  }
  std::uint16_t set = live_where(DMAF_BUF, [&](unsigned h) { return state_.buf[h].kind != DMAF_ALLOC_RESOURCE; });
  if (!take_from(set, op.h)) return false;
  BufState& buf = state_.buf[op.h];
  clamp_range(op, buf.len);
  Range r = {op.off, op.off + op.len};
  if (!clip_to_cpu(op.h, r, write)) return false;
  op.off = r.lo;
  op.len = r.size();
  if (!write) return true;
  buf.init.add(r);
  // R15: what is written under a mapping that the device may write must be handed over before it is taken back.
  for (unsigned rest = state_.live[DMAF_MAP]; rest; rest &= rest - 1) {
    MapState& map = state_.map[__builtin_ctz(rest)];
    if (map.buf != op.h || map.dir != DMAF_BIDIRECTIONAL || !r.overlaps({map.off, map.off + map.len})) continue;
    map.cpu.taint({std::max(r.lo, map.off) - map.off, std::min(r.hi, map.off + map.len) - map.off});
  }
  for (unsigned rest = state_.sg_mapped; rest; rest &= rest - 1) {
    SgState& sg = state_.sg[__builtin_ctz(rest)];
    if (sg.buf == op.h && sg.dir == DMAF_BIDIRECTIONAL && sg_overlaps(sg, r)) sg.dirty = true;
  }
  return true;
}

// Caches do as they like (dma-api.rst promises nothing of them), with all that the CPU can reach.
bool Shaper::admit_evict(dmaf_op& op) {
  const std::uint16_t set = live_where(op.cls, [&](unsigned h) {
    if (op.cls == DMAF_BUF) return state_.buf[h].kind != DMAF_ALLOC_RESOURCE;
    return op.cls != DMAF_COH || !(state_.coh[h].attrs & DMAF_A_NO_KERNEL_MAPPING);
  });
  if (!take_from(set, op.h)) return false;
  clamp_range(op, op.cls == DMAF_BUF   ? state_.buf[op.h].len
                  : op.cls == DMAF_COH ? state_.coh[op.h].len
                                       : state_.pool[state_.blk[op.h].pool].len);
  return true;
}

bool Shaper::sg_overlaps(const SgState& sg, Range r) const {
  bool found = false;
  for_entries_near(sg, r, [&](Range entry) { found |= widen(entry).overlaps(r); });
  return found;
}

bool Shaper::mapped_overlap(unsigned buf, Range r) const {
  r = widen(r);
  for (unsigned rest = state_.live[DMAF_MAP]; rest; rest &= rest - 1) {
    const MapState& map = state_.map[__builtin_ctz(rest)];
    if (map.buf == buf && widen({map.off, map.off + map.len}).overlaps(r)) return true;
  }
  for (unsigned rest = state_.sg_mapped; rest; rest &= rest - 1) {
    const SgState& sg = state_.sg[__builtin_ctz(rest)];
    if (sg.buf == buf && sg_overlaps(sg, r)) return true;
  }
  return false;
}

bool Shaper::admit_map(dmaf_op& op) {
  if (!take_free(state_.live[DMAF_MAP], op.h) || !take_from(state_.live[DMAF_BUF], op.src)) return false;
  const BufState& buf = state_.buf[op.src];
  const bool window = buf.kind == DMAF_ALLOC_RESOURCE;
  if (window) {  // R7
    const bool translated = config_.path == DMAF_PATH_IOMMU || config_.path == DMAF_PATH_IOMMU_LAZY;
    if (!translated && (state_.mask_bits < 32 || config_.path == DMAF_PATH_OFFSET)) return false;
    op.kind = DMAF_MAP_RESOURCE;
  } else if (buf.kind == DMAF_ALLOC_VMALLOC) {
    op.kind = DMAF_MAP_PAGE;  // R6
  } else if (op.kind == DMAF_MAP_RESOURCE) {
    op.kind = DMAF_MAP_SINGLE;
  }
  op.flags &= DMAF_F_ATOMIC;
  op.attrs &= window ? kMapAttrs & ~DMAF_A_SKIP_CPU_SYNC : kMapAttrs;  // R10
  if (op.dir == DMAF_DIR_NONE) op.dir = DMAF_BIDIRECTIONAL;            // R5
  clamp_range(op, buf.len);
  Range r = {op.off, op.off + op.len};
  if (window) r = {round_down(r.lo, kPage), round_up(r.hi, kPage)};
  if (buf.kind == DMAF_ALLOC_VMALLOC) r.hi = std::min(r.hi, round_down(r.lo, kPage) + kPage);
  if (!window) {
    if (op.dir == DMAF_TO_DEVICE && !buf.init.contains(r)) op.dir = DMAF_FROM_DEVICE;  // R11
    if (op.dir != DMAF_TO_DEVICE) r = {widen(r).lo, std::min(widen(r).hi, buf.len)};   // R9
    if (op.dir == DMAF_BIDIRECTIONAL && !buf.init.contains(r)) op.dir = DMAF_FROM_DEVICE;
  }
  if (mapped_overlap(op.src, r)) return false;  // R8
  op.off = r.lo;
  op.len = r.size();
  MapState& map = state_.map[op.h];
  map.buf = op.src;
  map.kind = op.kind;
  map.dir = op.dir;
  map.attrs = op.attrs;
  map.off = op.off;
  map.len = op.len;
  map.cpu.clear();
  if (op.attrs & DMAF_A_SKIP_CPU_SYNC) map.cpu.set_all(op.len, op.dir != DMAF_TO_DEVICE);  // R15, R16
  make(DMAF_MAP, op.h);
  return true;
}

bool Shaper::admit_unmap(dmaf_op& op) {
  if (!take_from(state_.live[DMAF_MAP], op.h)) return false;
  const MapState& map = state_.map[op.h];
  const Range whole = {0, map.len};
  const bool to_device = map.dir == DMAF_TO_DEVICE;
  const bool all_cpu = map.cpu.contains(whole);
  std::uint8_t skip = op.attrs & DMAF_A_SKIP_CPU_SYNC;
  if (map.kind == DMAF_MAP_RESOURCE || !(to_device || all_cpu)) skip = 0;  // R16
  if (!skip && map.cpu.dirty(whole)) {                                     // R15
    if (!all_cpu) return false;
    skip = DMAF_A_SKIP_CPU_SYNC;
  }
  op.flags &= DMAF_F_ATOMIC;
  op.attrs = static_cast<dmaf_u8>((map.attrs & ~DMAF_A_SKIP_CPU_SYNC) | skip);  // R10
  drop(DMAF_MAP, op.h);
  return true;
}

bool Shaper::admit_sync(dmaf_op& op) {
  const bool for_cpu = op.code == DMAF_OP_SYNC_CPU;
  if (op.cls == DMAF_MAP) {
    std::uint16_t set = live_where(DMAF_MAP, [&](unsigned h) {  // R17
      return state_.map[h].kind != DMAF_MAP_RESOURCE && state_.map[h].kind != DMAF_MAP_IOVA;
    });
    if (!take_from(set, op.h)) return false;
    MapState& map = state_.map[op.h];
    return admit_sync_range(op, map.cpu, map.off, map.len);
  }
  if (op.cls == DMAF_SG) {
    if (!take_from(state_.sg_mapped, op.h)) return false;
    SgState& sg = state_.sg[op.h];
    if (for_cpu ? sg.cpu && sg.dirty : !sg.cpu) return false;
    op.kind = 0;
    op.off = op.len = 0;  // R17
    sg.cpu = for_cpu;
    sg.dirty = false;
    return true;
  }
  std::uint16_t set = live_where(DMAF_COH, [&](unsigned h) { return wants_syncs(state_.coh[h].kind); });  // R22
  if (!take_from(set, op.h)) return false;
  CohState& coh = state_.coh[op.h];
  op.kind = 0;
  if (coh.kind != DMAF_COH_NONCONTIGUOUS) return admit_sync_range(op, coh.cpu, 0, coh.len);
  const Range whole = {0, coh.len};
  if (for_cpu ? coh.cpu.dirty(whole) : coh.cpu.count() == 0) return false;
  op.off = op.len = 0;
  for_cpu ? coh.cpu.set_all(coh.len, false) : coh.cpu.clear();
  return true;
}

// `base` is where the range starts in its buffer: lines are counted from there.
bool Shaper::admit_sync_range(dmaf_op& op, CpuRanges& cpu, std::uint32_t base, std::uint32_t len) {
  clamp_range(op, len);
  Range r = widen({base + op.off, base + op.off + op.len});
  r = {std::max(r.lo, base) - base, std::min(r.hi, base + len) - base};
  if (op.code == DMAF_OP_SYNC_CPU) {
    if (cpu.dirty(r)) return false;  // R15
    if (!cpu.add(r, false)) {
      r = {0, len};
      if (cpu.dirty(r)) return false;
      cpu.set_all(len, false);
    }
  } else {
    op.off = r.lo;
    op.len = r.size();
    if (!clip_to_parts(op, cpu)) return false;  // R17
    r = {op.off, op.off + op.len};
    if (!cpu.remove(r)) {
      for (unsigned i = 0; i < cpu.count(); ++i)
        if (cpu[i].r.overlaps(r)) {
          r = cpu[i].r;
          break;
        }
      cpu.remove(r);
    }
  }
  op.off = r.lo;
  op.len = r.size();
  return true;
}

// Entries must lie in cells of this size, counted from the start of the buffer: pages of vmalloc memory, blocks between
// the device's segment boundaries (R18).
std::uint32_t Shaper::cell_size(const BufState& buf) const {
  if (buf.kind == DMAF_ALLOC_VMALLOC) return kPage;
  if (state_.boundary_order == 0 || state_.boundary_order >= 32) return kNoCell;
  const std::uint32_t boundary = 1u << state_.boundary_order;
  if (buf.kind == DMAF_ALLOC_CACHE && (buf.len & (buf.len - 1)) != 0)
    return boundary >= kMaxSlab ? kNoCell : kUnknownCell;
  // All other memory is aligned to its size, rounded up to a power of two.
  return boundary < buf.len ? boundary : kNoCell;
}

// TABLE and CHAINED: entries wherever the program says.
bool Shaper::shape_entries(dmaf_op& op, const BufState& buf) const {
  const std::uint32_t cell = cell_size(buf);
  if (cell == kUnknownCell) return false;
  clamp_range(op, buf.len);
  op.len = std::min(op.len, state_.max_seg);
  const std::uint32_t stride = op.len + op.gap;
  const std::uint32_t most = 1 + (buf.len - op.off - op.len) / stride;
  op.val = static_cast<dmaf_u16>(std::clamp<std::uint32_t>(op.val, 1, std::min<std::uint32_t>(most, DMAF_SG_MAX)));
  if (cell == kNoCell) return true;
  for (std::uint32_t i = 0; i < op.val; ++i)
    if ((op.off + i * stride) % cell + op.len > cell) {
      op.val = 1;
      op.len = std::min(op.len, cell - op.off % cell);
      break;
    }
  return true;
}

// FROM_PAGES and APPEND: one range of an array of pages, cut into segments of at most len bytes, rounded up to pages
// (R19). Segments but the first start at pages.
bool Shaper::shape_pages(dmaf_op& op, const BufState& buf) const {
  if (state_.max_seg < kPage) return false;
  op.gap = 0;
  op.off %= buf.len;
  const bool whole_pages = op.kind == DMAF_SG_APPEND;
  if (whole_pages) {
    op.off = round_down(op.off, kPage);
    if (buf.len - op.off < kPage) op.off = 0;
    op.len = std::max(op.len, kPage);
  }
  const std::uint32_t room = buf.len - op.off;
  const auto fit = [&](std::uint32_t longest) {
    op.len = std::clamp<std::uint32_t>(op.len, 1, std::min(round_down(longest, kPage), room));
    if (whole_pages) op.len = round_down(op.len, kPage);
    const std::uint32_t most = std::min<std::uint32_t>(room / op.len, DMAF_SG_MAX);
    op.val = static_cast<dmaf_u16>(std::clamp<std::uint32_t>(op.val, 1, most));
  };
  fit(state_.max_seg);
  if (state_.boundary_order == 0 || state_.boundary_order >= 32) return true;
  // Neighbouring pages become one segment: where it would cross the boundary, make segments of single pages.
  const std::uint32_t boundary = 1u << state_.boundary_order;
  const std::uint32_t last = op.off + op.val * op.len - 1, segment = round_up(op.len, kPage);
  const bool aligned = boundary % segment == 0 && round_down(op.off, kPage) % segment == 0;
  const bool fits = buf.kind == DMAF_ALLOC_VMALLOC ? segment == kPage : op.off / boundary == last / boundary || aligned;
  if (!fits) fit(kPage);
  return true;
}

bool Shaper::admit_sg_alloc(dmaf_op& op) {
  std::uint16_t set = live_where(DMAF_BUF, [&](unsigned h) { return state_.buf[h].kind != DMAF_ALLOC_RESOURCE; });
  if (!take_free(state_.live[DMAF_SG], op.h) || !take_from(set, op.src)) return false;
  const BufState& buf = state_.buf[op.src];
  op.flags &= DMAF_F_ATOMIC;
  if (op.kind >= DMAF_SG_FROM_PAGES && !(is_paged(buf.kind) && buf.len >= kPage)) op.kind = DMAF_SG_TABLE;
  if (!(op.kind >= DMAF_SG_FROM_PAGES ? shape_pages(op, buf) : shape_entries(op, buf))) return false;
  SgState& sg = state_.sg[op.h];
  sg = {};
  sg.buf = op.src;
  sg.kind = op.kind;
  sg.count = op.val;
  sg.off = op.off;
  sg.len = op.len;
  sg.stride = op.len + op.gap;
  state_.sg_used &= static_cast<std::uint16_t>(~(1u << op.h));
  make(DMAF_SG, op.h);
  return true;
}

bool Shaper::sg_initialised(const SgState& sg) const {
  const InitRanges& init = state_.buf[sg.buf].init;
  if (init.contains({sg.off, sg.end()})) return true;
  for (std::uint32_t i = 0; i < sg.count; ++i)
    if (!init.contains({sg.off + i * sg.stride, sg.off + i * sg.stride + sg.len})) return false;
  return true;
}

bool Shaper::sg_fits_lines(const SgState& sg) const {
  if (sg.off % kLine) return false;
  if (sg.count > 1) return sg.stride % kLine == 0 && sg.len % kLine == 0;
  return sg.len % kLine == 0 || sg.end() == state_.buf[sg.buf].len;
}

bool Shaper::sg_mapped_overlap(unsigned h) const {
  const SgState& sg = state_.sg[h];
  for (unsigned rest = state_.live[DMAF_MAP]; rest; rest &= rest - 1) {
    const MapState& map = state_.map[__builtin_ctz(rest)];
    if (map.buf == sg.buf && sg_overlaps(sg, widen({map.off, map.off + map.len}))) return true;
  }
  for (unsigned rest = state_.sg_mapped; rest; rest &= rest - 1) {
    const SgState& other = state_.sg[__builtin_ctz(rest)];
    if (other.buf != sg.buf || !widen({other.off, other.end()}).overlaps(widen({sg.off, sg.end()}))) continue;
    for (std::uint32_t i = 0; i < sg.count; ++i)
      if (sg_overlaps(other, widen({sg.off + i * sg.stride, sg.off + i * sg.stride + sg.len}))) return true;
  }
  return false;
}

bool Shaper::admit_sg_map(dmaf_op& op) {
  if (!take_from(state_.live[DMAF_SG] & ~state_.sg_used, op.h)) return false;  // R20
  SgState& sg = state_.sg[op.h];
  op.flags &= DMAF_F_ATOMIC;
  op.attrs &= kMapAttrs;
  if (op.dir == DMAF_DIR_NONE) op.dir = DMAF_BIDIRECTIONAL;
  const bool written = sg_initialised(sg);
  if (op.dir != DMAF_FROM_DEVICE && !written) op.dir = DMAF_FROM_DEVICE;      // R11
  if (op.dir != DMAF_TO_DEVICE && !config_.coherent && !sg_fits_lines(sg)) {  // R9
    if (!written) return false;
    op.dir = DMAF_TO_DEVICE;
  }
  if (sg_mapped_overlap(op.h)) return false;  // R8
  sg.dir = op.dir;
  sg.attrs = op.attrs;
  sg.cpu = (op.attrs & DMAF_A_SKIP_CPU_SYNC) != 0;  // R16
  sg.dirty = sg.cpu && op.dir != DMAF_TO_DEVICE;    // R15
  state_.sg_mapped |= static_cast<std::uint16_t>(1u << op.h);
  state_.sg_used |= static_cast<std::uint16_t>(1u << op.h);
  return true;
}

bool Shaper::admit_sg_unmap(dmaf_op& op) {
  if (!take_from(state_.sg_mapped, op.h)) return false;
  const SgState& sg = state_.sg[op.h];
  std::uint8_t skip = op.attrs & DMAF_A_SKIP_CPU_SYNC;
  if (!sg.cpu && sg.dir != DMAF_TO_DEVICE) skip = 0;    // R16
  if (sg.cpu && sg.dirty) skip = DMAF_A_SKIP_CPU_SYNC;  // R15
  op.flags &= DMAF_F_ATOMIC;
  op.attrs = static_cast<dmaf_u8>((sg.attrs & ~DMAF_A_SKIP_CPU_SYNC) | skip);  // R10
  state_.sg_mapped &= static_cast<std::uint16_t>(~(1u << op.h));
  return true;
}

}  // namespace dmafuzz
