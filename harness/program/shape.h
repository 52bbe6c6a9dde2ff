// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The lawful shaper: follows which objects exist and who owns their bytes, assuming that each operation succeeds, and
// repairs or drops what a driver must not do. The rules and where the kernel documents them are listed below; the
// reference model and the generator use the same state.
#ifndef DMAFUZZ_PROGRAM_SHAPE_H
#define DMAFUZZ_PROGRAM_SHAPE_H

#include <cstdint>
#include <vector>

#include "program/program.h"
#include "program/shape_ranges.h"

namespace dmafuzz {

// The rules. Files are under Documentation/core-api/ unless a path is given. Where the documents leave a choice, the
// stricter reading is taken: what is dropped here is merely not tested as lawful.
//
// Objects
//   R1  A handle is made once: creation takes a free handle, use takes a live one (this program's own rule).
//   R2  A buffer is freed when no mapping and no scatterlist refers to it (dma-api-howto.rst, "Using Streaming DMA
//       mappings": unmapped when the DMA activity is finished).
//   R3  Objects have 1 .. DMAF_OBJECT_MAX bytes; kmalloc and vmalloc up to 256 KiB, caches 4 KiB, register windows
//       64 KiB in whole pages (size policy).
//   R4  Atomic context cannot vmalloc, create a cache, allocate managed or non-coherent memory, or free any DMA
//       memory (dma-api.rst, dma_free_coherent: "only be called with IRQs enabled").
// Mapping
//   R5  At least one byte, inside the object, with a direction (dma-api.rst, dma_map_single;
//       include/linux/dma-direction.h).
//   R6  vmalloc memory is mapped page by page, through its pages (dma-api-howto.rst, "What memory is DMA'able?").
//   R7  Register windows are mapped with dma_map_resource, whole pages, and RAM is not (dma-api.rst,
//       dma_map_resource); without an IOMMU only for a device that reaches them (kernel/dma/direct.c,
//       dma_direct_map_phys() warns).
//   R8  No byte is mapped twice; for a non-coherent device, no cache line is (dma-api.rst, warning on cache line
//       width).
//   R9  For a non-coherent device, what it may write starts and ends at cache lines or with the object (same
//       warning).
//   R10 Attributes of a mapping: weak_ordering, skip_cpu_sync, no_warn, privileged; unmap repeats them
//       (dma-attributes.rst; dma-api.rst, dma_unmap_single: "All the parameters ... must be identical").
//   R11 What the device may read was written before: memory that was never filled is mapped from_device (check
//       info-leak; mm/kmsan/hooks.c, kmsan_handle_dma()).
// Ownership
//   R12 The device owns a mapping from map or sync_for_device, the CPU from sync_for_cpu or unmap, to the byte
//       (dma-api.rst, "Part Id"; dma-api-howto.rst, "DMA Direction"). Each touches only what it owns, reads
//       included.
//   R13 The CPU does not write what is mapped from_device (dma-api.rst: "treated as read-only by the driver").
//   R14 The device reads to_device, writes from_device, does both bidirectional (dma-api.rst, direction table).
//   R15 What the CPU wrote is handed over by sync_for_device before sync_for_cpu or unmap would overwrite it
//       (dma-api.rst, bidirectional memory: "always sync ... twice"; swiotlb.rst, "sync" copies).
//   R16 skip_cpu_sync at map leaves ownership with the CPU; at unmap it needs the CPU to own it all, or to_device
//       (dma-attributes.rst, DMA_ATTR_SKIP_CPU_SYNC).
//   R17 A sync lies inside its mapping; a scatterlist is synced whole (dma-api.rst, dma_sync_single_for_cpu: "all
//       the parameters must be the same"). For a non-coherent device it covers whole cache lines. Only bytes that
//       the CPU owns are synced for the device. Mappings of registers have nothing to sync; those of the IOVA API are
//       unknown to dma-debug, which would take a sync for a mistake.
// Scatterlists
//   R18 1 .. DMAF_SG_MAX entries inside the buffer, none empty, none longer than the device's maximum segment or
//       across its segment boundary (kernel/dma/debug.c, check_sg_segment()). Single mappings have no such limits.
//   R19 Page-array kinds want pages (page allocator or vmalloc). A list that is appended to starts at a page and has
//       segments of whole pages: pages that are joined count as whole (lib/scatterlist.c,
//       sg_alloc_append_table_from_pages()).
//   R20 Mapped once and never again (docs/findings/sg-mapped-again.md), unmapped with the original entry count, freed
//       unmapped (dma-api.rst,
//       dma_map_sg).
// Device memory
//   R21 Attributes only for dma_alloc_attrs and dmam_alloc_attrs; noncontiguous takes alloc_single_pages
//       (dma-api.rst).
//   R22 Coherent memory is both sides' at any time, and never synced; PAGES kinds have a direction, start with the
//       CPU and are synced (dma-api.rst, Part Ia and Part II). no_kernel_mapping memory is never touched by the
//       CPU (dma-attributes.rst). What the device may write at any time is fetched once in a path.
//   R23 noncontiguous memory is one segment: it fits the device's maximum segment and boundary (as R18).
//   R24 dma_get_sgtable only for dma_alloc_attrs memory that has pages (kernel/dma/mapping.c, its comment).
//   R25 Pools: alignment is a power of two, boundary none or at least the aligned size, blocks are freed before
//       the pool (mm/dmapool.c, dma_pool_create_node(), dma_pool_destroy()).
//   R28 dmam_alloc_attrs() memory with attributes goes by unbind: dmam_free_coherent() does not take them
//       (kernel/dma/mapping.c; docs/findings/dmam-free-attrs.md).
//   R29 Coherent memory of a non-coherent device with a restricted pool is not asked for in atomic context: the kernel
//       sleeps there (kernel/dma/direct.c; docs/findings/restricted-pool-atomic-remap.md).
//   R30 Where cache lines have 128 bytes, kmalloc objects of a non-coherent device are not of the size class of 192:
//       a part of 128 bytes is neither at a line nor bounced (docs/findings/kmalloc-part-not-bounced.md).
// Device
//   R26 Masks, segment limits and alignment change only while nothing is mapped or allocated (dma-api-howto.rst,
//       "DMA addressing capabilities": in the probe routine).
//   R27 Unbind when only managed objects are left, which go with it (drivers/base/devres.c); until bind nothing
//       needs the device.
class Shaper;

// Cache line size that a lawful program reckons with: the largest ARCH_DMA_MINALIGN in use, 128 bytes. Objects of a
// non-coherent device are taken to start at a line, as kmalloc promises there; cache objects then are whole lines.
inline constexpr std::uint32_t kLine = 128;

struct BufState {
  std::uint8_t kind;
  std::uint32_t len;
  InitRanges init;  // bytes that the CPU surely wrote (R11)
};

struct MapState {
  std::uint8_t buf, kind, dir, attrs;
  std::uint32_t off, len;  // range in the buffer
  CpuRanges cpu;           // what the CPU owns, offsets from the start of the mapping
};

struct SgState {
  std::uint8_t buf, kind;
  std::uint16_t count;
  std::uint32_t off, len, stride;  // entry i: off + i * stride, len bytes
  // While mapped (ShapeState::sg_mapped):
  std::uint8_t dir, attrs;
  bool cpu, dirty;  // the CPU owns it; and would lose what it wrote (R15)

  std::uint32_t total() const { return count * len; }
  std::uint32_t end() const { return off + (count - 1) * stride + len; }
};

struct CohState {
  std::uint8_t kind, dir, attrs;
  std::uint32_t len;
  CpuRanges cpu;  // of kinds that want syncs
};

struct PoolState {
  std::uint8_t kind;
  std::uint32_t len;
  std::uint16_t blocks;  // bit set of its live blocks
};

struct BlkState {
  std::uint8_t pool;
};

// Everything the shaper knows. Plain data: copying it forks the shaper.
struct ShapeState {
  std::uint16_t live[DMAF_CLASSES];  // bit set of live handles, by class
  std::uint16_t sg_mapped;           // those of SG that are mapped
  std::uint16_t sg_used;             // those of SG that ever were
  bool bound;
  std::uint8_t boundary_order;  // in force; 0 or 32: none that matters
  std::uint8_t mask_bits;       // lowest streaming mask so far: a request for more may have been refused
  std::uint32_t max_seg;        // in force, bytes
  BufState buf[DMAF_HANDLES];
  MapState map[DMAF_HANDLES];
  SgState sg[DMAF_HANDLES];
  CohState coh[DMAF_HANDLES];
  PoolState pool[DMAF_HANDLES];
  BlkState blk[DMAF_HANDLES];
};

class Shaper {
 public:
  explicit Shaper(const dmaf_config& config);

  // Takes a canonical operation. Repairs it, as little as it can, into what a driver may do now, and returns true with
  // the state advanced past it; or returns false with the state as it was. A lawful operation is not changed.
  bool admit(dmaf_op& op);

  // Appends what releases every live object, lawfully: the end of a driver's life. Managed memory goes by UNBIND. The
  // state advances; afterwards nothing is live.
  void close(std::vector<dmaf_op>& ops);

  const ShapeState& state() const { return state_; }
  bool live(unsigned cls, unsigned h) const { return state_.live[cls] >> h & 1; }
  // True if the CPU may read (write) each byte of the object's range.
  bool cpu_may_access(unsigned cls, unsigned h, std::uint32_t off, std::uint32_t len, bool write) const;
  // Coherent kinds that have a direction and change hands by syncs.
  static bool wants_syncs(unsigned coh_kind) { return coh_kind >= DMAF_COH_PAGES; }

 private:
  bool admit_alloc(dmaf_op& op);
  bool admit_free(dmaf_op& op);
  bool admit_cpu_access(dmaf_op& op);
  bool admit_evict(dmaf_op& op);
  bool admit_map(dmaf_op& op);
  bool admit_unmap(dmaf_op& op);
  bool admit_sync(dmaf_op& op);
  bool admit_sg_alloc(dmaf_op& op);
  bool admit_sg_map(dmaf_op& op);
  bool admit_sg_unmap(dmaf_op& op);
  bool admit_coh_alloc(dmaf_op& op);
  bool admit_coh_free(dmaf_op& op);
  bool atomic_coherent() const;
  bool admit_pool(dmaf_op& op);
  bool admit_device(dmaf_op& op);
  bool admit_dev_access(dmaf_op& op);

  void make(unsigned cls, unsigned h) { state_.live[cls] |= static_cast<std::uint16_t>(1u << h); }
  void drop(unsigned cls, unsigned h) { state_.live[cls] &= static_cast<std::uint16_t>(~(1u << h)); }
  template <class Test>
  std::uint16_t live_where(unsigned cls, Test test) const {
    std::uint16_t set = 0;
    for (unsigned rest = state_.live[cls]; rest; rest &= rest - 1) {
      const unsigned h = static_cast<unsigned>(__builtin_ctz(rest));
      if (test(h)) set |= static_cast<std::uint16_t>(1u << h);
    }
    return set;
  }

  // Whole lines for a non-coherent device; bytes otherwise.
  Range widen(Range r) const;
  bool sg_overlaps(const SgState& sg, Range r) const;
  bool mapped_overlap(unsigned buf, Range r) const;
  bool sg_mapped_overlap(unsigned h) const;
  bool sg_initialised(const SgState& sg) const;
  bool sg_fits_lines(const SgState& sg) const;
  std::uint32_t cell_size(const BufState& buf) const;
  bool shape_entries(dmaf_op& op, const BufState& buf) const;
  bool shape_pages(dmaf_op& op, const BufState& buf) const;
  bool admit_sync_range(dmaf_op& op, CpuRanges& cpu, std::uint32_t base, std::uint32_t len);
  // Calls block(range) for each range of the buffer that the CPU may not touch now.
  template <class Fn>
  void for_blocked(unsigned buf, Range near, bool write, Fn block) const;
  // Narrows the range to the first part of it that the CPU may touch; false if there is none.
  bool clip_to_cpu(unsigned buf, Range& r, bool write) const;
  // Something lives that was made under the device's present masks and limits.
  bool busy_device() const;

  ShapeState state_;
  dmaf_config config_;
};

// Repairs a whole program in place, lawful or not, and marks it lawful.
void shape(Program& program);
// Whether shape() would leave it as it is.
bool is_lawful(const Program& program);
// The operations that release what a lawful program leaves live, appended to `out`.
void append_closing_ops(const Program& program, std::vector<dmaf_op>& out);

}  // namespace dmafuzz

#endif
