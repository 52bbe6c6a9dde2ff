// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Encoding and decoding of the binary form. The decoder is on the path of each execution of a fuzzer: one pass, no
// allocation once the program's capacity is there.
#include "program/binary.h"

#include <algorithm>

#include "program/shape.h"

namespace dmafuzz {
namespace {

constexpr std::uint8_t kModeRaw = 1;
constexpr std::uint8_t kKnobNoncoherent = 1;
constexpr std::uint8_t kKnobDense = 2;
constexpr std::uint8_t kHighFlags = 0xc0;  // where flags find room that do not fit beside the direction

// The low byte of what is known to fit.
template <class T>
std::uint8_t byte(T value) {
  return static_cast<std::uint8_t>(value);
}

std::uint16_t load16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>(p[0] | p[1] << 8);
}

std::uint32_t load32(const std::uint8_t* p) {
  return load16(p) | static_cast<std::uint32_t>(load16(p + 2)) << 16;
}

void store16(std::uint8_t* p, std::uint16_t value) {
  p[0] = byte(value);
  p[1] = byte(value >> 8);
}

void store32(std::uint8_t* p, std::uint32_t value) {
  store16(p, static_cast<std::uint16_t>(value));
  store16(p + 2, static_cast<std::uint16_t>(value >> 16));
}

void load_header(const std::uint8_t* p, Program& program) {
  program.lawful = (p[0] & kModeRaw) == 0;
  dmaf_config& config = program.config;
  config = {};
  config.path = p[1];
  config.coherent = (p[2] & kKnobNoncoherent) ? 0 : 1;
  config.dense = (p[2] & kKnobDense) ? 1 : 0;
  config.mask_bits = p[3];
  config.coherent_mask_bits = p[4];
  config.boundary_order = p[5];
  config.min_align_order = p[6];
  config.fill = p[7];
  config.max_seg = load32(p + 8);
  config.line_order = p[12];
  canonicalise(config);
}

void store_header(const Program& program, std::uint8_t* p) {
  const dmaf_config& config = program.config;
  p[0] = program.lawful ? 0 : kModeRaw;
  p[1] = config.path;
  p[2] = byte((config.coherent ? 0 : kKnobNoncoherent) | (config.dense ? kKnobDense : 0));
  p[3] = config.mask_bits;
  p[4] = config.coherent_mask_bits;
  p[5] = config.boundary_order;
  p[6] = config.min_align_order;
  p[7] = config.fill;
  store32(p + 8, config.max_seg);
  store32(p + 12, config.line_order);
}

void load_record(const std::uint8_t* p, dmaf_op& op) {
  op.code = p[0];
  op.cls = p[1] & 15;
  op.kind = p[1] >> 4;
  op.h = p[2] & 15;
  op.src = p[2] >> 4;
  op.dir = p[3] & 3;
  op.flags = byte(p[3] >> 2);
  op.off = load32(p + 4);
  op.len = load32(p + 8);
  op.val = load16(p + 12);
  op.attrs = p[14];
  op.gap = static_cast<dmaf_u16>(p[15] * kGapUnit);
  if (!op_info(op.code % DMAF_OP_COUNT).has(DMAF_HAS_GAP)) op.flags |= byte(p[15] & kHighFlags);
  canonicalise(op);
}

void store_record(const dmaf_op& op, std::uint8_t* p) {
  p[0] = op.code;
  p[1] = byte(op.cls | op.kind << 4);
  p[2] = byte(op.h | op.src << 4);
  p[3] = byte(op.dir | (op.flags & ~kHighFlags) << 2);
  store32(p + 4, op.off);
  store32(p + 8, op.len);
  store16(p + 12, op.val);
  p[14] = op.attrs;
  p[15] = byte(op.gap / kGapUnit | (op.flags & kHighFlags));
}

// Returns the records that follow the header.
std::span<const std::uint8_t> load_front(std::span<const std::uint8_t> bytes, Program& program) {
  program.ops.clear();
  if (bytes.size() >= kHeaderSize) {
    load_header(bytes.data(), program);
    return bytes.subspan(kHeaderSize);
  }
  std::uint8_t padded[kHeaderSize] = {};
  std::copy(bytes.begin(), bytes.end(), padded);
  load_header(padded, program);
  return {};
}

}  // namespace

void decode_unshaped(std::span<const std::uint8_t> bytes, Program& program, std::size_t max_ops) {
  std::span<const std::uint8_t> records = load_front(bytes, program);
  max_ops = std::min(max_ops, kMaxOps);
  for (; records.size() >= kRecordSize && program.ops.size() < max_ops; records = records.subspan(kRecordSize))
    load_record(records.data(), program.ops.emplace_back());
}

void decode(std::span<const std::uint8_t> bytes, Program& program, std::size_t max_ops) {
  std::span<const std::uint8_t> records = load_front(bytes, program);
  if (!program.lawful) {
    decode_unshaped(bytes, program, max_ops);
    return;
  }
  max_ops = std::min(max_ops, kMaxOps);
  Shaper shaper(program.config);
  for (; records.size() >= kRecordSize && program.ops.size() < max_ops; records = records.subspan(kRecordSize)) {
    dmaf_op op;
    load_record(records.data(), op);
    if (shaper.admit(op)) program.ops.push_back(op);
  }
}

Program decode(std::span<const std::uint8_t> bytes, std::size_t max_ops) {
  Program program;
  decode(bytes, program, max_ops);
  return program;
}

std::size_t encode(const Program& program, std::span<std::uint8_t> out) {
  if (out.size() < kHeaderSize) return 0;
  store_header(program, out.data());
  std::size_t count = std::min(program.ops.size(), (out.size() - kHeaderSize) / kRecordSize);
  for (std::size_t i = 0; i < count; ++i) store_record(program.ops[i], out.data() + encoded_size(i));
  return encoded_size(count);
}

std::vector<std::uint8_t> encode(const Program& program) {
  std::vector<std::uint8_t> bytes(encoded_size(program.ops.size()));
  encode(program, bytes);
  return bytes;
}

}  // namespace dmafuzz
