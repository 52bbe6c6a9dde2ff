// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The binary form of a DMA program: what fuzzing engines mutate. Any byte string decodes to a program; each canonical
// program encodes to exactly one byte string.
#ifndef DMAFUZZ_PROGRAM_BINARY_H
#define DMAFUZZ_PROGRAM_BINARY_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "program/program.h"

namespace dmafuzz {

// Layout, integers little-endian. Header:
//
//   0  mode      bit 0: raw (0: lawful); other bits ignored, written 0
//   1  path      enum dmaf_path
//   2  knobs     bit 0: non-coherent, bit 1: dense; other bits ignored, written 0
//   3  mask      bits of the streaming DMA mask, 24 .. 64; 0 is read as 64
//   4  coherent  bits of the coherent DMA mask, the same
//   5  boundary  order of the segment boundary, 0 or 12 .. 32
//   6  align     order of the minimum alignment, 0 .. 12
//   7  fill      seed of fresh memory
//   8  max_seg   u32, bytes; 0: the default
//   12 line      order of the cache line, 5 .. 7; 0: the default
//   13 reserved  3 bytes, ignored, written 0
//
// then one record an operation:
//
//   0  code
//   1  cls (bits 0-3), kind (bits 4-7)
//   2  h (bits 0-3), src (bits 4-7)
//   3  dir (bits 0-1), flags 0-5 (bits 2-7)
//   4  off       u32
//   8  len       u32
//   12 val       u16
//   14 attrs
//   15 gap       in units of kGapUnit bytes; of operations that have none, flags 6-7 (bits 6-7)
//
// Values out of range are folded into it (program.h, canonicalise()), fields that the operation does not use are
// ignored and written 0. A header that is cut short is padded with zeroes; a record that is cut short is dropped.
inline constexpr std::size_t kHeaderSize = 16;
inline constexpr std::size_t kRecordSize = 16;

constexpr std::size_t encoded_size(std::size_t ops) {
  return kHeaderSize + ops * kRecordSize;
}

// Decodes into `program`, whose capacity is kept: no allocation once it has held a program of that size. A lawful
// program goes through the shaper (shape.h): each operation is repaired or dropped. At most `max_ops` operations are
// kept; the rest of the input is ignored.
void decode(std::span<const std::uint8_t> bytes, Program& program, std::size_t max_ops = kFuzzOps);
Program decode(std::span<const std::uint8_t> bytes, std::size_t max_ops = kFuzzOps);

// Decodes as above, without the shaper: what the bytes say, canonical field by field. For tools and the mutator.
void decode_unshaped(std::span<const std::uint8_t> bytes, Program& program, std::size_t max_ops = kFuzzOps);

// Writes as many operations as fit and returns the bytes written; 0 if not even the header fits.
std::size_t encode(const Program& program, std::span<std::uint8_t> out);
std::vector<std::uint8_t> encode(const Program& program);

}  // namespace dmafuzz

#endif
