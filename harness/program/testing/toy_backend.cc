// SPDX-License-Identifier: GPL-2.0-only
// A toy DMA implementation over plain arrays. Slow, simple, and with the fragmentation of a rotating allocator.
#include "program/testing/toy_backend.h"

#include <algorithm>
#include <bit>

namespace dmafuzz::testing {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint32_t kCacheLine = 64;
constexpr uint64_t kSegment = 256 * 1024;

// Whether kmalloc() gives an object of this size cache lines of its own: its size classes up to two lines.
bool fills_lines(uint64_t len) {
  for (const uint64_t size : {8, 16, 32, 64, 96, 128}) {
    if (len <= size) return size % 64 == 0;
  }
  return true;
}

uint64_t mask_of(unsigned bits) {
  return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}
uint64_t up(uint64_t n, uint64_t to) {
  return (n + to - 1) / to * to;
}
bool wants_syncs(const dmaf_op& made) {
  return made.kind >= DMAF_COH_PAGES;
}

}  // namespace

TreeFacts toy_facts() {
  TreeFacts facts;
  facts.swiotlb_base = HOST_BANK_DMA32_BASE + HOST_BANK_DMA32_SIZE - 0x200000;
  facts.swiotlb_size = 0x200000;
  facts.restricted_base = HOST_BANK_DMA_BASE + HOST_BANK_DMA_SIZE - 0x100000;
  facts.restricted_size = 0x100000;
  facts.device_pool_size = 0x100000;
  facts.atomic_pool_size = 0x80000;
  facts.offset = 0x40000000;
  facts.window_base = HOST_BANK_DMA32_BASE;
  facts.window_size = HOST_BANK_DMA32_SIZE;
  return facts;
}

void Space::reset(uint64_t base, uint64_t size) {
  base_ = next_ = base;
  size_ = size;
  used_.clear();
}

bool Space::free_at(uint64_t at, uint64_t size) const {
  auto it = used_.lower_bound(at);
  if (it != used_.end() && it->first < at + size) return false;
  return it == used_.begin() || std::prev(it)->first + std::prev(it)->second <= at;
}

uint64_t Space::take(uint64_t size, uint64_t align, uint64_t within) {
  if (size > size_ || size > within) return 0;
  for (int round = 0; round < 2; round++) {
    for (uint64_t at = up(round ? base_ : next_, align); at + size <= base_ + size_;) {
      if (at / within != (at + size - 1) / within) {
        at = up(up(at + 1, within), align);
      } else if (free_at(at, size)) {
        used_[at] = size;
        next_ = at + size;
        return at;
      } else {
        // Past whatever is in the way.
        auto it = used_.lower_bound(at + size);
        --it;
        at = up(std::max(at + 1, it->first + it->second), align);
      }
    }
  }
  return 0;
}

void ToyBackend::begin(const dmaf_config& config, Flaw flaw) {
  config_ = config;
  flaw_ = flaw;
  for (auto* set : {&buf_, &coh_, &blk_})
    for (Memory& m : *set) m = {};
  for (auto* set : {&map_, &sg_})
    for (View& v : *set) v = {};
  pool_live_ = {};
  const uint64_t base[3] = {HOST_BANK_DMA_BASE, HOST_BANK_DMA32_BASE, HOST_BANK_NORMAL_BASE};
  for (int z = 0; z < 3; z++) zones_[z].reset(base[z], facts_.zone_free[z]);
  mask_ = mask_of(config.mask_bits);
  coherent_mask_ = mask_of(config.coherent_mask_bits);
  low_ = (uint64_t{1} << config.min_align_order) - 1;
  boundary_ = uint64_t{1} << (config.boundary_order ? config.boundary_order : 32);
  // From the top of the smaller mask downwards there is always less than the model reckons with.
  iova_.reset(0x10000, std::min({mask_, coherent_mask_, uint64_t{0xffffffff}}) - 0xffff);
  swiotlb_.reset(facts_.swiotlb_base, facts_.swiotlb_size);
  restricted_.reset(facts_.restricted_base, facts_.restricted_size);
  device_pool_.reset(0x40000000, facts_.device_pool_size);
  fail_in_ = 0;
}

bool ToyBackend::failed_by_luck() {
  return fail_in_ && --fail_in_ == 0;
}

uint64_t ToyBackend::take_zone(unsigned zone, uint64_t size, Space** from) {
  const uint64_t block = std::bit_ceil(std::max(size, kPage));
  for (int z = static_cast<int>(zone); z >= 0; z--) {
    if (const uint64_t at = zones_[z].take(block, block)) {
      *from = &zones_[z];
      return at;
    }
  }
  return 0;
}

void ToyBackend::make_memory(Memory& m, const dmaf_op& op, uint64_t len, bool zero) {
  m.made = op;
  m.live = true;
  m.cpu.resize(len);
  for (uint64_t i = 0; i < len; i++) m.cpu[i] = zero ? 0 : static_cast<uint8_t>(0xa5 ^ i * 13);
  m.dram.assign(len, 0xdd);
}

void ToyBackend::report(const Memory& m, dmaf_result& r) {
  r.cpu = m.phys ? reinterpret_cast<void*>(HOST_LINEAR_BASE + m.phys) : nullptr;
}

void ToyBackend::alloc(const dmaf_op& op, dmaf_result& r) {
  Memory& m = buf_[op.h];
  m = {};
  if (op.kind != DMAF_ALLOC_RESOURCE) {
    const bool dma = op.kind == DMAF_ALLOC_KMALLOC_DMA || op.kind == DMAF_ALLOC_PAGES_DMA;
    if (!failed_by_luck()) m.phys = take_zone(dma ? 0 : op.kind == DMAF_ALLOC_PAGES_DMA32 ? 1 : 2, op.len, &m.zone);
    if (!m.phys) {
      r.status = -12;
      return;
    }
  }
  make_memory(m, op, op.len, op.flags & DMAF_F_ZERO);
  report(m, r);
}

bool ToyBackend::take_coherent(Memory& m, const dmaf_op& op, uint64_t len, bool sync_kind) {
  const uint64_t block = std::bit_ceil(std::max(len, kPage));
  m = {};
  if (failed_by_luck()) return false;
  uint64_t dma = 0;
  if (config_.path == DMAF_PATH_POOL && !sync_kind) {
    m.zone = &device_pool_;
    m.phys = dma = device_pool_.take(block, block);
  } else if (config_.path == DMAF_PATH_RESTRICTED) {
    m.zone = &restricted_;
    m.phys = dma = restricted_.take(up(len, kPage), block, kSegment);
    if (dma && dma + len - 1 > coherent_mask_) {
      restricted_.give(dma);
      dma = 0;
    }
  } else if (on_iommu()) {
    m.phys = take_zone(2, len, &m.zone);
    if (m.phys) m.iova = dma = iova_.take(block, block);
    if (m.phys && !dma) m.zone->give(m.phys);
  } else {
    const uint64_t shift = config_.path == DMAF_PATH_OFFSET ? facts_.offset : 0;
    for (int z = 2; z >= 0 && !dma; z--) {
      if (config_.path == DMAF_PATH_OFFSET && z != 1) continue;
      const uint64_t at = zones_[z].take(block, block);
      if (!at) continue;
      if (at - shift + len - 1 <= coherent_mask_) {
        m.zone = &zones_[z];
        m.phys = at;
        dma = at - shift;
      } else {
        zones_[z].give(at);
      }
    }
  }
  if (!dma) return false;
  make_memory(m, op, len, true);
  m.segments = {{dma, len}};
  return true;
}

void ToyBackend::drop_coherent(Memory& m) {
  m.zone->give(m.phys);
  if (m.iova && config_.path != DMAF_PATH_IOMMU_LAZY) iova_.give(m.iova);
  m.live = false;
}

void ToyBackend::coh_alloc(const dmaf_op& op, dmaf_result& r) {
  Memory& m = coh_[op.h];
  if (!take_coherent(m, op, op.len, wants_syncs(op))) {
    r.status = -12;
    return;
  }
  const bool zero = op.kind != DMAF_COH_NONCONTIGUOUS || op.flags & DMAF_F_ZERO;
  if (!zero || flaw_ == Flaw::kCoherentNotZeroed) std::fill(m.cpu.begin(), m.cpu.end(), 0x5a);
  if (!(op.attrs & DMAF_A_NO_KERNEL_MAPPING)) report(m, r);
  r.seg = m.segments.data();
  r.nseg = 1;
}

// Where the device finds a range of a buffer: in place, by the IOMMU, or in a slot.
bool ToyBackend::place(Piece& p, const Memory& buffer, uint64_t mask, bool registers, unsigned dir) {
  const uint64_t phys = registers ? HOST_RESOURCE_BASE + p.off : buffer.phys + p.off;
  if (on_iommu()) {
    const uint64_t in = phys % kPage, block = std::bit_ceil(up(in + p.len, kPage));
    p.slot = iova_.take(block, block);
    p.dma = p.slot + in;
    return p.slot;
  }
  uint64_t direct = phys;
  bool reachable = !forced() && (registers || config_.coherent || dir == DMAF_TO_DEVICE || fills_lines(p.len));
  if (config_.path == DMAF_PATH_OFFSET) {
    reachable = reachable && phys - facts_.window_base < facts_.window_size;
    direct -= facts_.offset;
  }
  if (reachable && direct + p.len - 1 <= mask) {
    p.dma = direct;
    return true;
  }
  if (registers) return false;
  const uint64_t in = phys & low_;
  uint64_t at =
      slots().take(up(in + p.len, 2048), std::max<uint64_t>(2048, std::bit_ceil(low_)), std::min(kSegment, boundary_));
  if (!at) return false;
  p.slot = at;
  p.dma = at + in - (config_.path == DMAF_PATH_OFFSET ? facts_.offset : 0);
  if (p.dma + p.len - 1 > mask) {
    slots().give(at);
    return false;
  }
  p.bounce.assign(buffer.cpu.begin() + p.off, buffer.cpu.begin() + p.off + p.len);
  if (flaw_ == Flaw::kBounceForgetsOriginal) std::fill(p.bounce.begin(), p.bounce.end(), 0xbb);
  return true;
}

void ToyBackend::unplace(Piece& p) {
  if (on_iommu()) {
    if (config_.path != DMAF_PATH_IOMMU_LAZY) iova_.give(p.slot);
  } else if (!p.bounce.empty()) {
    slots().give(p.slot);
  }
  p.bounce.clear();
}

void ToyBackend::map_view(View& v, const dmaf_op& op, dmaf_result& r) {
  Memory& buffer = buf_[v.src];
  const bool registers = buffer.made.kind == DMAF_ALLOC_RESOURCE;
  const uint64_t mask = flaw_ == Flaw::kMaskIgnored ? ~uint64_t{0} : mask_;
  size_t placed = 0;
  bool good = !failed_by_luck();
  if (flaw_ == Flaw::kRefusesLarge && v.entries[0].len > 1024) good = false;
  while (good && placed < v.entries.size()) {
    good = place(v.entries[placed], buffer, mask, registers, op.dir);
    placed += good;
  }
  if (!good) {
    while (placed) unplace(v.entries[--placed]);
    r.status = -12;
    return;
  }
  v.mapped = true;
  v.mapped_by = op;
  segments_.clear();
  for (Piece& p : v.entries) {
    segments_.push_back({p.dma, p.len});
    if (!(op.attrs & DMAF_A_SKIP_CPU_SYNC) && !registers && !config_.coherent && p.bounce.empty())
      lines(buffer, p.off, p.len, true);
  }
  if (flaw_ == Flaw::kSharesAddress && on_iommu()) {
    iova_.give(v.entries[0].slot);
    iova_.rewind();
  }
  if (flaw_ == Flaw::kSegmentLost && segments_.size() > 1) segments_.pop_back();
  r.seg = segments_.data();
  r.nseg = static_cast<dmaf_u32>(segments_.size());
}

void ToyBackend::lines(Memory& m, uint32_t off, uint32_t len, bool to_dram) {
  const uint32_t lo = off / kCacheLine * kCacheLine;
  const uint32_t hi = static_cast<uint32_t>(std::min<uint64_t>(up(off + len, kCacheLine), m.cpu.size()));
  auto& from = to_dram ? m.cpu : m.dram;
  std::copy(from.begin() + lo, from.begin() + hi, (to_dram ? m.dram : m.cpu).begin() + lo);
}

// Ranges here are within the piece.
void ToyBackend::piece_to_device(View& v, Piece& p, uint32_t off, uint32_t len) {
  Memory& buffer = buf_[v.src];
  if (!p.bounce.empty()) {
    if (v.mapped_by.dir != DMAF_FROM_DEVICE) std::copy_n(buffer.cpu.begin() + p.off + off, len, p.bounce.begin() + off);
  } else if (!config_.coherent) {
    lines(buffer, p.off + off, len, true);
  }
}

void ToyBackend::piece_to_cpu(View& v, Piece& p, uint32_t off, uint32_t len) {
  Memory& buffer = buf_[v.src];
  if (v.mapped_by.dir == DMAF_TO_DEVICE || flaw_ == Flaw::kUnmapForgetsCopy) return;
  if (flaw_ == Flaw::kSyncOffByOne) len--;
  if (!p.bounce.empty()) {
    std::copy_n(p.bounce.begin() + off, len, buffer.cpu.begin() + p.off + off);
  } else if (!config_.coherent && len) {
    lines(buffer, p.off + off, len, false);
  }
}

void ToyBackend::unmap_view(View& v, const dmaf_op& op) {
  const bool registers = buf_[v.src].made.kind == DMAF_ALLOC_RESOURCE;
  for (Piece& p : v.entries) {
    if (!(op.attrs & DMAF_A_SKIP_CPU_SYNC) && !registers) piece_to_cpu(v, p, 0, p.len);
    unplace(p);
  }
  v.mapped = false;
}

void ToyBackend::sync(const dmaf_op& op) {
  const bool cpu = op.code == DMAF_OP_SYNC_CPU;
  if (op.cls == DMAF_COH) {
    Memory& m = coh_[op.h];
    const bool whole = m.made.kind == DMAF_COH_NONCONTIGUOUS;
    const uint32_t off = whole ? 0 : op.off, len = whole ? static_cast<uint32_t>(m.cpu.size()) : op.len;
    if (!config_.coherent && len && !(cpu && m.made.dir == DMAF_TO_DEVICE)) lines(m, off, len, !cpu);
    return;
  }
  View& v = op.cls == DMAF_MAP ? map_[op.h] : sg_[op.h];
  for (Piece& p : v.entries) {
    const uint32_t off = op.cls == DMAF_SG ? 0 : op.off, len = op.cls == DMAF_SG ? p.len : op.len;
    if (!len) continue;
    if (cpu) {
      piece_to_cpu(v, p, off, len);
    } else {
      piece_to_device(v, p, off, len);
    }
  }
}

uint8_t* ToyBackend::byte(const dmaf_op& op, uint32_t pos, bool device) {
  if (op.cls == DMAF_MAP || op.cls == DMAF_SG) {
    View& v = op.cls == DMAF_MAP ? map_[op.h] : sg_[op.h];
    for (Piece& p : v.entries) {
      if (pos >= p.len) {
        pos -= p.len;
        continue;
      }
      Memory& buffer = buf_[v.src];
      if (!device) return &buffer.cpu[p.off + pos];
      if (!p.bounce.empty()) return &p.bounce[pos];
      return config_.coherent ? &buffer.cpu[p.off + pos] : &buffer.dram[p.off + pos];
    }
    return nullptr;
  }
  Memory& m = op.cls == DMAF_BUF ? buf_[op.h] : op.cls == DMAF_COH ? coh_[op.h] : blk_[op.h];
  const bool split = device && op.cls == DMAF_COH && wants_syncs(m.made) && !config_.coherent;
  return split ? &m.dram[pos] : &m.cpu[pos];
}

void ToyBackend::exec(const dmaf_op& op, dmaf_result& r) {
  switch (op.code) {
    case DMAF_OP_ALLOC:
      alloc(op, r);
      break;
    case DMAF_OP_FREE:
      if (buf_[op.h].zone) buf_[op.h].zone->give(buf_[op.h].phys);
      buf_[op.h].live = false;
      break;
    case DMAF_OP_FILL:
    case DMAF_OP_DEV_WRITE:
      for (uint32_t i = op.off; i < op.off + op.len; i++)
        *byte(op, i, op.code == DMAF_OP_DEV_WRITE) = dmaf_pattern(op.val, i);
      break;
    case DMAF_OP_CHECK:
    case DMAF_OP_DEV_READ:
      observed_.resize(op.len);
      for (uint32_t i = 0; i < op.len; i++) observed_[i] = *byte(op, op.off + i, op.code == DMAF_OP_DEV_READ);
      break;
    case DMAF_OP_MAP: {
      if (op.kind == DMAF_MAP_IOVA && !on_iommu()) {
        r.status = DMAF_ST_NOT_OFFERED;
        break;
      }
      View& v = map_[op.h];
      v = {};
      v.made = op;
      v.src = op.src;
      v.entries.push_back({op.off, op.len, 0, 0, {}});
      map_view(v, op, r);
      break;
    }
    case DMAF_OP_UNMAP:
      unmap_view(map_[op.h], op);
      break;
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
      sync(op);
      break;
    case DMAF_OP_SG_ALLOC: {
      View& v = sg_[op.h];
      v = {};
      if (failed_by_luck()) {
        r.status = -12;
        break;
      }
      v.made = op;
      v.src = op.src;
      v.live = true;
      const bool pages = op.kind >= DMAF_SG_FROM_PAGES;
      const uint32_t limit = pages ? static_cast<uint32_t>(up(op.len, kPage)) : op.len;
      for (uint32_t at = op.off, left = op.len * op.val; left;) {
        // Page arrays are cut at the limit, counted from the first page's start.
        const uint32_t n = std::min(left, pages ? limit - at % static_cast<uint32_t>(kPage) : limit);
        v.entries.push_back({at, n, 0, 0, {}});
        at += n + (pages ? 0 : op.gap);
        left -= n;
      }
      r.value = v.entries.size();
      break;
    }
    case DMAF_OP_SG_MAP:
      map_view(sg_[op.h], op, r);
      break;
    case DMAF_OP_SG_UNMAP:
      unmap_view(sg_[op.h], op);
      break;
    case DMAF_OP_SG_FREE:
      sg_[op.h].live = false;
      break;
    case DMAF_OP_COH_ALLOC:
      coh_alloc(op, r);
      break;
    case DMAF_OP_COH_FREE:
      drop_coherent(coh_[op.h]);
      break;
    case DMAF_OP_COH_SGTABLE:
      if (failed_by_luck()) {
        r.status = -12;
        break;
      }
      segments_ = {{coh_[op.h].phys, up(coh_[op.h].cpu.size(), kPage)}};
      r.seg = segments_.data();
      r.nseg = 1;
      r.value = 1;
      break;
    case DMAF_OP_POOL_CREATE: {
      const uint64_t align = std::max<uint64_t>(op.off, 1), size = up(std::max<uint64_t>(op.len, 16), align);
      if (failed_by_luck() || !op.len || !std::has_single_bit(align) || (op.val && (uint64_t{1} << op.val) < size)) {
        r.status = -12;
        break;
      }
      pool_[op.h] = op;
      pool_live_[op.h] = true;
      break;
    }
    case DMAF_OP_POOL_DESTROY:
      pool_live_[op.h] = false;
      break;
    case DMAF_OP_POOL_ALLOC: {
      Memory& m = blk_[op.h];
      if (!take_coherent(m, op, up(pool_[op.src].len, std::max<uint64_t>(pool_[op.src].off, 1)), false)) {
        r.status = -12;
        break;
      }
      m.cpu.assign(pool_[op.src].len, op.flags & DMAF_F_ZERO ? 0 : 0x77);
      m.segments[0].len = pool_[op.src].len;
      report(m, r);
      r.seg = m.segments.data();
      r.nseg = 1;
      break;
    }
    case DMAF_OP_POOL_FREE:
      drop_coherent(blk_[op.h]);
      break;
    case DMAF_OP_SET_MASK: {
      const uint64_t mask = mask_of(op.val);
      if (op.val < 24 && !on_iommu()) {
        r.status = -5;
        break;
      }
      if (op.kind != DMAF_MASK_COHERENT) mask_ = mask;
      if (op.kind != DMAF_MASK_STREAMING) coherent_mask_ = mask;
      // Masks change while nothing is mapped (R26): the address space starts over.
      if (config_.path != DMAF_PATH_IOMMU_LAZY)
        iova_.reset(0x10000, std::min({mask_, coherent_mask_, uint64_t{0xffffffff}}) - 0xffff);
      break;
    }
    case DMAF_OP_SET_BOUNDARY:
      boundary_ = uint64_t{1} << (op.val ? op.val : 32);
      break;
    case DMAF_OP_SET_MIN_ALIGN:
      low_ = (uint64_t{1} << op.val) - 1;
      break;
    case DMAF_OP_QUERY:
      switch (op.kind) {
        case DMAF_QUERY_MAX_MAPPING_SIZE:
          r.value = forced() ? kSegment - up(low_, 2048) : ~uint64_t{0};
          break;
        case DMAF_QUERY_MERGE_BOUNDARY:
          r.value = on_iommu() ? kPage - 1 : 0;
          break;
        case DMAF_QUERY_REQUIRED_MASK:
          r.value = 0xffffffff;
          break;
        default:
          r.value = 1;
      }
      break;
    case DMAF_OP_UNBIND:
      for (Memory& m : coh_)
        if (m.live && m.made.kind == DMAF_COH_MANAGED) drop_coherent(m);
      for (unsigned h = 0; h < DMAF_HANDLES; h++)
        if (pool_live_[h] && pool_[h].kind == DMAF_POOL_MANAGED) pool_live_[h] = false;
      break;
    case DMAF_OP_FAIL_ALLOC:
      fail_in_ = op.val + 1u;
      break;
    default:
      break;
  }
}

unsigned ToyBackend::live() const {
  unsigned n = 0;
  for (auto* set : {&buf_, &coh_, &blk_})
    for (const Memory& m : *set) n += m.live;
  for (const View& v : map_) n += v.mapped;
  for (const View& v : sg_) n += v.live + v.mapped;
  for (const bool p : pool_live_) n += p;
  return n;
}

}  // namespace dmafuzz::testing
