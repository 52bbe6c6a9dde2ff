// SPDX-License-Identifier: GPL-2.0-only OR MIT
// See mistake_scene.h.
#include "program/mistake_scene.h"

#include <algorithm>

namespace dmafuzz::mistakes_internal {
namespace {

constexpr std::uint32_t kSlot = 2048;  // what swiotlb hands out (include/linux/swiotlb.h, IO_TLB_SHIFT)
constexpr unsigned kAllHandles = (1u << DMAF_HANDLES) - 1;

constexpr unsigned kPagedBuffers = set_of(DMAF_ALLOC_PAGES, DMAF_ALLOC_PAGES_DMA32, DMAF_ALLOC_PAGES_DMA);
constexpr unsigned kMappableBuffers =
    kPagedBuffers | set_of(DMAF_ALLOC_KMALLOC, DMAF_ALLOC_KMALLOC_DMA, DMAF_ALLOC_CACHE);

constexpr std::uint32_t kLengths[] = {16, 64, 100, 128, 256, 384, 1000, 1024, 2048, 3000, 4096, 6000};
constexpr std::uint32_t kOffsets[] = {0, 0, 128, 512, 2048, 4096};

bool in(unsigned set, unsigned value) {
  return set >> value & 1;
}

unsigned any_of(Random& random, unsigned set) {
  for (unsigned skip = random.below(static_cast<std::uint32_t>(__builtin_popcount(set))); skip; --skip) set &= set - 1;
  return static_cast<unsigned>(__builtin_ctz(set));
}

bool touches_end(std::uint32_t end, std::uint32_t beyond, std::uint32_t unit) {
  return end % unit == 0 || beyond > unit - end % unit;
}

}  // namespace

dmaf_op operation(unsigned code, unsigned h, unsigned cls) {
  dmaf_op op = {};
  op.code = static_cast<dmaf_u8>(code);
  op.h = static_cast<dmaf_u8>(h);
  op.cls = static_cast<dmaf_u8>(cls);
  return op;
}

dmaf_op access(unsigned code, unsigned cls, unsigned h, std::uint32_t off, std::uint32_t len) {
  dmaf_op op = operation(code, h, cls);
  op.off = off;
  op.len = len;
  op.val = op_info(code).has(DMAF_HAS_VAL) ? 1 : 0;
  return op;
}

Scene::Scene(const Program& lawful, std::size_t keep, Random& random)
    : random_(random), out_{}, shaper_(lawful.config) {
  out_.program.config = lawful.config;
  for (const dmaf_op& op : lawful.ops) {
    if (keep-- == 0) break;
    if (op.code != DMAF_OP_FAIL_ALLOC) go(op);
  }
  out_.program.lawful = false;
}

std::optional<dmaf_op> Scene::go(const dmaf_op& op) {
  dmaf_op admitted = op;
  canonicalise(admitted);
  if (out_.program.ops.size() + 1 >= kMaxOps || !shaper_.admit(admitted)) return std::nullopt;
  out_.program.ops.push_back(admitted);
  return admitted;
}

std::optional<dmaf_op> Scene::lawful(const dmaf_op& op) const {
  dmaf_op admitted = op;
  canonicalise(admitted);
  Shaper fork = shaper_;
  if (!fork.admit(admitted)) return std::nullopt;
  return admitted;
}

bool Scene::raw(const dmaf_op& op) {
  if (!is_canonical(op)) return false;
  out_.program.ops.push_back(op);
  return true;
}

bool Scene::mistake(const dmaf_op& op) {
  out_.op = out_.program.ops.size();
  return raw(op);
}

void Scene::need(unsigned cls, unsigned h) {
  for (std::size_t i = out_.program.ops.size(); i--;) {
    const dmaf_op& op = out_.program.ops[i];
    if (op.h != h || handle_class(op) != cls) continue;
    if (op.code == DMAF_OP_SG_MAP) out_.needs.push_back(i);
    if (op_info(op.code).makes != cls) continue;
    out_.needs.push_back(i);
    return;
  }
}

bool Scene::leave_unchecked(unsigned h) {
  std::vector<dmaf_op>& ops = out_.program.ops;
  for (std::size_t i = ops.size(); i--;) {
    if (ops[i].code != DMAF_OP_MAP || ops[i].h != h) continue;
    ops[i].flags |= DMAF_F_UNCHECKED;
    return true;
  }
  return false;
}

bool Scene::bind() {
  return state().bound || go(operation(DMAF_OP_BIND));
}

bool Scene::clear() {
  std::vector<dmaf_op>& ops = out_.program.ops;
  shaper_.close(ops);
  return ops.size() + 16 < kMaxOps && bind();
}

bool Scene::accessed(unsigned cls, unsigned h) const {
  const std::vector<dmaf_op>& ops = out_.program.ops;
  for (std::size_t i = ops.size(); i--;) {
    const dmaf_op& op = ops[i];
    if (op.h != h || handle_class(op) != cls) continue;
    if (op.code == DMAF_OP_DEV_READ || op.code == DMAF_OP_DEV_WRITE) return true;
    if (op.code == DMAF_OP_SG_MAP || op_info(op.code).makes == cls) return false;
  }
  return false;
}

bool Scene::anything_mapped() const {
  const ShapeState& s = state();
  return s.live[DMAF_MAP] || s.sg_mapped || s.live[DMAF_COH] || s.live[DMAF_POOL];
}

bool Scene::nobody_beyond(unsigned buf, std::uint32_t off, std::uint32_t len, std::uint32_t beyond) const {
  const std::uint32_t end = off + len;
  const BufState& b = state().buf[buf];
  // A bounced range starts its slot anew, at the same offset if the slot is to be as aligned.
  if (!in(kPagedBuffers, b.kind) || off % kSlot || touches_end(end, beyond, kPage) || touches_end(len, beyond, kSlot))
    return false;
  if (end + beyond > b.len) return false;
  const Range past = {end, end + beyond};
  for (unsigned h = 0; h < DMAF_HANDLES; ++h) {
    const MapState& m = state().map[h];
    if (live(DMAF_MAP, h) && m.buf == buf && past.overlaps({m.off, m.off + m.len})) return false;
    const SgState& s = state().sg[h];
    if (in(state().sg_mapped, h) && s.buf == buf && past.overlaps({s.off, s.end()})) return false;
  }
  return true;
}

template <class Fits>
std::optional<unsigned> Scene::one_that_lives(unsigned set, Fits fits) {
  unsigned fit = 0;
  for (unsigned h = 0; h < DMAF_HANDLES; ++h) fit |= in(set, h) && fits(h) ? 1u << h : 0;
  if (!fit) return std::nullopt;
  return any_of(random_, fit);
}

bool Scene::prepare(const Wish& wish, bool& look) {
  look = !wish.alone && !wish.fresh && !random_.one_in(3);
  if (wish.alone && anything_mapped() && !clear()) return false;
  return bind();
}

bool Scene::fits_map(const Wish& wish, unsigned h) const {
  const MapState& m = state().map[h];
  if (!in(wish.dirs, m.dir) || !in(wish.kinds, m.kind) || m.len < wish.min_len) return false;
  if (wish.device_owned && (m.cpu.count() || m.kind == DMAF_MAP_RESOURCE)) return false;
  if (wish.cpu_clean && m.cpu.dirty({0, m.len})) return false;
  if (wish.untouched && accessed(DMAF_MAP, h)) return false;
  return !wish.beyond || nobody_beyond(m.buf, m.off, m.len, wish.beyond);
}

std::optional<unsigned> Scene::buffer(std::uint32_t len, unsigned kinds, bool filled) {
  if (len > kPage) kinds &= ~set_of(DMAF_ALLOC_CACHE);
  const unsigned free = ~state().live[DMAF_BUF] & kAllHandles;
  if (!kinds || !free) return std::nullopt;
  dmaf_op op = operation(DMAF_OP_ALLOC, any_of(random_, free));
  op.kind = static_cast<dmaf_u8>(any_of(random_, kinds));
  op.len = len;
  const auto made = go(op);
  if (!made) return std::nullopt;
  if (filled && made->kind != DMAF_ALLOC_RESOURCE) {
    dmaf_op fill = access(DMAF_OP_FILL, DMAF_BUF, made->h, 0, made->len);
    fill.val = static_cast<dmaf_u16>(random_.next());
    if (!go(fill)) return std::nullopt;
  }
  return made->h;
}

std::optional<unsigned> Scene::make_map(const Wish& wish) {
  const unsigned kind = any_of(random_, wish.kinds & ((1u << DMAF_MAP_KINDS) - 1));
  std::uint32_t len = std::max(random_.pick(kLengths), wish.min_len), off = random_.pick(kOffsets);
  unsigned buffers = kMappableBuffers;
  if (wish.beyond) {
    buffers = kPagedBuffers;
    off = off / kSlot * kSlot;
    len = std::max(len / kLine * kLine, kLine);
    if (touches_end(len, wish.beyond, kSlot) || touches_end(off + len, wish.beyond, kPage)) len = kLine;
  }
  std::uint32_t size = off + len + (wish.beyond ? wish.beyond : random_.one_in(2) ? 0 : kLine);
  if (kind == DMAF_MAP_RESOURCE) {
    buffers = set_of(DMAF_ALLOC_RESOURCE);
    off = 0;
    size = len = len > kPage ? 2 * kPage : kPage;
  }
  const auto b = buffer(size, buffers, true);
  const unsigned free = ~state().live[DMAF_MAP] & kAllHandles;
  if (!b || !free) return std::nullopt;
  dmaf_op op = operation(DMAF_OP_MAP, any_of(random_, free));
  op.src = static_cast<dmaf_u8>(*b);
  op.kind = static_cast<dmaf_u8>(kind);
  op.dir = static_cast<dmaf_u8>(any_of(random_, wish.dirs));
  op.off = off;
  op.len = len;
  op.attrs = wish.attrs;
  const auto made = go(op);
  if (!made || !fits_map(wish, made->h)) return std::nullopt;
  return made->h;
}

std::optional<unsigned> Scene::map(const Wish& wish) {
  bool look = false;
  if (!prepare(wish, look)) return std::nullopt;
  std::optional<unsigned> h;
  if (look) h = one_that_lives(state().live[DMAF_MAP], [&](unsigned i) { return fits_map(wish, i); });
  if (!h) h = make_map(wish);
  if (h) need(DMAF_MAP, *h);
  return h;
}

bool Scene::fits_sg(const Wish& wish, unsigned h) const {
  const SgState& s = state().sg[h];
  if (!in(wish.dirs, s.dir) || !in(wish.kinds, s.kind) || s.count < wish.min_len) return false;
  if (s.kind >= DMAF_SG_FROM_PAGES) return false;  // the kernel joins their entries
  if ((wish.device_owned && s.cpu) || (wish.cpu_clean && s.cpu && s.dirty)) return false;
  if (wish.untouched && accessed(DMAF_SG, h)) return false;
  return !wish.beyond || nobody_beyond(s.buf, s.off + (s.count - 1u) * s.stride, s.len, wish.beyond);
}

std::optional<unsigned> Scene::make_sg(const Wish& wish) {
  constexpr std::uint32_t kEntries[] = {128, 256, 1024, 2048, 4096};
  const std::uint32_t count = random_.between(std::max(wish.min_len, 1u), std::max(wish.min_len, 1u) + 3);
  const std::uint32_t len = wish.beyond ? random_.between(1, 8) * kLine : random_.pick(kEntries);
  const std::uint32_t stride = wish.beyond ? kSlot : len + (random_.one_in(2) ? 0 : kLine);
  const auto b = buffer(count * stride, kPagedBuffers, true);
  const unsigned free = ~state().live[DMAF_SG] & kAllHandles;
  if (!b || !free) return std::nullopt;
  dmaf_op op = operation(DMAF_OP_SG_ALLOC, any_of(random_, free));
  op.src = static_cast<dmaf_u8>(*b);
  op.kind = random_.one_in(2) ? DMAF_SG_CHAINED : DMAF_SG_TABLE;
  op.len = len;
  op.val = static_cast<dmaf_u16>(count);
  op.gap = static_cast<dmaf_u16>(stride - len);
  const auto made = go(op);
  if (!made) return std::nullopt;
  dmaf_op map = operation(DMAF_OP_SG_MAP, made->h);
  map.kind = random_.one_in(2) ? DMAF_SG_MAP_SGTABLE : DMAF_SG_MAP_SG;
  map.dir = static_cast<dmaf_u8>(any_of(random_, wish.dirs));
  const auto mapped = go(map);
  if (!mapped || mapped->h != made->h || !fits_sg(wish, made->h)) return std::nullopt;
  return made->h;
}

std::optional<unsigned> Scene::sg(const Wish& wish) {
  bool look = false;
  if (!prepare(wish, look)) return std::nullopt;
  std::optional<unsigned> h;
  if (look) h = one_that_lives(state().sg_mapped, [&](unsigned i) { return fits_sg(wish, i); });
  if (!h) h = make_sg(wish);
  if (h) need(DMAF_SG, *h);
  return h;
}

bool Scene::fits_coherent(const Wish& wish, unsigned h) const {
  const CohState& c = state().coh[h];
  if (!in(wish.kinds, c.kind) || c.len < wish.min_len || (c.kind == DMAF_COH_MANAGED && c.attrs)) return false;
  if (c.attrs & DMAF_A_NO_KERNEL_MAPPING) return false;
  if (Shaper::wants_syncs(c.kind)) {
    if (!in(wish.dirs, c.dir) || (wish.device_owned && c.cpu.count())) return false;
    if (wish.cpu_clean && c.cpu.dirty({0, c.len})) return false;
  }
  if (wish.untouched && accessed(DMAF_COH, h)) return false;
  return !wish.beyond || !touches_end(c.len, wish.beyond, kPage);
}

std::optional<unsigned> Scene::make_coherent(const Wish& wish) {
  const unsigned free = ~state().live[DMAF_COH] & kAllHandles;
  if (!free) return std::nullopt;
  dmaf_op op = operation(DMAF_OP_COH_ALLOC, any_of(random_, free));
  op.kind = static_cast<dmaf_u8>(any_of(random_, wish.kinds & ((1u << DMAF_COH_KINDS) - 1)));
  op.dir = static_cast<dmaf_u8>(Shaper::wants_syncs(op.kind) ? any_of(random_, wish.dirs) : 0);
  op.len = std::max(random_.pick(kLengths), wish.min_len);
  if (wish.beyond && touches_end(op.len, wish.beyond, kPage)) op.len = kLine;
  const auto made = go(op);
  if (!made) return std::nullopt;
  if (Shaper::wants_syncs(made->kind) && (wish.device_owned || wish.cpu_clean) &&
      !go(access(DMAF_OP_SYNC_DEV, DMAF_COH, made->h, 0, made->len)))
    return std::nullopt;
  if (!fits_coherent(wish, made->h)) return std::nullopt;
  return made->h;
}

std::optional<unsigned> Scene::coherent(const Wish& wish) {
  bool look = false;
  if (!prepare(wish, look)) return std::nullopt;
  std::optional<unsigned> h;
  if (look) h = one_that_lives(state().live[DMAF_COH], [&](unsigned i) { return fits_coherent(wish, i); });
  if (!h) h = make_coherent(wish);
  if (h) need(DMAF_COH, *h);
  return h;
}

}  // namespace dmafuzz::mistakes_internal
