// SPDX-License-Identifier: GPL-2.0-only
//
// See box.h.
#include "guest/box.h"

#include <cstring>
#include <stdexcept>

namespace dmafuzz {
namespace {

template <typename T>
void put(std::span<uint8_t> box, uint64_t& at, const T& value) {
  std::memcpy(box.data() + at, &value, sizeof value);
  at += sizeof value;
}

template <typename T>
T get(std::span<const uint8_t> box, uint64_t at) {
  if (at > box.size() || box.size() - at < sizeof(T)) throw std::runtime_error("the guest's box is cut short");
  T value;
  std::memcpy(&value, box.data() + at, sizeof value);
  return value;
}

static_assert(sizeof(dmaf_guest_box) % 8 == 0 && sizeof(dmaf_guest_program) % 8 == 0);
static_assert(sizeof(dmaf_guest_op) % 8 == 0 && sizeof(dmaf_guest_record) % 8 == 0);

}  // namespace

size_t fill_box(std::span<const GuestProgram> programs, std::span<uint8_t> box) {
  dmaf_guest_box head{};
  head.magic = DMAF_GUEST_MAGIC;
  head.abi = DMAF_GUEST_ABI;
  head.in = sizeof head;
  const uint64_t most = box.size() / 2;
  uint64_t at = head.in;
  for (const GuestProgram& program : programs) {
    const uint64_t size = sizeof(dmaf_guest_program) + program.ops.size() * sizeof(dmaf_guest_op);
    if (at > most || size > most - at) break;
    put(box, at,
        dmaf_guest_program{.number = program.number,
                           .count = static_cast<dmaf_u32>(program.ops.size()),
                           .config = program.config,
                           .lawful = program.lawful,
                           .reserved = 0});
    for (const dmaf_guest_op& op : program.ops) put(box, at, op);
    ++head.programs;
  }
  head.out = at;
  head.out_size = box.size() - at;
  std::memcpy(box.data(), &head, sizeof head);
  return head.programs;
}

GuestAnswer read_box(std::span<const uint8_t> box) {
  const auto head = get<dmaf_guest_box>(box, 0);
  if (head.magic != DMAF_GUEST_MAGIC || head.abi != DMAF_GUEST_ABI || head.out > box.size() ||
      head.out_used > box.size() - head.out) {
    throw std::runtime_error("the guest's box makes no sense");
  }
  GuestAnswer answer;
  answer.state = head.state;
  const std::span<const uint8_t> out = box.subspan(head.out, head.out_used);
  for (uint64_t at = 0; at < out.size();) {
    GuestRecord& one = answer.records.emplace_back();
    one.record = get<dmaf_guest_record>(out, at);
    at += sizeof one.record;
    if (one.record.bytes > out.size() - at) throw std::runtime_error("a record of the guest is cut short");
    one.bytes.assign(out.begin() + static_cast<ptrdiff_t>(at),
                     out.begin() + static_cast<ptrdiff_t>(at + one.record.bytes));
    at += dmaf_guest_padded(one.record.bytes);
  }
  return answer;
}

std::vector<dmaf_guest_op> setup_operations(const dmaf_config& config) {
  std::vector<dmaf_guest_op> ops;
  const auto add = [&](unsigned code, unsigned kind, unsigned val, uint32_t len) {
    dmaf_guest_op one{};
    one.op.code = static_cast<dmaf_u8>(code);
    one.op.kind = static_cast<dmaf_u8>(kind);
    one.op.val = static_cast<dmaf_u16>(val);
    one.op.len = len;
    one.index = static_cast<dmaf_u32>(ops.size());
    one.origin = DMAF_GUEST_SETUP;
    ops.push_back(one);
  };
  add(DMAF_OP_SET_MASK, DMAF_MASK_STREAMING, config.mask_bits, 0);
  add(DMAF_OP_SET_MASK, DMAF_MASK_COHERENT, config.coherent_mask_bits, 0);
  if (config.max_seg) add(DMAF_OP_SET_MAX_SEG, 0, 0, config.max_seg);
  if (config.boundary_order) add(DMAF_OP_SET_BOUNDARY, 0, config.boundary_order, 0);
  if (config.min_align_order) add(DMAF_OP_SET_MIN_ALIGN, 0, config.min_align_order, 0);
  return ops;
}

}  // namespace dmafuzz
