// SPDX-License-Identifier: GPL-2.0-only
#include "engine/offered.h"

#include <array>

#include "program/shape.h"

namespace dmafuzz {

void bend_to_owning(Program& program) {
  std::array<bool, DMAF_HANDLES> listed = {};
  for (const dmaf_op& op : program.ops) {
    if (op.code == DMAF_OP_SG_ALLOC) listed[op.src % DMAF_HANDLES] = true;
  }
  std::array<std::uint32_t, DMAF_HANDLES> length = {};
  for (dmaf_op& op : program.ops) {
    switch (op.code) {
      case DMAF_OP_ALLOC:
        if (listed[op.h % DMAF_HANDLES]) {
          op.kind = DMAF_ALLOC_VMALLOC;
          op.flags &= static_cast<dmaf_u8>(~DMAF_F_ATOMIC);
        }
        length[op.h % DMAF_HANDLES] = op.len;
        break;
      case DMAF_OP_SG_ALLOC:
        op.kind = DMAF_SG_FROM_PAGES;
        op.off = 0;
        op.gap = 0;
        op.val = 1;
        op.len = length[op.src % DMAF_HANDLES];
        break;
      case DMAF_OP_SG_MAP:
        op.kind = DMAF_SG_MAP_SGTABLE;
        op.flags &= static_cast<dmaf_u8>(~DMAF_F_ATOMIC);
        op.attrs = 0;
        break;
      case DMAF_OP_SG_UNMAP:
        op.attrs = 0;
        break;
      case DMAF_OP_COH_ALLOC:
        if (op.kind >= DMAF_COH_PAGES) {
          op.kind = DMAF_COH_COHERENT;
          op.dir = 0;
        }
        break;
      default:
        break;
    }
  }
}

void keep_offered(Program& program, Offers offers, std::uint64_t refused[4]) {
  static std::vector<dmaf_s32> status;  // one OS thread; keeps its room
  for (;;) {
    if (program.lawful) shape(program);
    status.resize(program.ops.size());
    offers(&program.config, program.ops.data(), static_cast<dmaf_u32>(program.ops.size()), status.data());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < program.ops.size(); ++i) {
      if (status[i]) {
        ++refused[status[i] & 3];
      } else {
        program.ops[kept++] = program.ops[i];
      }
    }
    if (kept == program.ops.size()) return;
    program.ops.resize(kept);
  }
}

}  // namespace dmafuzz
