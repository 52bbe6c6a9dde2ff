// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The lawful shaper's rules for memory that the DMA API hands out, for pools and for the device, and the operations
// that close a program. R1, R2, ... are the rules listed in shape.h.
#include <algorithm>

#include "program/shape.h"
#include "program/shape_internal.h"

namespace dmafuzz {

using namespace shape_internal;

namespace {

constexpr std::uint32_t kMaxPoolBlock = 64 * 1024;

std::uint32_t floor_power_of_two(std::uint32_t x) {
  return x ? 1u << (31 - __builtin_clz(x)) : 0;
}

// The stricter of two boundary orders, 0 being none.
std::uint8_t tighter(std::uint8_t a, std::uint8_t b) {
  return a && b ? std::min(a, b) : std::max(a, b);
}

}  // namespace

// R29: what the kernel cannot do in atomic context although its documentation says so.
bool Shaper::atomic_coherent() const {
  return config_.coherent || config_.path != DMAF_PATH_RESTRICTED;
}

bool Shaper::admit_coh_alloc(dmaf_op& op) {
  if (!take_free(state_.live[DMAF_COH], op.h)) return false;
  op.len = fold(op.len, DMAF_OBJECT_MAX);                                                // R3
  op.flags &= op.kind == DMAF_COH_COHERENT ? DMAF_F_ATOMIC | DMAF_F_ZERO : DMAF_F_ZERO;  // R4
  if (!atomic_coherent()) op.flags &= static_cast<dmaf_u8>(~DMAF_F_ATOMIC);
  switch (op.kind) {  // R21
    case DMAF_COH_COHERENT:
    case DMAF_COH_MANAGED:
      op.attrs &= static_cast<dmaf_u8>(~DMAF_A_SKIP_CPU_SYNC);
      break;
    case DMAF_COH_NONCONTIGUOUS:
      op.attrs &= DMAF_A_ALLOC_SINGLE_PAGES;
      break;
    default:
      op.attrs = 0;
      break;
  }
  if (!wants_syncs(op.kind) || op.dir == DMAF_DIR_NONE) op.dir = DMAF_BIDIRECTIONAL;
  if (op.kind == DMAF_COH_NONCONTIGUOUS) {
    if (state_.max_seg < kPage) return false;  // R23
    op.len = std::min(op.len, round_down(state_.max_seg, kPage));
    if (state_.boundary_order && state_.boundary_order < 32) op.len = std::min(op.len, 1u << state_.boundary_order);
    if (op.dir != DMAF_FROM_DEVICE) op.flags |= DMAF_F_ZERO;  // R11: not every implementation clears it unasked
  }
  CohState& coh = state_.coh[op.h];
  coh.kind = op.kind;
  coh.dir = op.dir;
  coh.attrs = op.attrs;
  coh.len = op.len;
  coh.cpu.clear();
  // The CPU has it first, zeroes not yet handed over (R15).
  if (wants_syncs(op.kind)) coh.cpu.set_all(op.len, op.dir != DMAF_TO_DEVICE);
  make(DMAF_COH, op.h);
  return true;
}

bool Shaper::admit_coh_free(dmaf_op& op) {
  const std::uint16_t set = live_where(DMAF_COH, [&](unsigned h) {  // R28
    return state_.coh[h].kind != DMAF_COH_MANAGED || !state_.coh[h].attrs;
  });
  if (!take_from(set, op.h)) return false;
  op.flags = 0;  // R4
  drop(DMAF_COH, op.h);
  return true;
}

bool Shaper::admit_pool(dmaf_op& op) {
  switch (op.code) {
    case DMAF_OP_COH_SGTABLE: {
      std::uint16_t set = live_where(DMAF_COH, [&](unsigned h) {  // R24
        return !wants_syncs(state_.coh[h].kind) && !(state_.coh[h].attrs & DMAF_A_NO_KERNEL_MAPPING);
      });
      return config_.path != DMAF_PATH_POOL && take_from(set, op.h);
    }
    case DMAF_OP_POOL_CREATE: {
      if (!take_free(state_.live[DMAF_POOL], op.h)) return false;
      op.len = fold(op.len, kMaxPoolBlock);
      op.off = floor_power_of_two(std::min(op.off, kPage));  // R25
      const std::uint32_t size = round_up(op.len, std::max(op.off, 1u));
      if (op.val && (1u << op.val) < size) op.val = 0;
      PoolState& pool = state_.pool[op.h];
      pool.kind = op.kind;
      pool.len = op.len;
      pool.blocks = 0;
      make(DMAF_POOL, op.h);
      return true;
    }
    case DMAF_OP_POOL_DESTROY: {
      std::uint16_t set = live_where(DMAF_POOL, [&](unsigned h) { return state_.pool[h].blocks == 0; });  // R25
      if (!take_from(set, op.h)) return false;
      drop(DMAF_POOL, op.h);
      return true;
    }
    case DMAF_OP_POOL_ALLOC:
      if (!take_free(state_.live[DMAF_BLK], op.h) || !take_from(state_.live[DMAF_POOL], op.src)) return false;
      op.flags &= atomic_coherent() ? DMAF_F_ATOMIC | DMAF_F_ZERO : DMAF_F_ZERO;
      state_.blk[op.h].pool = op.src;
      state_.pool[op.src].blocks |= static_cast<std::uint16_t>(1u << op.h);
      make(DMAF_BLK, op.h);
      return true;
    default:  // POOL_FREE
      if (!take_from(state_.live[DMAF_BLK], op.h)) return false;
      op.flags &= DMAF_F_ATOMIC;
      state_.pool[state_.blk[op.h].pool].blocks &= static_cast<std::uint16_t>(~(1u << op.h));
      drop(DMAF_BLK, op.h);
      return true;
  }
}

bool Shaper::busy_device() const {
  return (state_.live[DMAF_MAP] | state_.live[DMAF_SG] | state_.live[DMAF_COH] | state_.live[DMAF_POOL]) != 0;
}

bool Shaper::admit_device(dmaf_op& op) {
  if (op.code == DMAF_OP_BIND) {
    if (state_.bound) return false;
    // Whether limits outlive the driver is the bus's affair: keep to the stricter.
    state_.bound = true;
    state_.max_seg = std::min(state_.max_seg, config_.max_seg ? config_.max_seg : kDefaultMaxSeg);
    state_.boundary_order = tighter(state_.boundary_order, config_.boundary_order);
    return true;
  }
  if (!state_.bound) return false;
  if (op.code == DMAF_OP_UNBIND) {  // R27
    std::uint16_t own_coh = live_where(DMAF_COH, [&](unsigned h) { return state_.coh[h].kind != DMAF_COH_MANAGED; });
    std::uint16_t own_pools =
        live_where(DMAF_POOL, [&](unsigned h) { return state_.pool[h].kind != DMAF_POOL_MANAGED; });
    if (own_coh || own_pools || state_.live[DMAF_MAP] || state_.live[DMAF_SG] || state_.live[DMAF_BLK]) return false;
    state_.live[DMAF_COH] = state_.live[DMAF_POOL] = 0;
    state_.bound = false;
    return true;
  }
  if (busy_device()) return false;  // R26
  switch (op.code) {
    case DMAF_OP_SET_MASK:
      if (op.val < 24) op.val = static_cast<dmaf_u16>(24 + op.val);
      if (op.kind != DMAF_MASK_COHERENT) state_.mask_bits = std::min(state_.mask_bits, static_cast<dmaf_u8>(op.val));
      return true;
    case DMAF_OP_SET_MAX_SEG:
      state_.max_seg = op.len ? op.len : kDefaultMaxSeg;
      return true;
    case DMAF_OP_SET_BOUNDARY:
      if (op.val && (op.val < 12 || op.val > 32)) op.val = static_cast<dmaf_u16>(12 + op.val % 21);
      state_.boundary_order = static_cast<dmaf_u8>(op.val);
      return true;
    default:  // SET_MIN_ALIGN
      return true;
  }
}

bool Shaper::admit_dev_access(dmaf_op& op) {
  const std::uint8_t wrong = op.code == DMAF_OP_DEV_READ ? DMAF_FROM_DEVICE : DMAF_TO_DEVICE;  // R14
  switch (op.cls) {
    case DMAF_MAP: {
      std::uint16_t set = live_where(
          DMAF_MAP, [&](unsigned h) { return state_.map[h].dir != wrong && state_.map[h].kind != DMAF_MAP_RESOURCE; });
      if (!take_from(set, op.h)) return false;
      clamp_range(op, state_.map[op.h].len);
      return clip_off_parts(op, state_.map[op.h].cpu);  // R12
    }
    case DMAF_SG: {
      std::uint16_t set =
          live_where(DMAF_SG, [&](unsigned h) { return state_.sg[h].dir != wrong && !state_.sg[h].cpu; });
      if (!take_from(set & state_.sg_mapped, op.h)) return false;
      clamp_range(op, state_.sg[op.h].total());
      return true;
    }
    case DMAF_COH: {
      std::uint16_t set = live_where(
          DMAF_COH, [&](unsigned h) { return !wants_syncs(state_.coh[h].kind) || state_.coh[h].dir != wrong; });
      if (!take_from(set, op.h)) return false;
      const CohState& coh = state_.coh[op.h];
      clamp_range(op, coh.len);
      return !wants_syncs(coh.kind) || clip_off_parts(op, coh.cpu);  // R22
    }
    default:  // BLK
      if (!take_from(state_.live[DMAF_BLK], op.h)) return false;
      clamp_range(op, state_.pool[state_.blk[op.h].pool].len);
      return true;
  }
}

void Shaper::close(std::vector<dmaf_op>& ops) {
  auto emit = [&](unsigned code, unsigned h, unsigned cls = DMAF_NONE) {
    dmaf_op op = {};
    op.code = static_cast<dmaf_u8>(code);
    op.h = static_cast<dmaf_u8>(h);
    op.cls = static_cast<dmaf_u8>(cls);
    op.len = cls ? DMAF_OBJECT_MAX : 0;
    if (!admit(op)) return false;
    ops.push_back(op);
    return true;
  };
  auto each = [&](unsigned cls, auto fn) {
    for (unsigned h = 0; h < DMAF_HANDLES; ++h)
      if (live(cls, h)) fn(h);
  };
  each(DMAF_MAP, [&](unsigned h) {
    // What the CPU wrote goes back to the device before the mapping goes (R15).
    while (!emit(DMAF_OP_UNMAP, h))
      if (!emit(DMAF_OP_SYNC_DEV, h, DMAF_MAP)) break;
  });
  each(DMAF_SG, [&](unsigned h) {
    if (state_.sg_mapped >> h & 1) emit(DMAF_OP_SG_UNMAP, h);
    emit(DMAF_OP_SG_FREE, h);
  });
  each(DMAF_BLK, [&](unsigned h) { emit(DMAF_OP_POOL_FREE, h); });
  bool managed = false;
  each(DMAF_POOL, [&](unsigned h) {
    if (state_.pool[h].kind == DMAF_POOL_MANAGED) {
      managed = true;
    } else {
      emit(DMAF_OP_POOL_DESTROY, h);
    }
  });
  each(DMAF_COH, [&](unsigned h) {
    if (state_.coh[h].kind == DMAF_COH_MANAGED) {
      managed = true;
    } else {
      emit(DMAF_OP_COH_FREE, h);
    }
  });
  if (managed) emit(DMAF_OP_UNBIND, 0);
  each(DMAF_BUF, [&](unsigned h) { emit(DMAF_OP_FREE, h); });
}

void shape(Program& program) {
  Shaper shaper(program.config);
  std::size_t kept = 0;
  for (dmaf_op op : program.ops) {
    canonicalise(op);
    if (shaper.admit(op)) program.ops[kept++] = op;
  }
  program.ops.resize(kept);
  program.lawful = true;
}

bool is_lawful(const Program& program) {
  Shaper shaper(program.config);
  return std::all_of(program.ops.begin(), program.ops.end(), [&](const dmaf_op& op) {
    dmaf_op repaired = op;
    return is_canonical(op) && shaper.admit(repaired) && same_op(op, repaired);
  });
}

void append_closing_ops(const Program& program, std::vector<dmaf_op>& out) {
  Shaper shaper(program.config);
  for (dmaf_op op : program.ops) shaper.admit(op);
  shaper.close(out);
}

}  // namespace dmafuzz
