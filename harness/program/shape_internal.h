// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the two halves of the shaper share: rounding, the choice of handles and the clamping of ranges.
// Private to shape*.cc.
#ifndef DMAFUZZ_PROGRAM_SHAPE_INTERNAL_H
#define DMAFUZZ_PROGRAM_SHAPE_INTERNAL_H

#include <algorithm>
#include <cstdint>

#include "program/shape.h"

namespace dmafuzz::shape_internal {

inline constexpr std::uint32_t kDefaultMaxSeg = 64 * 1024;  // dma_get_max_seg_size() of a device that said nothing

constexpr std::uint32_t round_down(std::uint32_t x, std::uint32_t to) {
  return x & ~(to - 1);
}
constexpr std::uint32_t round_up(std::uint32_t x, std::uint32_t to) {
  return (x + to - 1) & ~(to - 1);
}

// 1 .. max: what is in range stays, the rest is folded into it.
constexpr std::uint32_t fold(std::uint32_t x, std::uint32_t max) {
  return x >= 1 && x <= max ? x : 1 + x % max;
}

// Moves `h` to the next handle of `set`, itself included, around the end; false if there is none.
inline bool take_from(unsigned set, dmaf_u8& h) {
  set &= (1u << DMAF_HANDLES) - 1;
  if (!set) return false;
  const unsigned above = set >> h << h;
  h = static_cast<dmaf_u8>(__builtin_ctz(above ? above : set));
  return true;
}
inline bool take_free(unsigned live, dmaf_u8& h) {
  return take_from(~live, h);
}

// A range of at least one byte inside an object of `size` bytes.
inline void clamp_range(dmaf_op& op, std::uint32_t size) {
  if (op.off >= size) op.off %= size;
  op.len = std::clamp<std::uint32_t>(op.len, 1, size - op.off);
}

// Narrows the range to the first run of bytes in it that the CPU owns; false if there is none.
inline bool clip_to_parts(dmaf_op& op, const CpuRanges& cpu) {
  Range r = {op.off, op.off + op.len};
  Range run = {0, 0};
  for (unsigned i = 0; i < cpu.count(); ++i) {
    const Range part = cpu[i].r;
    if (!part.overlaps(r)) continue;
    if (run.empty()) {
      run = part;
    } else if (part.lo == run.hi) {
      run.hi = part.hi;
    }
  }
  if (run.empty()) return false;
  op.off = std::max(r.lo, run.lo);
  op.len = std::min(r.hi, run.hi) - op.off;
  return true;
}

// Narrows the range to the first run of bytes in it that the device owns; false if there is none.
inline bool clip_off_parts(dmaf_op& op, const CpuRanges& cpu) {
  Range r = {op.off, op.off + op.len};
  for (unsigned i = 0; i < cpu.count(); ++i) {
    const Range part = cpu[i].r;
    if (part.lo <= r.lo && r.lo < part.hi) {
      r.lo = part.hi;
    } else if (part.lo > r.lo) {
      r.hi = std::min(r.hi, part.lo);
    }
  }
  if (r.empty()) return false;
  op.off = r.lo;
  op.len = r.size();
  return true;
}

}  // namespace dmafuzz::shape_internal

#endif
