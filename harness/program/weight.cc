// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "program/weight.h"

#include <algorithm>

namespace dmafuzz {
namespace {

// Below this, dividing would lose the edges of pages and cost nothing to keep.
constexpr std::uint32_t kKept = 8192;
constexpr unsigned kMostDoublings = 12;

std::uint64_t bytes_of(const dmaf_op& op) {
  if (!op_info(op.code).has(DMAF_HAS_LEN)) return 0;
  switch (op.code) {
    case DMAF_OP_SG_ALLOC:
      return std::uint64_t{op.len} * std::max<unsigned>(op.val, 1);
    case DMAF_OP_ALLOC:
    case DMAF_OP_COH_ALLOC:
    case DMAF_OP_MAP:
    case DMAF_OP_FILL:
    case DMAF_OP_CHECK:
    case DMAF_OP_CACHE_EVICT:
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
    case DMAF_OP_DEV_READ:
    case DMAF_OP_DEV_WRITE:
      return op.len;
    default:
      return 0;
  }
}

std::uint32_t divided(std::uint32_t number, unsigned shift) {
  return number <= kKept ? number : std::max(number >> shift, kKept);
}

std::uint64_t weight_divided(const Program& program, unsigned shift) {
  std::uint64_t sum = 0;
  for (dmaf_op op : program.ops) {
    op.len = divided(op.len, shift);
    sum += bytes_of(op);
  }
  return sum;
}

}  // namespace

std::uint64_t weight(const Program& program) {
  return weight_divided(program, 0);
}

void lighten(Program& program, std::uint64_t budget) {
  unsigned shift = 0;
  while (shift < 8 && weight_divided(program, shift) > budget) ++shift;
  if (!shift) return;
  for (dmaf_op& op : program.ops) {
    if (!bytes_of(op)) continue;
    op.len = divided(op.len, shift);
    op.off = divided(op.off, shift);
    canonicalise(op);
  }
}

std::uint64_t random_budget(Random& random) {
  unsigned doublings = 0;
  while (doublings < kMostDoublings && random.one_in(4)) ++doublings;
  return kLightWeight << doublings;
}

}  // namespace dmafuzz
