// SPDX-License-Identifier: GPL-2.0-only
// The reference model: an executable reading of Documentation/core-api/dma-api.rst for lawful programs.
// It follows a program as it runs, says before each operation how it may end, and afterwards whether result, addresses
// and bytes are what the API promises: the same promise on every path. Where the API leaves a byte open, so does it.
#ifndef DMAFUZZ_PROGRAM_MODEL_H
#define DMAFUZZ_PROGRAM_MODEL_H

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "backend/backend.h"
#include "program/content.h"
#include "program/model_facts.h"

namespace dmafuzz {

enum class Outcome : uint8_t {
  kSkip,         // an object it names vanished at run time: do not run it
  kMustSucceed,  // the API and what is in use leave no reason to fail
  kMayFail,      // with one of the errors
  kMustFail,
};

// Errors, as a bit set.
enum ErrorBit : uint8_t {
  kErrNoMem = 1,
  kErrIo = 2,
  kErrInval = 4,
  kErrOther = 128,  // any other
};

struct Prediction {
  Outcome outcome = Outcome::kMustSucceed;
  uint8_t errors = 0;     // ErrorBit, when it fails
  bool offered = true;    // false: DMAF_ST_NOT_OFFERED is the answer
  bool injected = false;  // only an injected failure can be why
  bool may_warn = false;  // the kernel may print a warning of its own when it refuses (address overflow)
};

enum class Mismatch : uint8_t {
  kNone,
  kUnexpectedFailure,
  kUnexpectedSuccess,
  kWrongError,
  kNotOffered,  // said not to exist, and it does
  kDeadHandle,  // the backend lost an object
  kNoCpuAddress,
  kCpuZone,  // memory from a zone that was not asked for
  kCpuAlignment,
  kSegments,  // number of segments, or their total length
  kMask,
  kSegmentTooLong,
  kBoundary,
  kAlignment,  // min_align_mask, pool alignment, natural alignment of coherent memory
  kOverlap,    // two live objects at one DMA address
  kBytes,
  kValue,
  kCount
};

// What was wrong with an operation. Plain numbers; Model::describe() makes them a sentence.
struct Verdict {
  Mismatch what = Mismatch::kNone;
  uint16_t op_index = 0;
  dmaf_op op{};
  uint32_t at = 0;  // offset in the object, or segment
  uint64_t expected = 0;
  uint64_t got = 0;
  ByteSource source;  // kBytes: where the expected byte came from

  bool ok() const { return what == Mismatch::kNone; }
};

enum class Side : uint8_t { kCpu, kDevice };

class Model {
 public:
  explicit Model(const TreeFacts& facts = {}) : facts_(facts) {}
  void set_facts(const TreeFacts& facts) { facts_ = facts; }

  // A program starts; everything of the last one is forgotten.
  void begin(const dmaf_config& config);

  // False when the operation names an object that does not exist (any more), or would make one over another.
  bool runnable(const dmaf_op& op) const;
  // How the operation may end, from what is live now.
  Prediction before(const dmaf_op& op) const;
  // Takes the operation's result into account. `observed` are the bytes that CHECK or DEV_READ saw (op.len of them).
  // Device accesses that did not get through are not the model's: do not pass them here.
  Verdict after(const dmaf_op& op, const dmaf_result& result, std::span<const uint8_t> observed = {});
  // The same with the prediction that before() gave, so that it is not made twice.
  Verdict after(const dmaf_op& op, const Prediction& prediction, const dmaf_result& result,
                std::span<const uint8_t> observed = {});

  // The next operation that gives something back: mappings, then lists, then pools and coherent memory, then buffers.
  // False when nothing is live. The caller runs it and calls after().
  bool next_cleanup(dmaf_op& out) const;

  // Calls visit(position, n, ByteSource) for the object's bytes as that side must see them. The source's pattern is
  // numbered by `position`.
  template <typename Visit>
  void each_expected(Side side, unsigned cls, unsigned h, uint32_t off, uint32_t len, Visit visit) const;
  // The same as bytes; known[i] is 0 where nothing is promised. Returns false if there is no such object.
  bool expand(Side side, unsigned cls, unsigned h, uint32_t off, uint32_t len, uint8_t* bytes, uint8_t* known) const;

  bool live(unsigned cls, unsigned h) const { return cls < DMAF_CLASSES && h < DMAF_HANDLES && (live_[cls] >> h & 1); }
  bool sg_mapped(unsigned h) const { return live(DMAF_SG, h) && objects_[DMAF_SG][h].mapped; }
  bool bound() const { return bound_; }
  bool failure_pending() const { return failure_pending_; }
  // What is known of it from outside: call after each operation where the machine can tell, so that a failure that was
  // swallowed inside the kernel is not expected for ever.
  void set_failure_pending(bool pending) { failure_pending_ = pending; }
  // True while a mapping, a mapped list or memory of the DMA API exists.
  bool device_busy() const;

  std::string describe(const Verdict& verdict) const;

 private:
  // One object of any class. SG entries and mappings are ranges of a buffer: entry i starts at off + i * stride.
  struct Object {
    uint8_t kind = 0, dir = 0, attrs = 0, flags = 0, src = 0;
    bool mapped = false;  // SG
    bool bounced = false;
    // MAP, SG: the CPU may have written what the device may write too, and it was not handed over since (R15).
    bool dirty = false;
    uint32_t off = 0, len = 0, stride = 0, count = 1;
    uint32_t total = 0;  // bytes of the object
    uint32_t orig_nents = 0;
    uint32_t pool_allocs = 0;       // POOL: pages that its blocks may hold, an upper bound
    uint64_t cpu = 0;               // address of the first byte, or 0
    uint64_t dma = 0, dma_len = 0;  // first segment
    uint32_t nseg = 0;
    Content cpu_bytes;     // BUF, COH, BLK
    Content device_bytes;  // MAP, SG, COH that wants syncs
  };
  using Objects = std::array<std::array<Object, DMAF_HANDLES>, DMAF_CLASSES>;

  static constexpr uint64_t kNoPhys = ~uint64_t{0};

  Object& object(unsigned cls, unsigned h) { return objects_[cls][h]; }
  const Object& object(unsigned cls, unsigned h) const { return objects_[cls][h]; }
  static bool wants_syncs(const Object& coh) { return coh.kind >= DMAF_COH_PAGES; }
  template <typename Visit>
  void each_live(unsigned cls, Visit visit) const;
  template <typename Visit>
  void each_live(unsigned cls, Visit visit);
  // Pieces of the range of a MAP or SG: visit(position in the object, offset in the buffer, bytes).
  template <typename Visit>
  static void each_piece(const Object& view, uint32_t off, uint32_t len, Visit visit);
  bool in_bounds(unsigned cls, unsigned h, uint32_t off, uint32_t len) const;
  bool on_iommu() const { return config_.path == DMAF_PATH_IOMMU || config_.path == DMAF_PATH_IOMMU_LAZY; }
  bool forced_bounce() const { return config_.path == DMAF_PATH_BOUNCE || config_.path == DMAF_PATH_RESTRICTED; }
  uint64_t boundary() const;
  void set_limits(const dmaf_config& config);

  // model_predict.cc: what may run out.
  Prediction predict(const dmaf_op& op) const;
  void predict_alloc(const dmaf_op& op, Prediction& p) const;
  void predict_map(const dmaf_op& op, Prediction& p) const;
  void predict_sg_map(const dmaf_op& op, Prediction& p) const;
  void predict_coherent(uint64_t size, unsigned kind, const dmaf_op& op, Prediction& p) const;
  void predict_pool_create(const dmaf_op& op, Prediction& p) const;
  void predict_set_mask(const dmaf_op& op, Prediction& p) const;
  bool zone_has(Zone zone, uint64_t size) const;
  Zone zone_of_object(unsigned cls, const Object& o) const;
  Zone coherent_zone() const;
  bool needs_bounce(uint64_t phys, uint64_t len, unsigned dir) const;
  bool bounces_for_size(uint64_t len) const;
  bool crowded_line(const dmaf_op& op) const;
  Outcome bounce(uint64_t len, uint64_t extra_pieces, uint64_t extra_bytes, bool as_memory) const;
  bool iova_has(uint64_t size, uint64_t mask) const;
  uint64_t phys_of(const Object& buffer, uint32_t off) const;

  // model_bytes.cc: who sees what.
  void cpu_wrote(const dmaf_op& op);
  void device_wrote(const dmaf_op& op);
  void hand_to_device(unsigned cls, Object& o, uint32_t off, uint32_t len);
  void hand_to_cpu(unsigned cls, Object& o, uint32_t off, uint32_t len);
  void disown(unsigned buf, uint32_t off, uint32_t len, const Object* except);
  Verdict check_observed(const dmaf_op& op, std::span<const uint8_t> observed) const;

  // model_check.cc: what results must look like.
  Verdict check_status(const dmaf_op& op, const Prediction& p, const dmaf_result& r) const;
  Verdict check_result(const dmaf_op& op, const dmaf_result& r) const;
  Verdict check_cpu_memory(const dmaf_op& op, const dmaf_result& r) const;
  Verdict check_segments(const dmaf_op& op, const dmaf_result& r) const;
  Verdict check_addresses(const dmaf_op& op, const dmaf_result& r, uint64_t mask) const;
  Verdict check_block(const dmaf_op& op, const dmaf_result& r) const;
  Verdict check_overlap(const dmaf_op& op, const dmaf_result& r) const;
  Verdict check_query(const dmaf_op& op, const dmaf_result& r) const;
  Verdict wrong(const dmaf_op& op, Mismatch what, uint32_t at, uint64_t expected, uint64_t got) const;

  // model.cc: what exists.
  void apply(const dmaf_op& op, const dmaf_result& r);
  void apply_coherent(const dmaf_op& op, const dmaf_result& r);
  static bool starts_dirty(const Object& o);
  void make(unsigned cls, unsigned h) { live_[cls] |= static_cast<uint16_t>(1u << h); }
  void drop(unsigned cls, unsigned h) { live_[cls] &= static_cast<uint16_t>(~(1u << h)); }
  void remember(Object& o, const dmaf_result& r);
  void give_back_iova(const Object& o);
  void note_refused_iova(const dmaf_op& op);
  ByteSource pattern(const dmaf_op& op) const { return {0, op.val, op_index_, ByteSource::kPattern}; }

  TreeFacts facts_;
  dmaf_config config_{};
  Objects objects_;
  std::array<uint16_t, DMAF_CLASSES> live_{};
  uint16_t op_index_ = 0;
  bool bound_ = true;
  bool failure_pending_ = false;

  // Limits in force. After a rebind the bus may have restored them: then the looser one binds addresses (max_*), the
  // tighter one what must succeed.
  uint64_t mask_ = ~uint64_t{0}, coherent_mask_ = ~uint64_t{0};
  uint64_t mask_max_ = ~uint64_t{0}, coherent_mask_max_ = ~uint64_t{0};
  uint32_t max_seg_ = 0;
  uint8_t boundary_order_ = 0;
  uint8_t min_align_order_ = 0;
  bool limits_sure_ = true;

  // IOVA space that is free but may still wait for invalidation (lazy mode).
  uint64_t waiting_iova_ = 0;
  uint32_t waiting_pieces_ = 0;
  // Bytes of the smallest request behind an IOMMU that was refused.
  uint64_t refused_iova_ = ~uint64_t{0};
};

template <typename Visit>
void Model::each_live(unsigned cls, Visit visit) const {
  for (unsigned left = live_[cls]; left; left &= left - 1) {
    const unsigned h = static_cast<unsigned>(__builtin_ctz(left));
    visit(h, objects_[cls][h]);
  }
}

template <typename Visit>
void Model::each_live(unsigned cls, Visit visit) {
  for (unsigned left = live_[cls]; left; left &= left - 1) {
    const unsigned h = static_cast<unsigned>(__builtin_ctz(left));
    visit(h, objects_[cls][h]);
  }
}

template <typename Visit>
void Model::each_piece(const Object& view, uint32_t off, uint32_t len, Visit visit) {
  while (len && view.len) {
    const uint32_t entry = off / view.len, in = off % view.len;
    if (entry >= view.count) return;
    // Entries without gaps are one range.
    const uint32_t room = view.stride == view.len ? view.total - off : view.len - in;
    const uint32_t n = len < room ? len : room;
    visit(off, view.off + entry * view.stride + in, n);
    off += n;
    len -= n;
  }
}

template <typename Visit>
void Model::each_expected(Side side, unsigned cls, unsigned h, uint32_t off, uint32_t len, Visit visit) const {
  if (!live(cls, h)) return;
  const Object& o = object(cls, h);
  const bool view = cls == DMAF_MAP || cls == DMAF_SG;
  if (side == Side::kDevice && (view || (cls == DMAF_COH && wants_syncs(o)))) {
    o.device_bytes.each(off, len, visit);
  } else if (view) {
    each_piece(o, off, len, [&](uint32_t at, uint32_t from, uint32_t n) {
      object(DMAF_BUF, o.src).cpu_bytes.each(from, n, [&](uint32_t in, uint32_t part, ByteSource source) {
        visit(in - from + at, part, source.moved(at - from));
      });
    });
  } else {
    o.cpu_bytes.each(off, len, visit);
  }
}

}  // namespace dmafuzz

#endif
