// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The generator. Weights lean towards small objects and towards using what exists: what drivers do, with the edges
// (cache lines, pages, swiotlb slots and segments, masks) hit far more often than chance would.
#include "program/generate.h"

#include <algorithm>
#include <initializer_list>

#include "program/weight.h"

namespace dmafuzz {
namespace {

constexpr std::uint32_t kSmall[] = {1,  2,  4,   7,   8,   9,   16,  31,  32,  33,  48,  63,   64,
                                    65, 96, 100, 127, 128, 129, 192, 255, 256, 257, 512, 1000, 1024};
constexpr std::uint32_t kLarge[] = {1500, 1536, 2047, 2048, 2049, 4000, 4095,
                                    4096, 4097, 6144, 8191, 8192, 8193, 12288};
// Limits of bounce pool, segments and allocators. Rare: touching so many bytes costs as much as a hundred programs.
constexpr std::uint32_t kHuge[] = {16384,  65535,  65536,  65537,   131072,  262143,
                                   262144, 262145, 524288, 1048575, 1u << 20};
constexpr std::uint8_t kMaskBits[] = {24, 30, 31, 32, 32, 33, 36, 40, 48, 64, 64};

dmaf_op make(unsigned code) {
  dmaf_op op = {};
  op.code = static_cast<dmaf_u8>(code);
  return op;
}

// A live handle of the set, or 0.
dmaf_u8 any_of(Random& random, unsigned set) {
  const unsigned count = static_cast<unsigned>(__builtin_popcount(set));
  if (!count) return 0;
  for (unsigned skip = random.below(count); skip; --skip) set &= set - 1;
  return static_cast<dmaf_u8>(__builtin_ctz(set));
}

dmaf_u8 any_free(Random& random, unsigned live) {
  return any_of(random, ~live & ((1u << DMAF_HANDLES) - 1));
}

dmaf_u8 kind_of(Random& random, unsigned code) {
  const std::size_t kinds = op_info(code).kinds.size();
  return random.one_in(3) ? 0 : static_cast<dmaf_u8>(random.below(static_cast<std::uint32_t>(kinds)));
}

dmaf_u8 direction(Random& random) {
  return static_cast<dmaf_u8>(random.below(3));
}

// A range of an object: all of it, its start, or somewhere in it with an eye to lines and pages.
void range_of(Random& random, dmaf_op& op, std::uint32_t size) {
  op.off = 0;
  op.len = size;
  if (size == 0 || random.one_in(2)) return;
  op.len = std::clamp<std::uint32_t>(interesting_number(random), 1, size);
  if (random.one_in(2)) return;
  op.off = random.below(size - op.len + 1);
  if (random.one_in(2)) op.off = op.off / kLine * kLine;
}

std::uint32_t large(Random& random) {
  return random.one_in(16) ? random.pick(kHuge) : random.pick(kLarge);
}

struct Choice {
  unsigned code;
  unsigned weight;
  unsigned cls;  // for operations that name one
};

unsigned length_of(const ShapeState& state, unsigned cls, unsigned h) {
  switch (cls) {
    case DMAF_BUF:
      return state.buf[h].len;
    case DMAF_MAP:
      return state.map[h].len;
    case DMAF_SG:
      return state.sg[h].total();
    case DMAF_COH:
      return state.coh[h].len;
    case DMAF_BLK:
      return state.pool[state.blk[h].pool].len;
    default:
      return 0;
  }
}

std::uint32_t buffer_size(Random& random) {
  return random.one_in(6) ? large(random) : random.one_in(3) ? kPage * random.between(1, 3) : random.pick(kSmall);
}

}  // namespace

std::uint32_t interesting_number(Random& random) {
  switch (random.below(8)) {
    case 0:
      return random.below(16);
    case 1:
    case 2:
      return large(random);
    case 3:
      return kPage * random.below(8) + random.below(3) - 1;
    case 4:
      return kLine * random.below(40) + random.below(3) - 1;
    default:
      return random.pick(kSmall);
  }
}

dmaf_config random_config(Random& random) {
  dmaf_config config = default_config();
  config.path = static_cast<dmaf_u8>(random.below(DMAF_PATHS));
  config.coherent = random.one_in(2);
  for (unsigned changes = random.below(4); changes; --changes) change_config(random, config);
  return config;
}

void change_config(Random& random, dmaf_config& config) {
  switch (random.below(10)) {
    case 0:
    case 1:
      config.path = static_cast<dmaf_u8>(random.below(DMAF_PATHS));
      break;
    case 2:
      config.coherent ^= 1;
      break;
    case 3:
      config.mask_bits = random.pick(kMaskBits);
      break;
    case 4:
      config.coherent_mask_bits = random.pick(kMaskBits);
      break;
    case 5:
      config.boundary_order = random.one_in(2) ? 0 : static_cast<dmaf_u8>(random.between(12, 32));
      break;
    case 6:
      config.min_align_order = random.one_in(2) ? 0 : static_cast<dmaf_u8>(random.between(1, 12));
      break;
    case 7:
      config.max_seg = random.one_in(2) ? 0 : interesting_number(random);
      break;
    case 8:
      config.line_order = random.one_in(2) ? 0 : static_cast<dmaf_u8>(random.between(5, 7));
      break;
    default:
      config.dense ^= 1;
      config.fill = static_cast<dmaf_u8>(random.next());
      break;
  }
  canonicalise(config);
}

dmaf_op random_op(Random& random) {
  dmaf_op op = make(random.below(DMAF_OP_COUNT));
  op.cls = static_cast<dmaf_u8>(random.below(DMAF_CLASSES));
  op.h = static_cast<dmaf_u8>(random.below(random.one_in(4) ? DMAF_HANDLES : 4));
  op.src = static_cast<dmaf_u8>(random.below(random.one_in(4) ? DMAF_HANDLES : 4));
  op.kind = kind_of(random, op.code);
  op.dir = static_cast<dmaf_u8>(random.one_in(16) ? DMAF_DIR_NONE : random.below(3));
  op.flags = random.one_in(2) ? 0 : static_cast<dmaf_u8>(random.next());
  op.attrs = random.one_in(2) ? 0 : static_cast<dmaf_u8>(1u << random.below(8));
  op.off = random.one_in(2) ? 0 : interesting_number(random);
  op.len = interesting_number(random);
  op.val = static_cast<dmaf_u16>(random.one_in(2) ? random.below(8) : random.next());
  op.gap = static_cast<dmaf_u16>(random.one_in(2) ? 0 : random.below(256) * kGapUnit);
  canonicalise(op);
  return op;
}

dmaf_op sensible_op(Random& random, const ShapeState& state) {
  const auto live = [&](unsigned cls) -> unsigned { return state.live[cls]; };
  const unsigned bufs = live(DMAF_BUF), maps = live(DMAF_MAP), sgs = live(DMAF_SG), cohs = live(DMAF_COH);
  const unsigned unmapped = sgs & ~state.sg_used;
  const auto few = [](unsigned set, unsigned many) { return __builtin_popcount(set) < static_cast<int>(many); };
  const Choice choices[] = {
      {DMAF_OP_ALLOC, few(bufs, 4) ? 14u : 2u, 0},
      {DMAF_OP_FREE, bufs ? 3u : 0u, 0},
      {DMAF_OP_FILL, bufs ? 14u : 0u, DMAF_BUF},
      {DMAF_OP_FILL, cohs ? 4u : 0u, DMAF_COH},
      {DMAF_OP_FILL, live(DMAF_BLK) ? 3u : 0u, DMAF_BLK},
      {DMAF_OP_CHECK, bufs ? 8u : 0u, DMAF_BUF},
      {DMAF_OP_CHECK, cohs ? 4u : 0u, DMAF_COH},
      {DMAF_OP_CHECK, live(DMAF_BLK) ? 3u : 0u, DMAF_BLK},
      {DMAF_OP_MAP, bufs ? 16u : 0u, 0},
      {DMAF_OP_UNMAP, maps ? 8u : 0u, 0},
      {DMAF_OP_SYNC_CPU, maps ? 8u : 0u, DMAF_MAP},
      {DMAF_OP_SYNC_DEV, maps ? 8u : 0u, DMAF_MAP},
      {DMAF_OP_SYNC_CPU, state.sg_mapped ? 5u : 0u, DMAF_SG},
      {DMAF_OP_SYNC_DEV, state.sg_mapped ? 5u : 0u, DMAF_SG},
      {DMAF_OP_SYNC_CPU, cohs ? 3u : 0u, DMAF_COH},
      {DMAF_OP_SYNC_DEV, cohs ? 3u : 0u, DMAF_COH},
      {DMAF_OP_SG_ALLOC, bufs && few(sgs, 3) ? 6u : 1u, 0},
      {DMAF_OP_SG_MAP, unmapped ? 12u : 0u, 0},
      {DMAF_OP_SG_UNMAP, state.sg_mapped ? 6u : 0u, 0},
      {DMAF_OP_SG_FREE, unmapped ? 4u : 0u, 0},
      {DMAF_OP_COH_ALLOC, few(cohs, 3) ? 6u : 1u, 0},
      {DMAF_OP_COH_FREE, cohs ? 3u : 0u, 0},
      {DMAF_OP_COH_SGTABLE, cohs ? 2u : 0u, 0},
      {DMAF_OP_POOL_CREATE, few(live(DMAF_POOL), 2) ? 3u : 1u, 0},
      {DMAF_OP_POOL_DESTROY, live(DMAF_POOL) ? 2u : 0u, 0},
      {DMAF_OP_POOL_ALLOC, live(DMAF_POOL) ? 6u : 0u, 0},
      {DMAF_OP_POOL_FREE, live(DMAF_BLK) ? 4u : 0u, 0},
      {DMAF_OP_DEV_READ, maps ? 10u : 0u, DMAF_MAP},
      {DMAF_OP_DEV_WRITE, maps ? 10u : 0u, DMAF_MAP},
      {DMAF_OP_DEV_READ, state.sg_mapped ? 5u : 0u, DMAF_SG},
      {DMAF_OP_DEV_WRITE, state.sg_mapped ? 5u : 0u, DMAF_SG},
      {DMAF_OP_DEV_READ, cohs ? 3u : 0u, DMAF_COH},
      {DMAF_OP_DEV_WRITE, cohs ? 3u : 0u, DMAF_COH},
      {DMAF_OP_DEV_READ, live(DMAF_BLK) ? 3u : 0u, DMAF_BLK},
      {DMAF_OP_DEV_WRITE, live(DMAF_BLK) ? 3u : 0u, DMAF_BLK},
      {DMAF_OP_SET_MASK, 1, 0},
      {DMAF_OP_SET_MAX_SEG, 1, 0},
      {DMAF_OP_SET_BOUNDARY, 1, 0},
      {DMAF_OP_SET_MIN_ALIGN, 1, 0},
      {DMAF_OP_QUERY, 2, 0},
      {DMAF_OP_UNBIND, 1, 0},
      {DMAF_OP_BIND, state.bound ? 0u : 40u, 0},
      {DMAF_OP_FAIL_ALLOC, 2, 0},
      {DMAF_OP_RUN_WORK, 2, 0},
      {DMAF_OP_PASS_TIME, 1, 0},
      {DMAF_OP_CACHE_EVICT, bufs ? 3u : 0u, DMAF_BUF},
      {DMAF_OP_CACHE_EVICT, cohs ? 1u : 0u, DMAF_COH},
  };
  unsigned total = 0;
  for (const Choice& choice : choices) total += choice.weight;
  const Choice* choice = choices;
  for (unsigned at = random.below(total); at >= choice->weight; ++choice) at -= choice->weight;

  dmaf_op op = make(choice->code);
  const OpInfo& info = op_info(op.code);
  op.cls = static_cast<dmaf_u8>(choice->cls);
  op.kind = kind_of(random, op.code);
  op.dir = direction(random);
  op.val = static_cast<dmaf_u16>(random.next());
  if (random.one_in(8)) op.flags = DMAF_F_ATOMIC;
  if (info.makes && random.one_in(3)) op.flags |= DMAF_F_ZERO;
  if (random.one_in(8))
    op.attrs = static_cast<dmaf_u8>(random.one_in(2) ? DMAF_A_SKIP_CPU_SYNC : 1u << random.below(8));
  const unsigned source = source_class(op);
  op.src = source ? any_of(random, live(source)) : 0;
  if (info.makes) {
    op.h = any_free(random, live(info.makes));
  } else if (const unsigned cls = handle_class(op)) {
    unsigned set = live(cls);
    if (op.code == DMAF_OP_SG_MAP || op.code == DMAF_OP_SG_FREE) set = unmapped;
    if (cls == DMAF_SG && set == sgs) set = state.sg_mapped;
    op.h = any_of(random, set);
    range_of(random, op, length_of(state, cls, op.h));
  }
  switch (op.code) {
    case DMAF_OP_ALLOC:
      op.len = buffer_size(random);
      break;
    case DMAF_OP_MAP:
      range_of(random, op, state.buf[op.src].len);
      break;
    case DMAF_OP_SG_ALLOC: {
      const std::uint32_t size = bufs ? state.buf[op.src].len : 1;
      op.val = static_cast<dmaf_u16>(random.one_in(8) ? random.between(1, DMAF_SG_MAX) : random.between(1, 8));
      op.len = std::max<std::uint32_t>(1, random.one_in(2) ? size / op.val : interesting_number(random));
      if (op.len > kLine && random.one_in(2)) op.len = op.len / kLine * kLine;
      op.off = random.one_in(2) ? 0 : random.below(size);
      if (random.one_in(2)) op.gap = static_cast<dmaf_u16>((random.one_in(2) ? 8 : 1) * kGapUnit * random.below(8));
      break;
    }
    case DMAF_OP_COH_ALLOC:
      op.len = buffer_size(random);
      break;
    case DMAF_OP_POOL_CREATE:
      op.len = random.one_in(8) ? interesting_number(random) : random.pick(kSmall);
      op.off = random.one_in(2) ? 0 : 1u << random.below(13);
      op.val = random.one_in(2) ? 0 : static_cast<dmaf_u16>(random.between(4, 14));
      break;
    case DMAF_OP_SET_MASK:
      op.val = random.pick(kMaskBits);
      break;
    case DMAF_OP_SET_MAX_SEG:
    case DMAF_OP_PASS_TIME:
      op.len = interesting_number(random);
      break;
    case DMAF_OP_SET_BOUNDARY:
      op.val = static_cast<dmaf_u16>(random.between(12, 32));
      break;
    case DMAF_OP_FAIL_ALLOC:
      op.val = static_cast<dmaf_u16>(random.between(1, 4));
      break;
    default:
      break;
  }
  canonicalise(op);
  return op;
}

namespace {

// Writes an idiom down, one operation a call.
class Script {
 public:
  Script(std::vector<dmaf_op>& ops) : ops_(ops) {}

  // The reference is good until the next call.
  dmaf_op& add(unsigned code, dmaf_u8 h = 0, unsigned cls = 0) {
    dmaf_op& op = ops_.emplace_back(make(code));
    op.h = h;
    op.cls = static_cast<dmaf_u8>(cls);
    return op;
  }
  void access(unsigned code, unsigned cls, dmaf_u8 h, std::uint32_t off, std::uint32_t len, std::uint64_t seed = 0) {
    dmaf_op& op = add(code, h, cls);
    op.off = off;
    op.len = len;
    op.val = static_cast<dmaf_u16>(seed);
  }

 private:
  std::vector<dmaf_op>& ops_;
};

// One buffer, mapped, used by both sides in turn, unmapped.
void streaming(Random& random, const ShapeState& state, Script& script) {
  const dmaf_u8 b = any_free(random, state.live[DMAF_BUF]), m = any_free(random, state.live[DMAF_MAP]);
  const dmaf_u8 dir = direction(random);
  dmaf_op& alloc = script.add(DMAF_OP_ALLOC, b);
  alloc.kind = static_cast<dmaf_u8>(random.below(DMAF_ALLOC_RESOURCE));
  const std::uint32_t size = alloc.len = buffer_size(random);
  script.access(DMAF_OP_FILL, DMAF_BUF, b, 0, size, random.next());
  dmaf_op& map = script.add(DMAF_OP_MAP, m);
  map.src = b;
  map.dir = dir;
  map.kind = kind_of(random, DMAF_OP_MAP);
  range_of(random, map, size);
  const std::uint32_t off = map.off, len = map.len;
  for (unsigned turns = random.below(3);; --turns) {
    if (dir != DMAF_FROM_DEVICE) script.access(DMAF_OP_DEV_READ, DMAF_MAP, m, 0, len);
    if (dir != DMAF_TO_DEVICE) script.access(DMAF_OP_DEV_WRITE, DMAF_MAP, m, 0, len, random.next());
    if (!turns) break;
    script.access(DMAF_OP_SYNC_CPU, DMAF_MAP, m, 0, len);
    script.access(DMAF_OP_CHECK, DMAF_BUF, b, off, len);
    if (dir != DMAF_FROM_DEVICE) script.access(DMAF_OP_FILL, DMAF_BUF, b, off, len, random.next());
    script.access(DMAF_OP_SYNC_DEV, DMAF_MAP, m, 0, len);
  }
  script.add(DMAF_OP_UNMAP, m);
  script.access(DMAF_OP_CHECK, DMAF_BUF, b, 0, size);
  script.add(DMAF_OP_FREE, b);
}

void scatter(Random& random, const ShapeState& state, Script& script) {
  const dmaf_u8 b = any_free(random, state.live[DMAF_BUF]), s = any_free(random, state.live[DMAF_SG]);
  // Now and then more than a bounce pool can hold: a list that fails half way must leave nothing mapped.
  const bool huge = random.one_in(16);
  const std::uint32_t len = huge               ? kPage << random.between(2, 6)
                            : random.one_in(2) ? kPage
                                               : kLine * random.between(1, 8);
  const std::uint32_t count = huge               ? random.between(2, DMAF_OBJECT_MAX / len)
                              : random.one_in(8) ? random.between(17, 130)
                                                 : random.between(1, 9);
  const std::uint32_t gap = random.one_in(2) ? 0 : kLine * random.below(4);
  const std::uint32_t off = random.one_in(2) ? 0 : random.one_in(2) ? kLine * random.below(32) : random.below(kPage);
  const std::uint32_t size = std::min<std::uint32_t>(off + count * (len + gap), DMAF_OBJECT_MAX);
  const dmaf_u8 dir = direction(random);
  dmaf_op& alloc = script.add(DMAF_OP_ALLOC, b);
  alloc.kind = static_cast<dmaf_u8>(random.below(DMAF_ALLOC_CACHE));
  alloc.len = size;
  script.access(DMAF_OP_FILL, DMAF_BUF, b, 0, size, random.next());
  dmaf_op& sg = script.add(DMAF_OP_SG_ALLOC, s);
  sg.src = b;
  sg.kind = static_cast<dmaf_u8>(random.below(DMAF_SG_KINDS));
  sg.off = off;
  sg.val = static_cast<dmaf_u16>(count);
  sg.len = len;
  sg.gap = static_cast<dmaf_u16>(gap);
  dmaf_op& map = script.add(DMAF_OP_SG_MAP, s);
  map.dir = dir;
  map.kind = static_cast<dmaf_u8>(random.below(DMAF_SG_MAP_KINDS));
  if (dir != DMAF_FROM_DEVICE) script.access(DMAF_OP_DEV_READ, DMAF_SG, s, 0, count * len);
  if (dir != DMAF_TO_DEVICE) script.access(DMAF_OP_DEV_WRITE, DMAF_SG, s, 0, count * len, random.next());
  if (random.one_in(2)) {
    script.add(DMAF_OP_SYNC_CPU, s, DMAF_SG);
    script.access(DMAF_OP_CHECK, DMAF_BUF, b, off, len);
    script.add(DMAF_OP_SYNC_DEV, s, DMAF_SG);
  }
  script.add(DMAF_OP_SG_UNMAP, s);
  script.access(DMAF_OP_CHECK, DMAF_BUF, b, 0, size);
  script.add(DMAF_OP_SG_FREE, s);
  script.add(DMAF_OP_FREE, b);
}

void device_memory(Random& random, const ShapeState& state, Script& script) {
  const dmaf_u8 c = any_free(random, state.live[DMAF_COH]);
  dmaf_op& alloc = script.add(DMAF_OP_COH_ALLOC, c);
  const dmaf_u8 kind = alloc.kind = static_cast<dmaf_u8>(random.below(DMAF_COH_KINDS));
  const dmaf_u8 dir = alloc.dir = Shaper::wants_syncs(kind) ? direction(random) : 0;
  const std::uint32_t size = alloc.len = buffer_size(random);
  if (dir != DMAF_FROM_DEVICE) script.access(DMAF_OP_FILL, DMAF_COH, c, 0, size, random.next());
  if (Shaper::wants_syncs(kind)) script.access(DMAF_OP_SYNC_DEV, DMAF_COH, c, 0, size);
  if (dir != DMAF_FROM_DEVICE) script.access(DMAF_OP_DEV_READ, DMAF_COH, c, 0, size);
  if (dir != DMAF_TO_DEVICE) script.access(DMAF_OP_DEV_WRITE, DMAF_COH, c, 0, size, random.next());
  if (Shaper::wants_syncs(kind)) script.access(DMAF_OP_SYNC_CPU, DMAF_COH, c, 0, size);
  script.access(DMAF_OP_CHECK, DMAF_COH, c, 0, size);
  if (random.one_in(4)) script.add(DMAF_OP_COH_SGTABLE, c);
  script.add(DMAF_OP_COH_FREE, c);
}

void pool(Random& random, const ShapeState& state, Script& script) {
  const dmaf_u8 p = any_free(random, state.live[DMAF_POOL]);
  unsigned blocks = state.live[DMAF_BLK];
  dmaf_op& create = script.add(DMAF_OP_POOL_CREATE, p);
  create.kind = random.one_in(4);
  create.off = random.one_in(2) ? 0 : 1u << random.below(9);
  create.val = random.one_in(2) ? 0 : static_cast<dmaf_u16>(random.between(9, 13));
  const std::uint32_t size = create.len = random.pick(kSmall);
  dmaf_u8 made[4];
  unsigned count = 0;
  for (unsigned want = random.between(1, 4); count < want && blocks != 0xffff; ++count) {
    made[count] = any_free(random, blocks);
    blocks |= 1u << made[count];
    dmaf_op& alloc = script.add(DMAF_OP_POOL_ALLOC, made[count]);
    alloc.src = p;
    alloc.flags = random.one_in(3) ? DMAF_F_ATOMIC : random.one_in(2) ? DMAF_F_ZERO : 0;
  }
  for (unsigned i = 0; i < count; ++i) {
    script.access(DMAF_OP_FILL, DMAF_BLK, made[i], 0, size, random.next());
    script.access(DMAF_OP_DEV_READ, DMAF_BLK, made[i], 0, size);
    script.access(DMAF_OP_DEV_WRITE, DMAF_BLK, made[i], 0, size, random.next());
    script.access(DMAF_OP_CHECK, DMAF_BLK, made[i], 0, size);
  }
  for (unsigned i = 0; i < count; ++i) script.add(DMAF_OP_POOL_FREE, made[i]);
  // Blocks that were used before come back, and are zeroed only if that was asked for.
  for (unsigned i = random.below(count + 1); i < count; ++i) {
    dmaf_op& again = script.add(DMAF_OP_POOL_ALLOC, made[i]);
    again.src = p;
    again.flags = DMAF_F_ZERO;
    script.access(DMAF_OP_CHECK, DMAF_BLK, made[i], 0, size);
    script.add(DMAF_OP_POOL_FREE, made[i]);
  }
  script.add(DMAF_OP_POOL_DESTROY, p);
}

// The driver goes and comes back; managed memory goes with it.
void rebind(Random& random, const ShapeState& state, Script& script) {
  const dmaf_u8 c = any_free(random, state.live[DMAF_COH]);
  dmaf_op& alloc = script.add(DMAF_OP_COH_ALLOC, c);
  alloc.kind = DMAF_COH_MANAGED;
  const std::uint32_t size = alloc.len = random.pick(kSmall);
  script.access(DMAF_OP_DEV_WRITE, DMAF_COH, c, 0, size, random.next());
  script.add(DMAF_OP_UNBIND);
  script.add(DMAF_OP_BIND);
  dmaf_op& mask = script.add(DMAF_OP_SET_MASK);
  mask.kind = static_cast<dmaf_u8>(random.below(DMAF_MASK_KINDS));
  mask.val = random.pick(kMaskBits);
}

}  // namespace

void append_idiom(Random& random, const ShapeState& state, std::vector<dmaf_op>& ops) {
  const std::size_t from = ops.size();
  Script script(ops);
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      streaming(random, state, script);
      break;
    case 3:
    case 4:
      scatter(random, state, script);
      break;
    case 5:
      device_memory(random, state, script);
      break;
    case 6:
      pool(random, state, script);
      break;
    default:
      rebind(random, state, script);
      break;
  }
  for (std::size_t i = from; i < ops.size(); ++i) canonicalise(ops[i]);
}

void change_operand(Random& random, dmaf_op& op) {
  const OpInfo& info = op_info(op.code);
  // One try a field that the operation uses: the handle is always there to be tried.
  unsigned fields[12];
  unsigned count = 0;
  for (unsigned field = DMAF_HAS_CLS; field <= DMAF_HAS_GAP; field <<= 1)
    if (info.has(field)) fields[count++] = field;
  const auto number = [&](std::uint32_t old) {
    switch (random.below(6)) {
      case 0:
        return old + 1;
      case 1:
        return old - 1;
      case 2:
        return old + random.between(2, 64);
      case 3:
        return old ^ 1u << random.below(20);
      default:
        return interesting_number(random);
    }
  };
  const unsigned at = random.below(count + 1);
  if (at == count) {
    op.h = static_cast<dmaf_u8>(random.below(DMAF_HANDLES));
  } else {
    switch (fields[at]) {
      case DMAF_HAS_CLS:
        op.cls = static_cast<dmaf_u8>(random.below(DMAF_CLASSES));
        break;
      case DMAF_HAS_SRC:
        op.src = static_cast<dmaf_u8>(random.below(DMAF_HANDLES));
        break;
      case DMAF_HAS_KIND:
        op.kind = static_cast<dmaf_u8>(random.below(static_cast<std::uint32_t>(info.kinds.size())));
        break;
      case DMAF_HAS_DIR:
        op.dir = static_cast<dmaf_u8>(random.one_in(8) ? DMAF_DIR_NONE : random.below(3));
        break;
      case DMAF_HAS_OFF:
        op.off = number(op.off);
        break;
      case DMAF_HAS_LEN:
        op.len = number(op.len);
        break;
      case DMAF_HAS_VAL:
        op.val = op.code == DMAF_OP_SET_MASK ? random.pick(kMaskBits) : static_cast<dmaf_u16>(number(op.val));
        break;
      case DMAF_HAS_FLAGS:
        op.flags ^= static_cast<dmaf_u8>(1u << random.below(6));
        break;
      case DMAF_HAS_ATTRS:
        op.attrs ^= static_cast<dmaf_u8>(1u << random.below(8));
        break;
      default:
        op.gap = static_cast<dmaf_u16>(kGapUnit * random.below(256));
        break;
    }
  }
  canonicalise(op);
}

Program random_program(std::uint64_t seed, std::size_t target_ops, bool lawful) {
  Random random(seed);
  Program program;
  program.lawful = lawful;
  program.config = random_config(random);
  target_ops = std::min(target_ops, kMaxOps);
  Shaper shaper(program.config);
  std::vector<dmaf_op> proposed;
  // Proposals may be dropped; a budget keeps this finite whatever the state.
  for (std::size_t budget = target_ops * 8; program.ops.size() < target_ops && budget; --budget) {
    proposed.clear();
    if (random.one_in(8)) {
      append_idiom(random, shaper.state(), proposed);
    } else {
      proposed.push_back(!lawful && random.one_in(3) ? random_op(random) : sensible_op(random, shaper.state()));
    }
    for (dmaf_op op : proposed) {
      if (program.ops.size() == target_ops) break;
      const dmaf_op wanted = op;
      const bool admitted = shaper.admit(op);
      if (lawful && admitted) program.ops.push_back(op);
      if (!lawful) program.ops.push_back(wanted);
    }
  }
  // As light as what the mutator makes.
  lighten(program, random_budget(random));
  if (lawful) shape(program);
  return program;
}

}  // namespace dmafuzz
