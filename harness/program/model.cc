// SPDX-License-Identifier: GPL-2.0-only
// The reference model: which objects exist as the program runs, and what is left to give back.
// Static lawfulness is the shaper's (shape.h, rules R1 ..); here only what failed at run time changes the picture.
#include "program/model.h"

#include <algorithm>

namespace dmafuzz {
namespace {

constexpr uint32_t kDefaultMaxSeg = 64 * 1024;
constexpr uint32_t kPage = 4096;

uint64_t mask_of(unsigned bits) {
  return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}

bool releases(unsigned code) {
  return code == DMAF_OP_UNMAP || code == DMAF_OP_SG_UNMAP || code == DMAF_OP_SG_FREE || code == DMAF_OP_POOL_FREE ||
         code == DMAF_OP_POOL_DESTROY || code == DMAF_OP_COH_FREE || code == DMAF_OP_FREE;
}

}  // namespace

void Model::begin(const dmaf_config& config) {
  config_ = config;
  live_ = {};
  op_index_ = 0;
  bound_ = true;
  failure_pending_ = false;
  limits_sure_ = true;
  waiting_iova_ = 0;
  waiting_pieces_ = 0;
  refused_iova_ = ~uint64_t{0};
  set_limits(config);
}

void Model::set_limits(const dmaf_config& config) {
  mask_ = mask_max_ = mask_of(config.mask_bits);
  coherent_mask_ = coherent_mask_max_ = mask_of(config.coherent_mask_bits);
  max_seg_ = config.max_seg ? config.max_seg : kDefaultMaxSeg;
  boundary_order_ = config.boundary_order;
  min_align_order_ = config.min_align_order;
}

// dma_get_seg_boundary(): 4 GiB when nothing was set.
uint64_t Model::boundary() const {
  return uint64_t{1} << (boundary_order_ ? std::min<unsigned>(boundary_order_, 63) : 32);
}

bool Model::device_busy() const {
  return (live_[DMAF_MAP] | live_[DMAF_SG] | live_[DMAF_COH] | live_[DMAF_POOL] | live_[DMAF_BLK]) != 0;
}

bool Model::in_bounds(unsigned cls, unsigned h, uint32_t off, uint32_t len) const {
  const uint32_t total = object(cls, h).total;
  return off <= total && len <= total - off;
}

bool Model::runnable(const dmaf_op& op) const {
  const unsigned h = op.h;
  if (h >= DMAF_HANDLES || op.src >= DMAF_HANDLES) return false;
  switch (op.code) {
    case DMAF_OP_ALLOC:
      return !live(DMAF_BUF, h);
    case DMAF_OP_FREE: {
      if (!live(DMAF_BUF, h)) return false;
      // What could not be unmapped still refers to it.
      bool used = false;
      each_live(DMAF_MAP, [&](unsigned, const Object& o) { used = used || o.src == h; });
      each_live(DMAF_SG, [&](unsigned, const Object& o) { used = used || o.src == h; });
      return !used;
    }
    case DMAF_OP_FILL:
    case DMAF_OP_CHECK:
    case DMAF_OP_CACHE_EVICT: {
      if (!live(op.cls, h) || op.cls == DMAF_POOL || !in_bounds(op.cls, h, op.off, op.len)) return false;
      const Object& o = object(op.cls, h);
      const bool view = op.cls == DMAF_MAP || op.cls == DMAF_SG;
      const Object& memory = view ? object(DMAF_BUF, o.src) : o;
      if (op.cls == DMAF_COH) return !(o.attrs & DMAF_A_NO_KERNEL_MAPPING);
      return op.cls == DMAF_BLK || memory.kind != DMAF_ALLOC_RESOURCE;
    }
    case DMAF_OP_MAP:
      return bound_ && !live(DMAF_MAP, h) && live(DMAF_BUF, op.src) && in_bounds(DMAF_BUF, op.src, op.off, op.len);
    case DMAF_OP_UNMAP:
      return live(DMAF_MAP, h);
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
      if (op.cls == DMAF_MAP) return live(DMAF_MAP, h) && in_bounds(DMAF_MAP, h, op.off, op.len);
      if (op.cls == DMAF_SG) return sg_mapped(h);
      return op.cls == DMAF_COH && live(DMAF_COH, h) && wants_syncs(object(DMAF_COH, h)) &&
             in_bounds(DMAF_COH, h, op.off, op.len);
    case DMAF_OP_SG_ALLOC:
      return !live(DMAF_SG, h) && live(DMAF_BUF, op.src);
    case DMAF_OP_SG_MAP:
      return bound_ && live(DMAF_SG, h) && !sg_mapped(h);
    case DMAF_OP_SG_UNMAP:
      return sg_mapped(h);
    case DMAF_OP_SG_FREE:
      return live(DMAF_SG, h) && !sg_mapped(h);
    case DMAF_OP_COH_ALLOC:
      return bound_ && !live(DMAF_COH, h);
    case DMAF_OP_COH_FREE:
      return live(DMAF_COH, h);
    case DMAF_OP_COH_SGTABLE:
      return live(DMAF_COH, h) && !wants_syncs(object(DMAF_COH, h));
    case DMAF_OP_POOL_CREATE:
      return bound_ && !live(DMAF_POOL, h);
    case DMAF_OP_POOL_DESTROY: {
      bool used = false;
      each_live(DMAF_BLK, [&](unsigned, const Object& o) { used = used || o.src == h; });
      return live(DMAF_POOL, h) && !used;
    }
    case DMAF_OP_POOL_ALLOC:
      return bound_ && !live(DMAF_BLK, h) && live(DMAF_POOL, op.src);
    case DMAF_OP_POOL_FREE:
      return live(DMAF_BLK, h);
    case DMAF_OP_UNBIND:
      return bound_;
    case DMAF_OP_BIND:
      return !bound_;
    case DMAF_OP_DEV_READ:
    case DMAF_OP_DEV_WRITE:
      if (op.cls == DMAF_BUF || op.cls == DMAF_POOL || !live(op.cls, h)) return false;
      return (op.cls != DMAF_SG || sg_mapped(h)) && in_bounds(op.cls, h, op.off, op.len);
    default:
      return op.code < DMAF_OP_COUNT;
  }
}

Prediction Model::before(const dmaf_op& op) const {
  if (runnable(op)) return predict(op);
  Prediction skip;
  skip.outcome = Outcome::kSkip;
  return skip;
}

Verdict Model::after(const dmaf_op& op, const dmaf_result& result, std::span<const uint8_t> observed) {
  return after(op, before(op), result, observed);
}

Verdict Model::after(const dmaf_op& op, const Prediction& prediction, const dmaf_result& result,
                     std::span<const uint8_t> observed) {
  Verdict verdict;
  if (prediction.outcome != Outcome::kSkip) {
    verdict = check_status(op, prediction, result);
    if (result.status == 0) {
      if (verdict.ok()) verdict = check_result(op, result);
      if (verdict.ok()) verdict = check_observed(op, observed);
      apply(op, result);
    } else if (releases(op.code)) {
      // Said to be wrong above; gone all the same, so that cleaning up ends.
      apply(op, result);
    } else if (result.status < 0 && prediction.injected) {
      // A failure that may have another reason leaves the injected one waiting.
      failure_pending_ = false;
    } else {
      note_refused_iova(op);
    }
  }
  op_index_++;
  return verdict;
}

void Model::remember(Object& o, const dmaf_result& r) {
  o.cpu = reinterpret_cast<uint64_t>(r.cpu);
  o.nseg = r.nseg;
  o.dma = r.nseg ? r.seg[0].dma : 0;
  o.dma_len = r.nseg ? r.seg[0].len : 0;
}

void Model::give_back_iova(const Object& o) {
  if (config_.path != DMAF_PATH_IOMMU_LAZY) return;
  waiting_iova_ += o.total + kPage;
  waiting_pieces_++;
}

void Model::note_refused_iova(const dmaf_op& op) {
  if (!on_iommu()) return;
  const auto refused = [&](uint64_t bytes) { refused_iova_ = std::min(refused_iova_, bytes); };
  switch (op.code) {
    case DMAF_OP_MAP:
    case DMAF_OP_COH_ALLOC:
      return refused(op.len);
    case DMAF_OP_SG_MAP:
      return refused(object(DMAF_SG, op.h).total);
    case DMAF_OP_POOL_ALLOC:
      return refused(object(DMAF_POOL, op.src).len);
    default:
      return;
  }
}

void Model::apply_coherent(const dmaf_op& op, const dmaf_result& r) {
  Object& o = object(DMAF_COH, op.h);
  o.kind = op.kind;
  o.dir = op.dir;
  o.attrs = op.attrs;
  o.flags = op.flags;
  o.total = op.len;
  o.src = 0;
  remember(o, r);
  // dma_alloc_attrs() hands out zeroes (kernel/dma/direct.c and dma-iommu.c clear unasked; so do driver authors expect
  // since 5.0, "dma-mapping: zero memory returned from dma_alloc_*"), and so do dma_alloc_pages() and what is made of
  // it. Only dma_alloc_noncontiguous() behind an IOMMU clears on demand.
  // And what has no kernel mapping is handed over as it is (docs/findings/no-kernel-mapping-not-zeroed.md).
  const bool zero =
      !(op.attrs & DMAF_A_NO_KERNEL_MAPPING) && (op.kind != DMAF_COH_NONCONTIGUOUS || op.flags & DMAF_F_ZERO);
  o.cpu_bytes.reset(op.len, {0, 0, op_index_, zero ? ByteSource::kZero : ByteSource::kUnknown});
  // dma-api.rst, Part II: before giving the memory to the device, sync_for_device.
  if (wants_syncs(o)) o.device_bytes.reset(op.len, {});
  make(DMAF_COH, op.h);
}

// A successful operation's effect.
void Model::apply(const dmaf_op& op, const dmaf_result& r) {
  const unsigned h = op.h;
  switch (op.code) {
    case DMAF_OP_ALLOC: {
      Object& o = object(DMAF_BUF, h);
      o.kind = op.kind;
      o.flags = op.flags;
      o.total = op.len;
      remember(o, r);
      const bool zero = op.flags & DMAF_F_ZERO && op.kind != DMAF_ALLOC_RESOURCE;
      o.cpu_bytes.reset(op.len, {0, 0, op_index_, zero ? ByteSource::kZero : ByteSource::kUnknown});
      make(DMAF_BUF, h);
      break;
    }
    case DMAF_OP_FREE:
      drop(DMAF_BUF, h);
      break;
    case DMAF_OP_FILL:
      cpu_wrote(op);
      break;
    case DMAF_OP_DEV_WRITE:
      device_wrote(op);
      break;
    case DMAF_OP_MAP: {
      Object& o = object(DMAF_MAP, h);
      const Object& buffer = object(DMAF_BUF, op.src);
      o.kind = op.kind;
      o.dir = op.dir;
      o.attrs = op.attrs;
      o.src = op.src;
      o.off = op.off;
      o.len = o.stride = o.total = op.len;
      o.count = 1;
      o.bounced = op.kind != DMAF_MAP_RESOURCE && needs_bounce(phys_of(buffer, op.off), op.len, op.dir);
      remember(o, r);
      o.device_bytes.reset(op.len, {});
      o.dirty = starts_dirty(o);
      make(DMAF_MAP, h);
      // dma-attributes.rst: without the attribute, mapping hands the bytes over. For FROM_DEVICE too they are what the
      // device does not overwrite (swiotlb.rst, "Data bouncing": the original is copied in to be preserved).
      if (!(op.attrs & DMAF_A_SKIP_CPU_SYNC)) hand_to_device(DMAF_MAP, o, 0, op.len);
      break;
    }
    case DMAF_OP_UNMAP: {
      Object& o = object(DMAF_MAP, h);
      if (!(op.attrs & DMAF_A_SKIP_CPU_SYNC)) hand_to_cpu(DMAF_MAP, o, 0, o.total);
      give_back_iova(o);
      drop(DMAF_MAP, h);
      break;
    }
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV: {
      Object& o = object(op.cls, h);
      // Lists, and memory that is one, are synced whole.
      const bool whole = op.cls == DMAF_SG || (op.cls == DMAF_COH && o.kind == DMAF_COH_NONCONTIGUOUS);
      const uint32_t off = whole ? 0 : op.off, len = whole ? o.total : op.len;
      if (op.code == DMAF_OP_SYNC_CPU) {
        hand_to_cpu(op.cls, o, off, len);
      } else {
        hand_to_device(op.cls, o, off, len);
        if (len == o.total) o.dirty = false;
      }
      break;
    }
    case DMAF_OP_SG_ALLOC: {
      Object& o = object(DMAF_SG, h);
      o.kind = op.kind;
      o.src = op.src;
      o.flags = op.flags;
      o.off = op.off;
      o.len = op.len;
      o.count = op.val;
      o.stride = op.kind >= DMAF_SG_FROM_PAGES ? op.len : op.len + op.gap;
      o.total = op.len * op.val;
      o.orig_nents = static_cast<uint32_t>(r.value);
      o.mapped = false;
      make(DMAF_SG, h);
      break;
    }
    case DMAF_OP_SG_MAP: {
      Object& o = object(DMAF_SG, h);
      o.dir = op.dir;
      o.attrs = op.attrs;
      o.mapped = true;
      const Object& buffer = object(DMAF_BUF, o.src);
      const uint32_t end = o.off + (o.count - 1) * o.stride + o.len;
      o.bounced = needs_bounce(phys_of(buffer, o.off), end - o.off, op.dir);
      remember(o, r);
      o.device_bytes.reset(o.total, {});
      o.dirty = starts_dirty(o);
      if (!(op.attrs & DMAF_A_SKIP_CPU_SYNC)) hand_to_device(DMAF_SG, o, 0, o.total);
      break;
    }
    case DMAF_OP_SG_UNMAP: {
      Object& o = object(DMAF_SG, h);
      if (!(op.attrs & DMAF_A_SKIP_CPU_SYNC)) hand_to_cpu(DMAF_SG, o, 0, o.total);
      give_back_iova(o);
      o.mapped = false;
      break;
    }
    case DMAF_OP_SG_FREE:
      drop(DMAF_SG, h);
      break;
    case DMAF_OP_COH_ALLOC:
      apply_coherent(op, r);
      break;
    case DMAF_OP_COH_FREE:
      give_back_iova(object(DMAF_COH, h));
      drop(DMAF_COH, h);
      break;
    case DMAF_OP_POOL_CREATE: {
      Object& o = object(DMAF_POOL, h);
      o.kind = op.kind;
      o.len = op.len;
      o.off = op.off;    // alignment
      o.count = op.val;  // boundary's order
      o.pool_allocs = 0;
      o.total = 0;
      make(DMAF_POOL, h);
      break;
    }
    case DMAF_OP_POOL_DESTROY:
      drop(DMAF_POOL, h);
      break;
    case DMAF_OP_POOL_ALLOC: {
      Object& o = object(DMAF_BLK, h);
      Object& pool = object(DMAF_POOL, op.src);
      o.src = op.src;
      o.kind = 0;
      o.attrs = 0;
      o.total = pool.len;
      remember(o, r);
      // mm/dmapool.c: cleared on request only.
      o.cpu_bytes.reset(o.total, {0, 0, op_index_, op.flags & DMAF_F_ZERO ? ByteSource::kZero : ByteSource::kUnknown});
      pool.pool_allocs++;
      make(DMAF_BLK, h);
      break;
    }
    case DMAF_OP_POOL_FREE:
      drop(DMAF_BLK, h);
      break;
    case DMAF_OP_SET_MASK: {
      const uint64_t mask = mask_of(op.val);
      if (op.kind != DMAF_MASK_COHERENT) mask_ = mask_max_ = mask;
      if (op.kind != DMAF_MASK_STREAMING) coherent_mask_ = coherent_mask_max_ = mask;
      break;
    }
    case DMAF_OP_SET_MAX_SEG:
      max_seg_ = op.len ? op.len : kDefaultMaxSeg;
      break;
    case DMAF_OP_SET_BOUNDARY:
      boundary_order_ = static_cast<uint8_t>(op.val);
      break;
    case DMAF_OP_SET_MIN_ALIGN:
      min_align_order_ = static_cast<uint8_t>(op.val);
      break;
    case DMAF_OP_UNBIND:
      // Managed memory and pools go with the driver (drivers/base/devres.c).
      each_live(DMAF_COH, [&](unsigned i, const Object& o) {
        if (o.kind == DMAF_COH_MANAGED) drop(DMAF_COH, i);
      });
      each_live(DMAF_POOL, [&](unsigned i, const Object& o) {
        if (o.kind == DMAF_POOL_MANAGED) drop(DMAF_POOL, i);
      });
      bound_ = false;
      break;
    case DMAF_OP_BIND: {
      const uint64_t mask = mask_of(config_.mask_bits), coherent = mask_of(config_.coherent_mask_bits);
      bound_ = true;
      limits_sure_ = false;
      mask_max_ = std::max(mask_max_, mask);
      mask_ = std::min(mask_, mask);
      coherent_mask_max_ = std::max(coherent_mask_max_, coherent);
      coherent_mask_ = std::min(coherent_mask_, coherent);
      break;
    }
    case DMAF_OP_FAIL_ALLOC:
      failure_pending_ = true;
      break;
    case DMAF_OP_RUN_WORK:
    case DMAF_OP_PASS_TIME:
    default:
      break;
  }
}

// With the attribute the memory stays the CPU's, as it was before (R16).
bool Model::starts_dirty(const Object& o) {
  return (o.attrs & DMAF_A_SKIP_CPU_SYNC) && o.dir != DMAF_TO_DEVICE;
}

bool Model::next_cleanup(dmaf_op& out) const {
  out = {};
  const auto emit = [&](unsigned code, unsigned h) {
    out.code = static_cast<dmaf_u8>(code);
    out.h = static_cast<dmaf_u8>(h);
    return true;
  };
  // What the CPU wrote goes to the device before unmapping would throw it away (R15).
  const auto hand_over = [&](unsigned cls, unsigned h) {
    out.cls = static_cast<uint8_t>(cls);
    if (cls == DMAF_MAP) out.len = object(cls, h).total;
    return emit(DMAF_OP_SYNC_DEV, h);
  };
  // As it was mapped, but what the device has is not left unsynced (R16).
  const auto attrs = [](const Object& o) {
    const bool skip = o.dirty || o.dir == DMAF_TO_DEVICE;
    return static_cast<uint8_t>(skip ? o.attrs : o.attrs & ~DMAF_A_SKIP_CPU_SYNC);
  };
  const auto first = [](unsigned set) { return static_cast<unsigned>(__builtin_ctz(set)); };
  // The device's calls need their driver.
  if (!bound_ && device_busy()) return emit(DMAF_OP_BIND, 0);
  if (live_[DMAF_MAP]) {
    const unsigned h = first(live_[DMAF_MAP]);
    const Object& o = object(DMAF_MAP, h);
    if (o.dirty && o.kind != DMAF_MAP_IOVA) return hand_over(DMAF_MAP, h);
    out.attrs = attrs(o);  // dma-api.rst: the parameters of unmap are those of map
    if (o.dirty) out.attrs |= DMAF_A_SKIP_CPU_SYNC;
    return emit(DMAF_OP_UNMAP, h);
  }
  if (live_[DMAF_SG]) {
    const unsigned h = first(live_[DMAF_SG]);
    if (!object(DMAF_SG, h).mapped) return emit(DMAF_OP_SG_FREE, h);
    if (object(DMAF_SG, h).dirty) return hand_over(DMAF_SG, h);
    out.attrs = attrs(object(DMAF_SG, h));
    return emit(DMAF_OP_SG_UNMAP, h);
  }
  if (live_[DMAF_BLK]) return emit(DMAF_OP_POOL_FREE, first(live_[DMAF_BLK]));
  if (live_[DMAF_POOL]) return emit(DMAF_OP_POOL_DESTROY, first(live_[DMAF_POOL]));
  // Managed memory with attributes can only go by unbind (shape.h, R28), so it is the last that the device holds.
  unsigned freeable = 0;
  each_live(DMAF_COH, [&](unsigned h, const Object& o) {
    if (o.kind != DMAF_COH_MANAGED || !o.attrs) freeable |= 1u << h;
  });
  if (freeable) return emit(DMAF_OP_COH_FREE, first(freeable));
  if (live_[DMAF_COH]) return emit(DMAF_OP_UNBIND, 0);
  if (live_[DMAF_BUF]) return emit(DMAF_OP_FREE, first(live_[DMAF_BUF]));
  return false;
}

}  // namespace dmafuzz
