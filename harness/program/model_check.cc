// SPDX-License-Identifier: GPL-2.0-only
// The reference model: what a result must look like. Status against the prediction, then addresses and lengths against
// what the API promises of them whatever the path.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "program/model.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kPage = 4096;
// Errors that a driver is told, numbers of include/uapi/asm-generic/errno-base.h.
constexpr int kEIO = 5, kENOMEM = 12, kEINVAL = 22;

uint64_t page_align(uint64_t n) {
  return (n + kPage - 1) & ~(kPage - 1);
}

bool error_allowed(int status, uint8_t errors) {
  switch (-status) {
    case kENOMEM:
      return errors & kErrNoMem;
    case kEIO:
      return errors & kErrIo;
    case kEINVAL:
      return errors & kErrInval;
    default:
      return errors & kErrOther;
  }
}

}  // namespace

Verdict Model::wrong(const dmaf_op& op, Mismatch what, uint32_t at, uint64_t expected, uint64_t got) const {
  Verdict v;
  v.what = what;
  v.op_index = op_index_;
  v.op = op;
  v.at = at;
  v.expected = expected;
  v.got = got;
  return v;
}

Verdict Model::check_status(const dmaf_op& op, const Prediction& p, const dmaf_result& r) const {
  const auto got = static_cast<uint64_t>(static_cast<int64_t>(r.status));
  if (r.status == DMAF_ST_DEAD_HANDLE) return wrong(op, Mismatch::kDeadHandle, 0, 0, got);
  if (r.status == DMAF_ST_NOT_OFFERED || r.status == DMAF_ST_REFUSED_BY_TYPE) {
    // dma_iova_try_alloc() says so too when the address space ran out.
    const bool excused = !p.offered || !facts_.strict_offer ||
                         (op.kind == DMAF_MAP_IOVA && op.code == DMAF_OP_MAP && p.outcome != Outcome::kMustSucceed);
    if (excused) return {};
    return wrong(op, Mismatch::kUnexpectedFailure, 0, 0, got);
  }
  if (!p.offered) return wrong(op, Mismatch::kNotOffered, 0, DMAF_ST_NOT_OFFERED, got);
  if (r.status == 0) {
    if (p.outcome == Outcome::kMustFail) return wrong(op, Mismatch::kUnexpectedSuccess, 0, 1, 0);
    return {};
  }
  if (p.outcome == Outcome::kMustSucceed) return wrong(op, Mismatch::kUnexpectedFailure, 0, 0, got);
  if (!error_allowed(r.status, p.errors)) return wrong(op, Mismatch::kWrongError, 0, p.errors, got);
  return {};
}

// CPU memory: there, from a zone that was allowed, aligned as the allocator promises.
Verdict Model::check_cpu_memory(const dmaf_op& op, const dmaf_result& r) const {
  if (op.kind == DMAF_ALLOC_RESOURCE) return {};
  const auto cpu = reinterpret_cast<uint64_t>(r.cpu);
  if (!cpu) return wrong(op, Mismatch::kNoCpuAddress, 0, 1, 0);
  Object like;
  like.cpu = cpu;
  const uint64_t phys = phys_of(like, 0);
  const Zone zone = [&] {
    like.kind = op.kind;
    return zone_of_object(DMAF_BUF, like);
  }();
  const uint64_t limit = zone == kZoneDma ? uint64_t{1} << 24 : zone == kZoneDma32 ? uint64_t{1} << 32 : kNoPhys;
  if (phys != kNoPhys && phys + op.len > limit) return wrong(op, Mismatch::kCpuZone, 0, limit, phys);
  uint64_t align = 8;
  switch (op.kind) {
    case DMAF_ALLOC_KMALLOC:
    case DMAF_ALLOC_KMALLOC_DMA:
      // core-api/memory-allocation.rst: sizes that are a power of two are aligned to it.
      if (std::has_single_bit(op.len)) align = std::max<uint64_t>(8, op.len);
      break;
    case DMAF_ALLOC_PAGES:
    case DMAF_ALLOC_PAGES_DMA32:
    case DMAF_ALLOC_PAGES_DMA:
    case DMAF_ALLOC_VMALLOC:
      align = kPage;
      break;
    default:
      break;
  }
  // Virtual addresses of the linear map are aligned as far as physical ones are.
  if ((phys == kNoPhys ? cpu : phys) & (align - 1)) return wrong(op, Mismatch::kCpuAlignment, 0, align, cpu);
  return {};
}

Verdict Model::check_addresses(const dmaf_op& op, const dmaf_result& r, uint64_t mask) const {
  for (uint32_t i = 0; i < r.nseg; i++) {
    const uint64_t last = r.seg[i].dma + r.seg[i].len - 1;
    if (last < r.seg[i].dma || last > mask) return wrong(op, Mismatch::kMask, i, mask, last);
  }
  return {};
}

// Mappings: every byte once, in segments that the device can take.
Verdict Model::check_segments(const dmaf_op& op, const dmaf_result& r) const {
  const bool list = op.code == DMAF_OP_SG_MAP;
  const Object* sg = list ? &object(DMAF_SG, op.h) : nullptr;
  const Object& buffer = object(DMAF_BUF, list ? sg->src : op.src);
  const uint64_t total = list ? sg->total : op.len;

  uint64_t sum = 0;
  for (uint32_t i = 0; i < r.nseg; i++) {
    // dma-api.rst, dma_map_sg: no segment is empty.
    if (r.seg[i].len == 0) return wrong(op, Mismatch::kSegments, i, 1, 0);
    sum += r.seg[i].len;
  }
  if (r.nseg == 0 || sum != total) return wrong(op, Mismatch::kSegments, 0, total, sum);
  const uint32_t most = list ? std::max(sg->orig_nents, 1u) : 1;
  if (r.nseg > most) return wrong(op, Mismatch::kSegments, 0, most, r.nseg);
  if (Verdict v = check_addresses(op, r, mask_max_); !v.ok()) return v;

  if (list) {
    const bool joined = sg->kind >= DMAF_SG_FROM_PAGES;
    const uint64_t entry = joined ? page_align(sg->len) : sg->len;
    // Merging must respect the limits; an entry that is too long by itself is its maker's fault (R18).
    if (limits_sure_ && entry <= max_seg_) {
      for (uint32_t i = 0; i < r.nseg; i++)
        if (r.seg[i].len > max_seg_) return wrong(op, Mismatch::kSegmentTooLong, i, max_seg_, r.seg[i].len);
    }
    // Without IOMMU or bounce the entries' own addresses decide.
    const bool placed = on_iommu() || forced_bounce();
    if (limits_sure_ && placed && page_align(entry) + kPage <= boundary()) {
      for (uint32_t i = 0; i < r.nseg; i++) {
        const uint64_t first = r.seg[i].dma, last = first + r.seg[i].len - 1;
        if (first / boundary() != last / boundary()) return wrong(op, Mismatch::kBoundary, i, boundary(), first);
      }
    }
  }

  // include/linux/dma-mapping.h, dma_set_min_align_mask(): the low bits survive, for the start of every entry. The
  // segments' starts are entries' starts, since merging never splits one.
  const uint64_t low = (uint64_t{1} << min_align_order_) - 1;
  if (low && limits_sure_ && buffer.cpu && op.kind != DMAF_MAP_RESOURCE) {
    uint64_t position = 0;
    const uint32_t start = list ? sg->off : op.off;
    for (uint32_t i = 0; i < r.nseg; i++) {
      uint64_t at = start + position;
      if (list && sg->stride != sg->len) {
        if (position % sg->len) break;
        at = start + position / sg->len * sg->stride;
      }
      if ((r.seg[i].dma & low) != ((buffer.cpu + at) & low))
        return wrong(op, Mismatch::kAlignment, i, (buffer.cpu + at) & low, r.seg[i].dma & low);
      position += r.seg[i].len;
    }
  }
  return check_overlap(op, r);
}

// Addresses that the IOMMU or the bounce pool hands out belong to one object at a time.
Verdict Model::check_overlap(const dmaf_op& op, const dmaf_result& r) const {
  const bool streaming = op.code == DMAF_OP_MAP || op.code == DMAF_OP_SG_MAP;
  if (streaming && !on_iommu() && !forced_bounce()) return {};
  if (op.kind == DMAF_MAP_RESOURCE && op.code == DMAF_OP_MAP && !on_iommu()) return {};
  const uint64_t first = r.seg[0].dma, last = first + r.seg[0].len - 1;
  Verdict verdict;
  for (const unsigned cls : {DMAF_MAP, DMAF_SG, DMAF_COH, DMAF_BLK}) {
    each_live(cls, [&](unsigned, const Object& o) {
      if ((cls == DMAF_SG && !o.mapped) || !o.nseg || !verdict.ok()) return;
      // Direct mappings lie where their buffers lie, which are nobody else's; several may share one.
      if (cls == DMAF_MAP && o.kind == DMAF_MAP_RESOURCE && !on_iommu()) return;
      if (o.dma <= last && first <= o.dma + o.dma_len - 1) verdict = wrong(op, Mismatch::kOverlap, 0, o.dma, first);
    });
  }
  return verdict;
}

Verdict Model::check_block(const dmaf_op& op, const dmaf_result& r) const {
  const Object& pool = object(DMAF_POOL, op.src);
  if (!r.cpu) return wrong(op, Mismatch::kNoCpuAddress, 0, 1, 0);
  if (r.nseg != 1 || r.seg[0].len != pool.len) return wrong(op, Mismatch::kSegments, 0, pool.len, r.nseg);
  if (config_.path != DMAF_PATH_POOL) {
    if (Verdict v = check_addresses(op, r, coherent_mask_max_); !v.ok()) return v;
  }
  const uint64_t first = r.seg[0].dma, last = first + pool.len - 1;
  const uint64_t align = std::max<uint32_t>(pool.off, 1);
  if (first & (align - 1)) return wrong(op, Mismatch::kAlignment, 0, align, first);
  if (pool.count && first >> pool.count != last >> pool.count)
    return wrong(op, Mismatch::kBoundary, 0, uint64_t{1} << pool.count, first);
  // Blocks of one pool lie in memory of their own; that of other objects' is theirs.
  Verdict verdict;
  each_live(DMAF_BLK, [&](unsigned, const Object& o) {
    if (o.dma <= last && first <= o.dma + o.dma_len - 1) verdict = wrong(op, Mismatch::kOverlap, 0, o.dma, first);
  });
  return verdict;
}

Verdict Model::check_query(const dmaf_op& op, const dmaf_result& r) const {
  const uint64_t v = r.value;
  switch (op.kind) {
    case DMAF_QUERY_MAX_MAPPING_SIZE: {
      if (!forced_bounce() || !limits_sure_) return v ? Verdict{} : wrong(op, Mismatch::kValue, 0, 1, v);
      // swiotlb_max_mapping_size(): 256 KiB, less what the alignment may cost.
      const uint64_t low = (uint64_t{1} << min_align_order_) - 1;
      const uint64_t want = 256 * 1024 - (low + 2047) / 2048 * 2048;
      return v == want ? Verdict{} : wrong(op, Mismatch::kValue, 0, want, v);
    }
    case DMAF_QUERY_OPT_MAPPING_SIZE:
      return v ? Verdict{} : wrong(op, Mismatch::kValue, 0, 1, v);
    case DMAF_QUERY_MERGE_BOUNDARY: {
      const uint64_t want = on_iommu() ? kPage - 1 : 0;
      return v == want ? Verdict{} : wrong(op, Mismatch::kValue, 0, want, v);
    }
    case DMAF_QUERY_REQUIRED_MASK:
      return v && (v & (v + 1)) == 0 ? Verdict{} : wrong(op, Mismatch::kValue, 0, 0xffffffff, v);
    case DMAF_QUERY_NEED_SYNC:
      // dma-api.rst, dma_need_sync: a device that does not snoop always does.
      if (!config_.coherent && !v) return wrong(op, Mismatch::kValue, 0, 1, v);
      [[fallthrough]];
    default:
      return v <= 1 ? Verdict{} : wrong(op, Mismatch::kValue, 0, 1, v);
  }
}

Verdict Model::check_result(const dmaf_op& op, const dmaf_result& r) const {
  switch (op.code) {
    case DMAF_OP_ALLOC:
      return check_cpu_memory(op, r);
    case DMAF_OP_MAP:
    case DMAF_OP_SG_MAP:
      return check_segments(op, r);
    case DMAF_OP_SG_ALLOC:
      // Arrays of pages become as many entries as they have ranges.
      if (op.kind < DMAF_SG_FROM_PAGES ? r.value != op.val : r.value == 0)
        return wrong(op, Mismatch::kSegments, 0, op.val, r.value);
      return {};
    case DMAF_OP_COH_ALLOC: {
      const bool sync_kind = op.kind >= DMAF_COH_PAGES;
      if (!r.cpu && !(op.attrs & DMAF_A_NO_KERNEL_MAPPING)) return wrong(op, Mismatch::kNoCpuAddress, 0, 1, 0);
      // dma-api.rst, dma_alloc_noncontiguous: one DMA segment, whole pages of it.
      const uint64_t most = op.kind == DMAF_COH_NONCONTIGUOUS ? page_align(op.len) : op.len;
      if (r.nseg != 1) return wrong(op, Mismatch::kSegments, 0, 1, r.nseg);
      if (r.seg[0].len < op.len || r.seg[0].len > most) return wrong(op, Mismatch::kSegments, 0, op.len, r.seg[0].len);
      // Memory of the device's own is where it was declared, mask or no mask.
      if (config_.path != DMAF_PATH_POOL || sync_kind) {
        // PAGES kinds are mapped like streaming memory behind an IOMMU (kernel/dma/ops_helpers.c).
        const uint64_t mask = sync_kind ? std::max(mask_max_, coherent_mask_max_) : coherent_mask_max_;
        if (Verdict v = check_addresses(op, r, mask); !v.ok()) return v;
      }
      // dma-api-howto.rst, "Using Consistent DMA mappings": aligned to the smallest order of pages that holds it. Where
      // a bridge or a declaration moves addresses, to pages.
      const bool moved = config_.path == DMAF_PATH_OFFSET || config_.path == DMAF_PATH_POOL || sync_kind;
      const uint64_t align = moved ? kPage : std::bit_ceil(page_align(op.len));
      if (r.seg[0].dma & (align - 1)) return wrong(op, Mismatch::kAlignment, 0, align, r.seg[0].dma);
      return check_overlap(op, r);
    }
    case DMAF_OP_COH_SGTABLE: {
      uint64_t sum = 0;
      for (uint32_t i = 0; i < r.nseg; i++) sum += r.seg[i].len;
      const uint64_t want = object(DMAF_COH, op.h).total;
      if (r.nseg == 0 || r.value != r.nseg) return wrong(op, Mismatch::kSegments, 0, r.value, r.nseg);
      if (sum < want || sum > page_align(want)) return wrong(op, Mismatch::kSegments, 0, want, sum);
      return {};
    }
    case DMAF_OP_POOL_ALLOC:
      return check_block(op, r);
    case DMAF_OP_QUERY:
      return check_query(op, r);
    default:
      return {};
  }
}

std::string Model::describe(const Verdict& v) const {
  static constexpr const char* kWhat[] = {
      "as promised",
      "failed although nothing was short",
      "succeeded although it cannot",
      "failed with an error that it does not have",
      "worked although this tree does not offer it",
      "names an object that the backend no longer knows",
      "gave no CPU address",
      "gave memory of a zone that was not asked for",
      "gave memory that is not aligned as promised",
      "gave the wrong segments",
      "gave an address that the device's mask does not reach",
      "gave a segment longer than the device takes",
      "gave a segment across the device's boundary",
      "gave an address that is not aligned as promised",
      "gave an address that another object has",
      "read a wrong byte",
      "answered with a wrong value",
  };
  static_assert(std::size(kWhat) == static_cast<size_t>(Mismatch::kCount));
  if (v.ok()) return kWhat[0];
  static constexpr const char* kOps[] = {
#define DMAF_OP(name, text, makes, takes, fields) text,
#include "backend/ops.def"
  };
  std::string out = fmt::format("op {} ({}) {}", v.op_index, v.op.code < DMAF_OP_COUNT ? kOps[v.op.code] : "?",
                                kWhat[static_cast<size_t>(v.what)]);
  if (v.what == Mismatch::kBytes) {
    const char* side = v.op.code == DMAF_OP_DEV_READ ? "device" : "CPU";
    out += fmt::format(" at offset {}: the {} must see {:#04x}, saw {:#04x}; ", v.at, side, v.expected, v.got);
    if (v.source.kind == ByteSource::kZero) {
      out += fmt::format("zeroed by op {}", v.source.op);
    } else {
      out += fmt::format("last written by op {} (val {}, its offset {})", v.source.op, v.source.seed,
                         v.at + v.source.shift);
    }
  } else if (v.what == Mismatch::kUnexpectedFailure || v.what == Mismatch::kWrongError) {
    out += fmt::format(": status {}", static_cast<int64_t>(v.got));
  } else {
    out += fmt::format(" (segment or offset {}): expected {:#x}, got {:#x}", v.at, v.expected, v.got);
  }
  return out;
}

}  // namespace dmafuzz
