// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mistakes in calls of the DMA API: unmapping, syncing and freeing other than what is there, and forgetting to.
#include "program/mistake_scene.h"

namespace dmafuzz::mistakes_internal {
namespace {

constexpr unsigned kAnyMap = ~0u;
constexpr unsigned kKnownMaps = kMemoryMaps | set_of(DMAF_MAP_RESOURCE);  // the IOVA API has functions of its own
constexpr unsigned kSynced = set_of(DMAF_COH_PAGES, DMAF_COH_NONCOHERENT);
constexpr unsigned kFreed = kSynced | set_of(DMAF_COH_COHERENT, DMAF_COH_WC);

dmaf_op flagged(dmaf_op op, unsigned flag) {
  op.flags |= static_cast<dmaf_u8>(flag);
  return op;
}

// Releases as it should be done, but for the flag.
bool release(Scene& s, unsigned code, std::optional<unsigned> h, unsigned flag) {
  if (!h) return false;
  const auto op = s.lawful(operation(code, *h));
  return op && op->h == *h && s.mistake(flagged(*op, flag));
}

// Releases, and once more what is gone.
bool release_twice(Scene& s, unsigned code, std::optional<unsigned> h) {
  if (!h) return false;
  const auto op = s.go(operation(code, *h));
  return op && op->h == *h && s.mistake(flagged(*op, DMAF_F_STALE));
}

bool sync_gone(Scene& s, unsigned release_code, unsigned cls, std::optional<unsigned> h, std::uint32_t len) {
  if (!h) return false;
  const auto gone = s.go(operation(release_code, *h));
  dmaf_op sync = access(s.random().one_in(2) ? DMAF_OP_SYNC_CPU : DMAF_OP_SYNC_DEV, cls, *h, 0, len);
  return gone && gone->h == *h && s.mistake(flagged(sync, DMAF_F_STALE));
}

bool sync_beyond(Scene& s, unsigned cls, unsigned h, std::uint32_t size) {
  dmaf_op sync = access(s.random().one_in(2) ? DMAF_OP_SYNC_CPU : DMAF_OP_SYNC_DEV, cls, h, 0, size + 1);
  if (s.random().one_in(2)) sync.len = size + s.random().between(1, 16);
  if (s.random().one_in(2)) {
    sync.off = s.random().below(size);
    sync.len -= sync.off;
  }
  if (cls == DMAF_MAP && s.random().one_in(2)) sync.kind = DMAF_SYNC_RANGE;
  return s.mistake(sync);
}

bool unmap_wrong_size(Scene& s) {
  return release(s, DMAF_OP_UNMAP, s.map({.kinds = kKnownMaps, .min_len = 2, .cpu_clean = true}), DMAF_F_WRONG_SIZE);
}
bool unmap_wrong_direction(Scene& s) {
  return release(s, DMAF_OP_UNMAP, s.map({.kinds = kKnownMaps, .cpu_clean = true}), DMAF_F_WRONG_DIR);
}
bool unmap_wrong_call(Scene& s) {
  return release(s, DMAF_OP_UNMAP, s.map({.kinds = kKnownMaps, .cpu_clean = true}), DMAF_F_WRONG_CALL);
}
bool unmap_wrong_device(Scene& s) {
  return release(s, DMAF_OP_UNMAP, s.map({.kinds = kKnownMaps, .cpu_clean = true}), DMAF_F_WRONG_DEV);
}
bool unmap_twice(Scene& s) {
  return release_twice(s, DMAF_OP_UNMAP, s.map({.kinds = kKnownMaps}));
}
bool unmap_unchecked(Scene& s) {
  // The mapping is the mistake; it is seen when it is undone.
  const auto h = s.map({.kinds = kKnownMaps, .fresh = true});
  if (!h || !s.leave_unchecked(*h)) return false;
  return release(s, DMAF_OP_UNMAP, h, 0);
}

bool sg_unmap_wrong_count(Scene& s) {
  return release(s, DMAF_OP_SG_UNMAP, s.sg({.min_len = 2, .cpu_clean = true}), DMAF_F_WRONG_SIZE);
}
bool sg_unmap_wrong_direction(Scene& s) {
  return release(s, DMAF_OP_SG_UNMAP, s.sg({.cpu_clean = true}), DMAF_F_WRONG_DIR);
}
bool sg_unmap_wrong_device(Scene& s) {
  return release(s, DMAF_OP_SG_UNMAP, s.sg({.cpu_clean = true}), DMAF_F_WRONG_DEV);
}
bool sg_unmap_twice(Scene& s) {
  return release_twice(s, DMAF_OP_SG_UNMAP, s.sg({}));
}

bool free_wrong_size(Scene& s) {
  // A device's own memory is given back by address: the hook is told no size.
  const unsigned kinds = s.config().path == DMAF_PATH_POOL ? kSynced : kFreed;
  return release(s, DMAF_OP_COH_FREE, s.coherent({.kinds = kinds, .min_len = 2}), DMAF_F_WRONG_SIZE);
}
bool free_twice(Scene& s) {
  return release_twice(s, DMAF_OP_COH_FREE, s.coherent({.kinds = kFreed}));
}
bool free_wrong_device(Scene& s) {
  return release(s, DMAF_OP_COH_FREE, s.coherent({.kinds = kFreed}), DMAF_F_WRONG_DEV);
}

bool sync_unmapped(Scene& s) {
  const auto h = s.map({.kinds = kMemoryMaps});
  return h && sync_gone(s, DMAF_OP_UNMAP, DMAF_MAP, h, s.state().map[*h].len);
}
bool sync_unmapped_sg(Scene& s) {
  return sync_gone(s, DMAF_OP_SG_UNMAP, DMAF_SG, s.sg({}), 0);
}
bool sync_freed(Scene& s) {
  const auto h = s.coherent({.kinds = kSynced});
  return h && sync_gone(s, DMAF_OP_COH_FREE, DMAF_COH, h, s.state().coh[*h].len);
}
bool sync_too_far(Scene& s) {
  const auto h = s.map({.kinds = kMemoryMaps, .beyond = 16});
  return h && sync_beyond(s, DMAF_MAP, *h, s.state().map[*h].len);
}
bool sync_coherent_too_far(Scene& s) {
  const auto h = s.coherent({.kinds = kSynced, .beyond = 16});
  return h && sync_beyond(s, DMAF_COH, *h, s.state().coh[*h].len);
}
bool sync_wrong_direction(Scene& s) {
  // A bidirectional mapping may be synced in either direction.
  const auto h = s.map({.dirs = set_of(DMAF_TO_DEVICE, DMAF_FROM_DEVICE), .kinds = kMemoryMaps});
  if (!h) return false;
  const std::uint32_t len = s.state().map[*h].len;
  auto op = s.lawful(access(s.random().one_in(2) ? DMAF_OP_SYNC_CPU : DMAF_OP_SYNC_DEV, DMAF_MAP, *h, 0, len));
  if (!op) op = s.lawful(access(DMAF_OP_SYNC_CPU, DMAF_MAP, *h, 0, len));
  return op && op->h == *h && s.mistake(flagged(*op, DMAF_F_WRONG_DIR));
}

bool leak_at_unbind(Scene& s, bool made) {
  return made && s.mistake(operation(DMAF_OP_UNBIND));
}
bool leak_mapping(Scene& s) {
  return leak_at_unbind(s, s.map({.kinds = kAnyMap, .alone = true}).has_value());
}
bool leak_sg(Scene& s) {
  return leak_at_unbind(s, s.sg({.alone = true}).has_value());
}
bool leak_coherent(Scene& s) {
  return leak_at_unbind(s, s.coherent({.kinds = kFreed, .alone = true}).has_value());
}

constexpr Recipe kRecipes[] = {
    {{"unmap-size", "unmap-size-mismatch", "", "half of a mapping is unmapped", true}, unmap_wrong_size},
    {{"unmap-direction", "unmap-direction-mismatch", "", "a mapping is unmapped with another direction", true},
     unmap_wrong_direction},
    {{"unmap-call", "unmap-type-mismatch", "", "a mapping is unmapped by another function of the family", true},
     unmap_wrong_call},
    {{"unmap-device", "unmap-device-mismatch", "", "a mapping is unmapped for the device's parent", true},
     unmap_wrong_device},
    {{"unmap-twice", "unmap-not-mapped", "", "a mapping is unmapped twice", true}, unmap_twice},
    // An address that is an error is not mapped either.
    {{"unmap-unchecked", "mapping-error-unchecked", "unmap-not-mapped",
      "a mapping is unmapped that nobody asked dma_mapping_error() about", true},
     unmap_unchecked},
    {{"sg-unmap-count", "unmap-size-mismatch", "", "a list is unmapped with half of its entries", true},
     sg_unmap_wrong_count},
    {{"sg-unmap-direction", "unmap-direction-mismatch", "", "a list is unmapped with another direction", true},
     sg_unmap_wrong_direction},
    {{"sg-unmap-device", "unmap-device-mismatch", "", "a list is unmapped for the device's parent", true},
     sg_unmap_wrong_device},
    {{"sg-unmap-twice", "unmap-not-mapped", "", "a list is unmapped twice", true}, sg_unmap_twice},
    {{"free-size", "free-coherent-mismatch", "", "memory of the DMA API is freed with half of its size", true},
     free_wrong_size},
    {{"free-twice", "free-coherent-mismatch", "", "memory of the DMA API is freed twice", true}, free_twice},
    {{"free-device", "unmap-device-mismatch", "", "memory of the DMA API is freed for the device's parent", true},
     free_wrong_device},
    {{"sync-unmapped", "sync-not-mapped", "", "a mapping is synced that was unmapped", true}, sync_unmapped},
    {{"sync-unmapped-sg", "sync-not-mapped", "", "a list is synced that was unmapped", true}, sync_unmapped_sg},
    {{"sync-freed", "sync-not-mapped", "", "memory of the DMA API is synced that was freed", true}, sync_freed},
    {{"sync-range", "sync-out-of-range", "", "a sync goes on after the end of its mapping", true}, sync_too_far},
    {{"sync-range-coherent", "sync-out-of-range", "", "a sync goes on after the end of memory of the DMA API", true},
     sync_coherent_too_far},
    {{"sync-direction", "sync-direction-mismatch", "", "a mapping is synced with another direction", true},
     sync_wrong_direction},
    {{"leak-mapping", "mapping-leak", "", "the driver goes and leaves a mapping", true}, leak_mapping},
    {{"leak-sg", "mapping-leak", "", "the driver goes and leaves a list mapped", true}, leak_sg},
    {{"leak-coherent", "coherent-leak", "", "the driver goes and leaves memory of the DMA API", true}, leak_coherent},
};

}  // namespace

std::span<const Recipe> call_mistakes() {
  return kRecipes;
}

}  // namespace dmafuzz::mistakes_internal
