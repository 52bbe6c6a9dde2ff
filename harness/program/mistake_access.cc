// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mistakes in who touches what and when: the device where nothing is mapped for it, either side what the other owns.
#include <algorithm>

#include "program/mistake_scene.h"

namespace dmafuzz::mistakes_internal {
namespace {

constexpr unsigned kFilledDirs = set_of(DMAF_TO_DEVICE, DMAF_BIDIRECTIONAL);
constexpr unsigned kWrittenDirs = set_of(DMAF_FROM_DEVICE, DMAF_BIDIRECTIONAL);
constexpr unsigned kDeviceMaps = kMemoryMaps | set_of(DMAF_MAP_IOVA);
constexpr unsigned kSynced = set_of(DMAF_COH_PAGES, DMAF_COH_NONCOHERENT, DMAF_COH_NONCONTIGUOUS);
// Memory that can be freed at any time and touched afterwards without following pointers that are gone.
constexpr unsigned kFreed =
    set_of(DMAF_COH_COHERENT, DMAF_COH_WC, DMAF_COH_PAGES, DMAF_COH_NONCOHERENT, DMAF_COH_NONCONTIGUOUS);

dmaf_op device_op(Scene& s, unsigned cls, unsigned h, std::uint32_t off, std::uint32_t len) {
  return access(s.random().one_in(2) ? DMAF_OP_DEV_READ : DMAF_OP_DEV_WRITE, cls, h, off, len);
}

// Some bytes of an object of `size` bytes.
Range some(Scene& s, std::uint32_t size) {
  const std::uint32_t lo = s.random().one_in(2) ? 0 : s.random().below(size);
  const std::uint32_t n = s.random().one_in(2) ? size - lo : s.random().between(1, std::min(size - lo, 64u));
  return {lo, lo + n};
}

// An invalidation that waits in a queue: until then the device finds what it found before.
bool defers(const Scene& s) {
  return s.config().path == DMAF_PATH_IOMMU_LAZY;
}

bool access_gone(Scene& s, unsigned release, unsigned cls, std::optional<unsigned> h, std::uint32_t size) {
  if (!h) return false;
  const auto gone = s.go(operation(release, *h));
  const Range r = some(s, size);
  dmaf_op op = device_op(s, cls, *h, r.lo, r.size());
  op.flags = DMAF_F_STALE;
  return gone && gone->h == *h && s.mistake(op);
}

bool access_unmapped(Scene& s) {
  const auto h = s.map({.kinds = kDeviceMaps, .untouched = defers(s)});
  return h && access_gone(s, DMAF_OP_UNMAP, DMAF_MAP, h, s.state().map[*h].len);
}
bool access_unmapped_sg(Scene& s) {
  const auto h = s.sg({.untouched = defers(s)});
  return h && access_gone(s, DMAF_OP_SG_UNMAP, DMAF_SG, h, s.state().sg[*h].total());
}
bool access_freed(Scene& s) {
  const auto h = s.coherent({.kinds = kFreed, .untouched = defers(s)});
  return h && access_gone(s, DMAF_OP_COH_FREE, DMAF_COH, h, s.state().coh[*h].len);
}

bool access_stale(Scene& s) {
  if (!defers(s)) return false;
  // Mappings of the IOVA API are flushed when they are taken out.
  const auto h = s.map({.kinds = kMemoryMaps, .device_owned = true});
  if (!h) return false;
  const MapState& m = s.state().map[*h];
  const Range r = some(s, m.len);
  const unsigned code = m.dir == DMAF_FROM_DEVICE ? DMAF_OP_DEV_WRITE : DMAF_OP_DEV_READ;
  dmaf_op op = access(code, DMAF_MAP, *h, r.lo, r.size());
  if (!s.go(op) || !s.go(operation(DMAF_OP_UNMAP, *h))) return false;
  op.flags = DMAF_F_STALE;
  return s.mistake(op);
}

bool access_beyond(Scene& s, unsigned cls, std::optional<unsigned> h, std::uint32_t size, unsigned dir) {
  if (!h) return false;
  const std::uint32_t n = s.random().between(1, 16);
  const std::uint32_t before = s.random().one_in(2) ? 0 : s.random().between(1, std::min(size, 16u));
  dmaf_op op = device_op(s, cls, *h, size - before, before + n);
  if (dir == DMAF_TO_DEVICE) op = access(DMAF_OP_DEV_READ, cls, *h, op.off, op.len);
  if (dir == DMAF_FROM_DEVICE) op = access(DMAF_OP_DEV_WRITE, cls, *h, op.off, op.len);
  return s.mistake(op);
}
bool access_too_far(Scene& s) {
  const auto h = s.map({.kinds = kDeviceMaps, .beyond = 16, .device_owned = true});
  return h && access_beyond(s, DMAF_MAP, h, s.state().map[*h].len, s.state().map[*h].dir);
}
bool access_sg_too_far(Scene& s) {
  const auto h = s.sg({.beyond = 16, .device_owned = true});
  return h && access_beyond(s, DMAF_SG, h, s.state().sg[*h].total(), s.state().sg[*h].dir);
}
bool access_coherent_too_far(Scene& s) {
  // Memory that is not contiguous is handed out in whole pages.
  const unsigned kinds = kFreed & ~set_of(DMAF_COH_NONCONTIGUOUS);
  const auto h = s.coherent({.kinds = kinds, .beyond = 16, .device_owned = true});
  const unsigned dir = h && Shaper::wants_syncs(s.state().coh[*h].kind) ? s.state().coh[*h].dir : 0u;
  return h && access_beyond(s, DMAF_COH, h, s.state().coh[*h].len, dir);
}
bool access_nowhere(Scene& s) {
  constexpr std::uint32_t kFar = 64 * 1024;
  const auto h = s.map({.kinds = kDeviceMaps, .alone = true});
  if (!h) return false;
  const std::uint32_t far = s.state().map[*h].len + kFar + s.random().below(kFar);
  return s.mistake(device_op(s, DMAF_MAP, *h, far, s.random().between(1, 64)));
}

bool against(Scene& s, unsigned cls, std::optional<unsigned> h, std::uint32_t size, bool write) {
  if (!h) return false;
  const Range r = some(s, size);
  return s.mistake(access(write ? DMAF_OP_DEV_WRITE : DMAF_OP_DEV_READ, cls, *h, r.lo, r.size()));
}
bool write_to_device(Scene& s) {
  const auto h = s.map({.dirs = set_of(DMAF_TO_DEVICE), .kinds = kDeviceMaps, .device_owned = true});
  return h && against(s, DMAF_MAP, h, s.state().map[*h].len, true);
}
bool write_to_device_sg(Scene& s) {
  const auto h = s.sg({.dirs = set_of(DMAF_TO_DEVICE), .device_owned = true});
  return h && against(s, DMAF_SG, h, s.state().sg[*h].total(), true);
}
bool read_from_device(Scene& s) {
  const auto h = s.map({.dirs = set_of(DMAF_FROM_DEVICE), .kinds = kDeviceMaps, .device_owned = true});
  return h && against(s, DMAF_MAP, h, s.state().map[*h].len, false);
}
bool read_from_device_sg(Scene& s) {
  const auto h = s.sg({.dirs = set_of(DMAF_FROM_DEVICE), .device_owned = true});
  return h && against(s, DMAF_SG, h, s.state().sg[*h].total(), false);
}

// ---- who owns what ----

// The CPU touches bytes of a buffer that a mapping or list of it has, which the device owns.
bool touch(Scene& s, unsigned buf, std::uint32_t base, std::uint32_t size, bool write) {
  const Range r = some(s, size);
  return s.mistake(access(write ? DMAF_OP_FILL : DMAF_OP_CHECK, DMAF_BUF, buf, base + r.lo, r.size()));
}
bool touch_map(Scene& s, unsigned dirs, bool write) {
  const auto h = s.map({.dirs = dirs, .kinds = kDeviceMaps, .device_owned = true});
  return h && touch(s, s.state().map[*h].buf, s.state().map[*h].off, s.state().map[*h].len, write);
}
bool touch_sg(Scene& s, unsigned dirs, bool write) {
  const auto h = s.sg({.dirs = dirs, .device_owned = true});
  if (!h) return false;
  const SgState& sg = s.state().sg[*h];
  return touch(s, sg.buf, sg.off + s.random().below(sg.count) * sg.stride, sg.len, write);
}
bool touch_coherent(Scene& s, unsigned dirs, bool write) {
  const auto h = s.coherent({.dirs = dirs, .kinds = kSynced, .device_owned = true});
  if (!h) return false;
  const Range r = some(s, s.state().coh[*h].len);
  return s.mistake(access(write ? DMAF_OP_FILL : DMAF_OP_CHECK, DMAF_COH, *h, r.lo, r.size()));
}
bool read_owned(Scene& s) {
  return touch_map(s, kWrittenDirs, false);
}
bool read_owned_sg(Scene& s) {
  return touch_sg(s, kWrittenDirs, false);
}
bool read_owned_coherent(Scene& s) {
  return touch_coherent(s, kWrittenDirs, false);
}
bool write_owned(Scene& s) {
  return touch_map(s, kAnyDir, true);
}
bool write_owned_sg(Scene& s) {
  return touch_sg(s, kAnyDir, true);
}
bool write_owned_coherent(Scene& s) {
  return touch_coherent(s, kAnyDir, true);
}

// The CPU takes the whole mapping, and writes to some of it; the range in the mapping.
std::optional<Range> written_by_cpu(Scene& s, unsigned h) {
  const auto sync = s.go(access(DMAF_OP_SYNC_CPU, DMAF_MAP, h, 0, s.state().map[h].len));
  if (!sync || sync->h != h) return std::nullopt;
  const MapState m = s.state().map[h];
  const Range r = some(s, m.len);
  const auto fill = s.go(access(DMAF_OP_FILL, DMAF_BUF, m.buf, m.off + r.lo, r.size()));
  if (!fill || fill->h != m.buf || fill->off != m.off + r.lo || fill->len != r.size()) return std::nullopt;
  return r;
}
bool not_handed_over(Scene& s) {
  const auto h = s.map({.dirs = kFilledDirs, .kinds = kMemoryMaps, .cpu_clean = true});
  if (!h) return false;
  const auto r = written_by_cpu(s, *h);
  return r && s.mistake(access(DMAF_OP_DEV_READ, DMAF_MAP, *h, r->lo, r->size()));
}
bool not_handed_over_sg(Scene& s) {
  const auto h = s.sg({.dirs = kFilledDirs, .cpu_clean = true});
  if (!h) return false;
  if (!s.state().sg[*h].cpu && !s.go(operation(DMAF_OP_SYNC_CPU, *h, DMAF_SG))) return false;
  const SgState sg = s.state().sg[*h];
  const std::uint32_t entry = s.random().below(sg.count);
  const Range r = some(s, sg.len);
  const auto fill = s.go(access(DMAF_OP_FILL, DMAF_BUF, sg.buf, sg.off + entry * sg.stride + r.lo, r.size()));
  if (!fill || fill->h != sg.buf || fill->len != r.size()) return false;
  return s.mistake(access(DMAF_OP_DEV_READ, DMAF_SG, *h, entry * sg.len + r.lo, r.size()));
}
bool not_handed_over_coherent(Scene& s) {
  const auto h = s.coherent({.dirs = kFilledDirs, .kinds = kSynced});
  if (!h) return false;
  const CohState& c = s.state().coh[*h];
  if (!c.cpu.count() && !s.go(access(DMAF_OP_SYNC_CPU, DMAF_COH, *h, 0, c.len))) return false;
  const Range r = some(s, c.len);
  const auto fill = s.go(access(DMAF_OP_FILL, DMAF_COH, *h, r.lo, r.size()));
  return fill && fill->h == *h && s.mistake(access(DMAF_OP_DEV_READ, DMAF_COH, *h, fill->off, fill->len));
}
bool never_handed_over(Scene& s) {
  const auto h = s.map({.dirs = kFilledDirs, .kinds = kMemoryMaps, .fresh = true, .attrs = DMAF_A_SKIP_CPU_SYNC});
  return h && against(s, DMAF_MAP, h, s.state().map[*h].len, false);
}
bool thrown_away_by_sync(Scene& s) {
  const auto h = s.map({.dirs = set_of(DMAF_BIDIRECTIONAL), .kinds = kMemoryMaps, .cpu_clean = true});
  if (!h || !written_by_cpu(s, *h)) return false;
  return s.mistake(access(DMAF_OP_SYNC_CPU, DMAF_MAP, *h, 0, s.state().map[*h].len));
}
bool thrown_away_by_unmap(Scene& s) {
  const auto h = s.map({.dirs = set_of(DMAF_BIDIRECTIONAL), .kinds = kMemoryMaps, .cpu_clean = true});
  if (!h || !written_by_cpu(s, *h)) return false;
  dmaf_op unmap = operation(DMAF_OP_UNMAP, *h);
  unmap.attrs = s.state().map[*h].attrs & static_cast<dmaf_u8>(~DMAF_A_SKIP_CPU_SYNC);
  return s.mistake(unmap);
}
bool not_taken_back(Scene& s) {
  const auto h = s.map({.dirs = kWrittenDirs, .kinds = kMemoryMaps, .cpu_clean = true});
  if (!h) return false;
  const auto sync = s.go(access(DMAF_OP_SYNC_CPU, DMAF_MAP, *h, 0, s.state().map[*h].len));
  if (!sync || sync->h != *h) return false;
  const MapState& m = s.state().map[*h];
  const Range r = some(s, m.len);
  return s.raw(access(DMAF_OP_DEV_WRITE, DMAF_MAP, *h, r.lo, r.size())) &&
         s.mistake(access(DMAF_OP_CHECK, DMAF_BUF, m.buf, m.off + r.lo, r.size()));
}
bool not_taken_back_sg(Scene& s) {
  const auto h = s.sg({.dirs = kWrittenDirs, .cpu_clean = true});
  if (!h) return false;
  if (!s.state().sg[*h].cpu && !s.go(operation(DMAF_OP_SYNC_CPU, *h, DMAF_SG))) return false;
  const SgState& sg = s.state().sg[*h];
  const std::uint32_t entry = s.random().below(sg.count);
  const Range r = some(s, sg.len);
  return s.raw(access(DMAF_OP_DEV_WRITE, DMAF_SG, *h, entry * sg.len + r.lo, r.size())) &&
         s.mistake(access(DMAF_OP_CHECK, DMAF_BUF, sg.buf, sg.off + entry * sg.stride + r.lo, r.size()));
}
bool not_taken_back_coherent(Scene& s) {
  const auto h = s.coherent({.dirs = kWrittenDirs, .kinds = kSynced, .device_owned = true});
  if (!h) return false;
  const auto sync = s.go(access(DMAF_OP_SYNC_CPU, DMAF_COH, *h, 0, s.state().coh[*h].len));
  if (!sync || sync->h != *h) return false;
  const Range r = some(s, s.state().coh[*h].len);
  return s.raw(access(DMAF_OP_DEV_WRITE, DMAF_COH, *h, r.lo, r.size())) &&
         s.mistake(access(DMAF_OP_CHECK, DMAF_COH, *h, r.lo, r.size()));
}
bool fetch_twice(Scene& s) {
  const auto h = s.coherent({.kinds = set_of(DMAF_COH_COHERENT, DMAF_COH_WC, DMAF_COH_MANAGED)});
  if (!h) return false;
  const Range r = some(s, s.state().coh[*h].len);
  dmaf_op op = access(DMAF_OP_CHECK, DMAF_COH, *h, r.lo, r.size());
  op.kind = DMAF_CHECK_TWICE;
  return s.mistake(op);
}

constexpr Recipe kRecipes[] = {
    {{"device-unmapped", "device-access-after-unmap", "", "the device touches a mapping that was unmapped", true},
     access_unmapped},
    {{"device-unmapped-sg", "device-access-after-unmap", "", "the device touches a list that was unmapped", true},
     access_unmapped_sg},
    {{"device-freed", "device-access-after-unmap", "", "the device touches memory of the DMA API that was freed", true},
     access_freed},
    {{"device-stale", "stale-iotlb", "", "the device touches an unmapped IOVA that its IOTLB still holds", true},
     access_stale},
    // What lies beyond may have been mapped before, and still be cached.
    {{"device-beyond", "device-access-out-of-bounds", "device-access-after-unmap stale-iotlb",
      "the device goes on after the end of its mapping", true},
     access_too_far},
    {{"device-beyond-sg", "device-access-out-of-bounds", "device-access-after-unmap stale-iotlb",
      "the device goes on after the end of a list", true},
     access_sg_too_far},
    {{"device-beyond-coherent", "device-access-out-of-bounds", "device-access-after-unmap stale-iotlb",
      "the device goes on after the end of memory of the DMA API", true},
     access_coherent_too_far},
    {{"device-nowhere", "device-access-unmapped", "device-access-after-unmap stale-iotlb",
      "the device touches what is far from all that is mapped", true},
     access_nowhere},
    {{"device-writes", "device-write-to-device-mapping", "", "the device writes to a mapping to_device", true},
     write_to_device},
    {{"device-writes-sg", "device-write-to-device-mapping", "", "the device writes to a list to_device", true},
     write_to_device_sg},
    {{"device-reads", "device-read-from-device-mapping", "", "the device reads a mapping from_device", true},
     read_from_device},
    {{"device-reads-sg", "device-read-from-device-mapping", "", "the device reads a list from_device", true},
     read_from_device_sg},
    {{"cpu-reads", "cpu-read-device-owned", "", "the CPU reads a mapping before it is its own again", true},
     read_owned},
    {{"cpu-reads-sg", "cpu-read-device-owned", "", "the CPU reads a list's memory before it is its own again", true},
     read_owned_sg},
    {{"cpu-reads-coherent", "cpu-read-device-owned", "",
      "the CPU reads memory that wants syncs and has none for the CPU", true},
     read_owned_coherent},
    {{"cpu-writes", "cpu-write-device-owned", "", "the CPU writes to a mapping that the device owns", true},
     write_owned},
    {{"cpu-writes-sg", "cpu-write-device-owned", "", "the CPU writes to a list's memory that the device owns", true},
     write_owned_sg},
    {{"cpu-writes-coherent", "cpu-write-device-owned", "",
      "the CPU writes to memory that wants syncs and has none for the CPU", true},
     write_owned_coherent},
    {{"handover", "missing-sync-for-device", "", "the device reads what the CPU wrote and did not sync", true},
     not_handed_over},
    {{"handover-sg", "missing-sync-for-device", "",
      "the device reads what the CPU wrote to a list's memory and did not sync", true},
     not_handed_over_sg},
    {{"handover-coherent", "missing-sync-for-device", "",
      "the device reads what the CPU wrote to memory that wants syncs and did not sync", true},
     not_handed_over_coherent},
    {{"handover-skipped", "missing-sync-for-device", "",
      "the device reads a mapping that was made with skip_cpu_sync and never synced", true},
     never_handed_over},
    {{"lost-by-sync", "missing-sync-for-device", "", "a sync for the CPU throws away what the CPU wrote", true},
     thrown_away_by_sync},
    {{"lost-by-unmap", "missing-sync-for-device", "", "unmapping throws away what the CPU wrote", true},
     thrown_away_by_unmap},
    {{"takeover", "missing-sync-for-cpu", "", "the CPU reads what the device wrote after the sync for the CPU", true},
     not_taken_back},
    {{"takeover-sg", "missing-sync-for-cpu", "",
      "the CPU reads what the device wrote to a list after the sync for the CPU", true},
     not_taken_back_sg},
    {{"takeover-coherent", "missing-sync-for-cpu", "",
      "the CPU reads what the device wrote, to memory that wants syncs, after the sync for the CPU", true},
     not_taken_back_coherent},
    {{"fetched-twice", "double-fetch", "", "code fetches twice what the device may change in between", true},
     fetch_twice},
};

}  // namespace

std::span<const Recipe> access_mistakes() {
  return kRecipes;
}

}  // namespace dmafuzz::mistakes_internal
