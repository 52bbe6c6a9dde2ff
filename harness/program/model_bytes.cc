// SPDX-License-Identifier: GPL-2.0-only
// The reference model: which bytes each side must see. One rule carries it: whoever writes makes the other side's copy
// unknown until a handover, because paths differ in when it becomes visible (at once, by copy, by cache maintenance).
// Relies on the shaper's R8 and R9 for cache lines: what shares a line is not told apart here.
#include <algorithm>

#include "program/model.h"

namespace dmafuzz {

// The CPU wrote bytes of a buffer (or the device did, through `except`): no other mapping of them has a known view.
void Model::disown(unsigned buf, uint32_t off, uint32_t len, const Object* except) {
  const auto cut = [&](unsigned, Object& o) {
    if (o.src != buf || &o == except) return;
    // Entries that the range touches.
    for (uint32_t i = off > o.off ? (off - o.off) / std::max(o.stride, 1u) : 0; i < o.count; i++) {
      const uint32_t start = o.off + i * o.stride;
      if (start >= off + len) break;
      const uint32_t lo = std::max(start, off), hi = std::min(start + o.len, off + len);
      if (lo >= hi) continue;
      o.device_bytes.write(i * o.len + (lo - start), hi - lo, {});
      if (!except) o.dirty |= o.dir != DMAF_TO_DEVICE;
    }
  };
  each_live(DMAF_MAP, cut);
  each_live(DMAF_SG, [&](unsigned h, Object& o) {
    if (o.mapped) cut(h, o);
  });
}

void Model::cpu_wrote(const dmaf_op& op) {
  Object& o = object(op.cls, op.h);
  const ByteSource source = pattern(op);
  if (op.cls == DMAF_MAP || op.cls == DMAF_SG) {
    each_piece(o, op.off, op.len, [&](uint32_t at, uint32_t from, uint32_t n) {
      object(DMAF_BUF, o.src).cpu_bytes.write(from, n, source.moved(from - at));
      disown(o.src, from, n, nullptr);
    });
    return;
  }
  o.cpu_bytes.write(op.off, op.len, source);
  if (op.cls == DMAF_BUF) disown(op.h, op.off, op.len, nullptr);
  if (op.cls == DMAF_COH && wants_syncs(o)) o.device_bytes.write(op.off, op.len, {});
}

void Model::device_wrote(const dmaf_op& op) {
  Object& o = object(op.cls, op.h);
  const ByteSource source = pattern(op);
  if (op.cls == DMAF_MAP || op.cls == DMAF_SG) {
    Object& buffer = object(DMAF_BUF, o.src);
    // Registers promise nothing of what is written to them.
    if (buffer.kind == DMAF_ALLOC_RESOURCE) return;
    o.device_bytes.write(op.off, op.len, source);
    each_piece(o, op.off, op.len, [&](uint32_t, uint32_t from, uint32_t n) {
      buffer.cpu_bytes.write(from, n, {});
      disown(o.src, from, n, &o);
    });
  } else if (op.cls == DMAF_COH && wants_syncs(o)) {
    o.device_bytes.write(op.off, op.len, source);
    o.cpu_bytes.write(op.off, op.len, {});
  } else {
    // dma-api.rst, Part Ia: a write by either side can immediately be read by the other.
    o.cpu_bytes.write(op.off, op.len, source);
  }
}

// map and sync_for_device, dma-api.rst "Part Id": afterwards the device sees what the CPU sees. So too for FROM_DEVICE,
// where it matters for what the device leaves alone: nobody wrote since (R13), or the bytes are unknown already.
void Model::hand_to_device(unsigned cls, Object& o, uint32_t off, uint32_t len) {
  if (cls == DMAF_COH) {
    o.device_bytes.copy(off, o.cpu_bytes, off, len);
    return;
  }
  const Object& buffer = object(DMAF_BUF, o.src);
  each_piece(o, off, len,
             [&](uint32_t at, uint32_t from, uint32_t n) { o.device_bytes.copy(at, buffer.cpu_bytes, from, n); });
}

// unmap and sync_for_cpu: the CPU sees what the device sees, unless the device only ever read.
void Model::hand_to_cpu(unsigned cls, Object& o, uint32_t off, uint32_t len) {
  if (o.dir == DMAF_TO_DEVICE) return;
  if (cls == DMAF_COH) {
    o.cpu_bytes.copy(off, o.device_bytes, off, len);
    return;
  }
  Object& buffer = object(DMAF_BUF, o.src);
  each_piece(o, off, len, [&](uint32_t at, uint32_t from, uint32_t n) {
    buffer.cpu_bytes.copy(from, o.device_bytes, at, n);
    // Lawful programs map no byte twice (R8); others get no promise about the second view.
    disown(o.src, from, n, &o);
  });
}

bool Model::expand(Side side, unsigned cls, unsigned h, uint32_t off, uint32_t len, uint8_t* bytes,
                   uint8_t* known) const {
  if (!live(cls, h) || !in_bounds(cls, h, off, len)) return false;
  each_expected(side, cls, h, off, len, [&](uint32_t at, uint32_t n, ByteSource source) {
    for (uint32_t i = 0; i < n; i++) {
      if (source.known()) bytes[at - off + i] = source.at(at + i);
      if (known) known[at - off + i] = source.known();
    }
  });
  return true;
}

Verdict Model::check_observed(const dmaf_op& op, std::span<const uint8_t> observed) const {
  if ((op.code != DMAF_OP_CHECK && op.code != DMAF_OP_DEV_READ) || observed.size() < op.len) return {};
  const Side side = op.code == DMAF_OP_CHECK ? Side::kCpu : Side::kDevice;
  Verdict verdict;
  each_expected(side, op.cls, op.h, op.off, op.len, [&](uint32_t at, uint32_t n, ByteSource source) {
    if (!verdict.ok()) return;
    const uint32_t bad = first_mismatch(source, at, n, observed.data() + (at - op.off));
    if (bad == at + n) return;
    verdict = wrong(op, Mismatch::kBytes, bad, source.at(bad), observed[bad - op.off]);
    verdict.source = source;
  });
  return verdict;
}

}  // namespace dmafuzz
