// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mistakes with DMA pools: blocks that are left, given back wrongly, or touched by the device where they are not.
#include <algorithm>

#include "program/mistake_scene.h"

namespace dmafuzz::mistakes_internal {
namespace {

constexpr unsigned kAllHandles = (1u << DMAF_HANDLES) - 1;
constexpr std::uint32_t kSizes[] = {1, 16, 24, 64, 100, 256, 1000};  // four of each at least in a page
constexpr std::uint32_t kLeastRoom = 16;                             // of a block, however small (mm/dmapool.c)

std::optional<unsigned> free_handle(Scene& s, unsigned cls) {
  const unsigned free = ~s.state().live[cls] & kAllHandles;
  if (!free) return std::nullopt;
  return static_cast<unsigned>(__builtin_ctz(free));
}

std::optional<unsigned> make_pool(Scene& s, unsigned kind) {
  const auto h = free_handle(s, DMAF_POOL);
  if (!h || !s.bind()) return std::nullopt;
  dmaf_op op = operation(DMAF_OP_POOL_CREATE, *h);
  op.kind = static_cast<dmaf_u8>(kind);
  op.len = s.random().pick(kSizes);
  op.off = s.random().one_in(2) ? 0 : 16;
  const auto made = s.go(op);
  if (!made) return std::nullopt;
  s.need(DMAF_POOL, made->h);
  return made->h;
}

std::optional<unsigned> make_block(Scene& s, std::optional<unsigned> pool) {
  const auto h = free_handle(s, DMAF_BLK);
  if (!h || !pool) return std::nullopt;
  dmaf_op op = operation(DMAF_OP_POOL_ALLOC, *h);
  op.src = static_cast<dmaf_u8>(*pool);
  op.flags = s.random().one_in(2) ? DMAF_F_ZERO : 0;
  const auto made = s.go(op);
  if (!made || made->src != *pool) return std::nullopt;
  s.need(DMAF_BLK, made->h);
  return made->h;
}

unsigned any_kind(Scene& s) {
  return s.random().one_in(2) ? DMAF_POOL_PLAIN : DMAF_POOL_MANAGED;
}

// A block of a pool that has no other: what lies behind it in its page was never handed out.
std::optional<unsigned> lone_block(Scene& s) {
  return make_block(s, make_pool(s, any_kind(s)));
}

// Any block: one that lives, or a new one.
std::optional<unsigned> block(Scene& s) {
  const unsigned live = s.state().live[DMAF_BLK];
  if (!live || s.random().one_in(2)) return lone_block(s);
  const auto h = static_cast<unsigned>(__builtin_ctz(live));
  s.need(DMAF_BLK, h);
  return h;
}

std::uint32_t size_of(Scene& s, unsigned h) {
  return s.state().pool[s.state().blk[h].pool].len;
}

dmaf_op device_op(Scene& s, unsigned h, std::uint32_t off, std::uint32_t len) {
  return access(s.random().one_in(2) ? DMAF_OP_DEV_READ : DMAF_OP_DEV_WRITE, DMAF_BLK, h, off, len);
}

bool destroy_busy(Scene& s) {
  const auto h = lone_block(s);
  return h && s.mistake(operation(DMAF_OP_POOL_DESTROY, s.state().blk[*h].pool));
}

bool leave(Scene& s, unsigned kind, bool with_block) {
  if (!s.clear()) return false;
  const auto pool = make_pool(s, kind);
  const auto h = make_block(s, pool);
  if (!h) return false;
  if (!with_block && !s.go(operation(DMAF_OP_POOL_FREE, *h))) return false;
  return s.mistake(operation(DMAF_OP_UNBIND));
}
bool leave_block(Scene& s) {
  return leave(s, DMAF_POOL_PLAIN, true);
}
bool leave_block_managed(Scene& s) {
  return leave(s, DMAF_POOL_MANAGED, true);
}
bool leave_pool(Scene& s) {
  return leave(s, DMAF_POOL_PLAIN, false);
}

bool free_wrongly(Scene& s, std::optional<unsigned> h, unsigned flag) {
  if (!h) return false;
  dmaf_op op = operation(DMAF_OP_POOL_FREE, *h);
  op.flags = static_cast<dmaf_u8>(flag);
  return s.mistake(op);
}
bool free_twice(Scene& s) {
  const auto h = block(s);
  return h && s.go(operation(DMAF_OP_POOL_FREE, *h)) && free_wrongly(s, h, DMAF_F_STALE);
}
bool free_elsewhere(Scene& s) {
  const auto h = block(s);
  return h && make_pool(s, any_kind(s)) && free_wrongly(s, h, DMAF_F_WRONG_CALL);
}

bool access_freed(Scene& s) {
  const auto h = block(s);
  if (!h) return false;
  const std::uint32_t size = size_of(s, *h), lo = s.random().below(size);
  if (!s.go(operation(DMAF_OP_POOL_FREE, *h))) return false;
  dmaf_op op = device_op(s, *h, lo, s.random().between(1, size - lo));
  op.flags = DMAF_F_STALE;
  return s.mistake(op);
}
bool access_too_far(Scene& s) {
  const auto h = lone_block(s);
  if (!h) return false;
  const std::uint32_t size = size_of(s, *h), before = s.random().below(std::min(size, 16u) + 1);
  return s.mistake(device_op(s, *h, size - before, before + s.random().between(1, 16)));
}
bool access_never_handed_out(Scene& s) {
  const auto h = lone_block(s);
  if (!h) return false;
  // Far enough to be no overrun, near enough to be in the same page.
  const std::uint32_t size = size_of(s, *h), room = std::max(size, kLeastRoom);
  return s.mistake(device_op(s, *h, size + room + s.random().below(room), s.random().between(1, 16)));
}

constexpr Recipe kRecipes[] = {
    {{"pool-busy", "pool-leak", "", "a pool is destroyed with a block in use", true}, destroy_busy},
    {{"leak-block", "pool-leak", "", "the driver goes and leaves a pool with a block in use", true}, leave_block},
    {{"leak-block-managed", "pool-leak", "", "the driver goes and leaves a block of a managed pool in use", true},
     leave_block_managed},
    {{"leak-pool", "coherent-leak", "", "the driver goes and leaves a pool, all of whose blocks are free", true},
     leave_pool},
    {{"block-free-twice", "free-coherent-mismatch", "", "a pool's block is given back twice", true}, free_twice},
    {{"block-free-elsewhere", "free-coherent-mismatch", "", "a pool's block is given back to another pool", true},
     free_elsewhere},
    {{"device-block-freed", "device-access-after-unmap", "", "the device touches a pool's block that was given back",
      true},
     access_freed},
    {{"device-block-beyond", "device-access-out-of-bounds", "", "the device goes on after the end of a pool's block",
      true},
     access_too_far},
    {{"device-block-none", "device-access-unmapped", "", "the device touches memory of a pool that is no block in use",
      true},
     access_never_handed_out},
};

}  // namespace

std::span<const Recipe> pool_mistakes() {
  return kRecipes;
}

}  // namespace dmafuzz::mistakes_internal
