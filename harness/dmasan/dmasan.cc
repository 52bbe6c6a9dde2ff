// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/dmasan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backend/backend.h"
#include "dmasan/bad_memory.h"
#include "dmasan/sharing.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

// The device only reads it: what the CPU holds is never thrown away for what the device holds.
bool only_read(const Mapping& m) {
  return m.dir == DMAF_TO_DEVICE;
}

// DMA_ATTR_SKIP_CPU_SYNC leaves memory with the CPU, and what it wrote there unsynced (dma-attributes.rst).
uint8_t first_owner(const Mapping& m) {
  return m.cpu_first || (m.attrs & DMAF_A_SKIP_CPU_SYNC) ? kCpuOwned | kCpuWrote : kDeviceOwned;
}

}  // namespace

void DmaSan::violated(Check check, const Mapping* mapping, std::string what, std::vector<std::string> object) {
  const uint64_t touched = std::exchange(touched_, Violation::kNowhere);
  if (!checks_.has(check)) return;
  last_ = {check, std::move(what), mapping, touched, std::move(object)};
  if (listener_) listener_->violated(last_);
  if (report_) report_(last_);
}

void DmaSan::violated(Violation&& violation) {
  if (!checks_.has(violation.check)) return;
  // Moved twice, as assigning swaps: nothing is left with a caller that is never come back to.
  last_ = Violation(std::move(violation));
  if (listener_) listener_->violated(last_);
  if (report_) report_(last_);
}

void DmaSan::map(const Mapping& mapping, const void* frame) {
  if (deaf_) return;
  Mapping& m = registry_.add(mapping);
  take_stack(m.mapped_at, frame);
  m.mapped_op = operation_;
  m.cpu_first |= m.kind == MapKind::kPages;
  if (m.kind == MapKind::kSg) join_list(m);
  tell({.what = Happening::kMap, .mapping = &m, .dma = m.dma, .size = m.size, .dir = m.dir});
  if (listener_) tell_memory(m);
  check_limits(m);
  if (m.kind == MapKind::kCoherent && (listener_ || checks_.has(Check::kDoubleFetch))) own_coherent(m);
  // Lists are told part by part; registers are nobody's.
  if (m.kind == MapKind::kPhys || m.kind == MapKind::kPages) {
    check_neighbours(m, m.phys, m.dma, m.size);
    m.parts = ownership_.add(Ownership::kNone, m.index, m.phys, m.dma, m.size, first_owner(m));
  }
  minds_lines_ += minds_lines(m);
  if (listener_ && m.kind != MapKind::kSg) listener_->settled(m);
  if (m.kind != MapKind::kSg && first_owner(m) == kDeviceOwned) readable(m, m.dma, m.size);
}

// Segments of a list are told one after the other. Pieces of the IOVA API are of none.
void DmaSan::join_list(Mapping& m) {
  if (m.segments) {
    list_ = m.index;
    list_left_ = m.segments;
  }
  if (!list_left_) return;
  m.list = list_;
  --list_left_;
}

template <typename Visit>
void DmaSan::each_page_of(const Mapping& m, Visit visit) {
  for (uint64_t done = 0; done < m.size;) {
    const uint64_t at = m.cpu + done;
    const uint64_t part = std::min(m.size - done, kPageSize - (at & (kPageSize - 1)));
    uint64_t phys;
    if (memory().to_phys(reinterpret_cast<const void*>(at), &phys)) visit(m.dma + done, phys, part);
    done += part;
  }
}

// Coherent memory is both sides' and has no owner to check: it is entered only for what looks at fetches, and for who
// listens.
void DmaSan::own_coherent(Mapping& m) {
  each_page_of(m, [&](uint64_t dma, uint64_t phys, uint64_t size) {
    m.parts = ownership_.add(m.parts, m.index, phys, dma, size, kShared | kCpuOwned);
  });
}

// Of lists it is told part by part.
void DmaSan::tell_memory(const Mapping& m) const {
  if (m.kind == MapKind::kCoherent) {
    each_page_of(m, [&](uint64_t dma, uint64_t phys, uint64_t size) { listener_->has_memory(m, dma, phys, size); });
  } else if (m.kind != MapKind::kSg) {
    listener_->has_memory(m, m.dma, m.phys, m.size);
  }
}

void DmaSan::fetch(uint64_t phys, uint64_t n, const Mapping& m) {
  constexpr size_t kRemembered = 256;  // fetches of one path
  for (const Fetch& earlier : fetched_) {
    if (phys >= earlier.end || phys + n <= earlier.phys) continue;
    violated(Check::kDoubleFetch, &m,
             fmt::format("one path loads byte {} of {} twice, which the device may write in between",
                         std::max(phys, earlier.phys) - phys, described(m)));
    break;
  }
  if (fetched_.size() < kRemembered) fetched_.push_back({phys, phys + n});
}

void DmaSan::map_memory(const void* address, uint64_t size) {
  if (!deaf_ && !may_be_mapped(address, size)) violated(bad_memory(address, size));
}

void DmaSan::map_part(const void* dev, uint64_t dma, uint64_t phys, uint64_t size) {
  const uint32_t index = registry_.covering(
      dev, dma, [&](const Mapping& m) { return m.kind == MapKind::kSg && dma + size <= m.dma + m.size; });
  if (index == Registry::kNone || registry_.at(index).kind != MapKind::kSg) return;
  Mapping& m = registry_.edit(index);
  if (listener_) listener_->has_memory(m, dma, phys, size);
  check_neighbours(m, phys, dma, size);
  m.parts = ownership_.add(m.parts, index, phys, dma, size, first_owner(m));
  if (listener_) listener_->settled(m);
  if (first_owner(m) == kDeviceOwned) readable(m, dma, size);
}

void DmaSan::retire(uint32_t index, const void* frame) {
  Mapping& m = registry_.edit(index);
  take_stack(m.unmapped_at, frame);
  minds_lines_ -= minds_lines(m);
  if (m.pool != Pools::kNone) pools_.memory_gone(m.pool, m.dma, m.size);
  m.unmapped_op = operation_;
  ownership_.remove(m.parts);
  m.parts = Ownership::kNone;
  if (listener_) listener_->gone(m);
  registry_.remove(index);
}

void DmaSan::not_mapped(Check check, const char* what, const void* dev, uint64_t dma) {
  const Mapping* gone = registry_.gone(dev, dma);
  violated(check, gone,
           gone ? fmt::format("{} at {:#x}: {} is gone already", what, dma, described(*gone))
                : fmt::format("{} at {:#x}, where nothing is mapped", what, dma));
}

// For the listener: the mapping at the index, or the one that was there last.
const Mapping* DmaSan::known(uint32_t index, const void* dev, uint64_t dma) const {
  if (!listener_) return nullptr;
  return index != Registry::kNone ? &registry_.at(index) : registry_.gone(dev, dma);
}

bool DmaSan::reject_foreign(uint32_t index, const void* dev, const char* verb) {
  const Mapping& m = registry_.at(index);
  if (m.dev == dev) return false;
  violated(Check::kUnmapDevice, &m, fmt::format("{} for another device than {} was made for", verb, described(m)));
  return true;
}

void DmaSan::unmap(const void* dev, uint64_t dma, uint64_t size, unsigned dir, unsigned attrs, MapKind kind,
                   const void* frame) {
  if (deaf_) return;
  // The same address may be mapped more than once, on buses that translate nothing: the best fit is meant.
  uint32_t index = registry_.find(
      dma, [&](const Mapping& m) { return m.dev == dev && m.size == size && m.dir == dir && m.kind == kind; });
  tell({.what = Happening::kUnmap, .mapping = known(index, dev, dma), .dma = dma, .size = size, .dir = dir});
  if (index == Registry::kNone) return not_mapped(Check::kUnmapNotMapped, "unmap", dev, dma);
  if (reject_foreign(index, dev, "unmap")) return;
  const Mapping& m = registry_.at(index);
  if (m.kind != kind) {
    violated(Check::kUnmapType, &m,
             fmt::format("unmap of {} by the function for {} mappings", described(m), map_kind_name(kind)));
  }
  if (m.size != size) {
    violated(Check::kUnmapSize, &m, fmt::format("unmap of {} bytes of {} of {}", size, described(m), m.size));
  }
  if (m.dir != dir) {
    violated(Check::kUnmapDirection, &m, fmt::format("unmap of {} as {}", described(m), direction_name(dir)));
  }
  if (!m.checked) {
    violated(Check::kMappingUnchecked, &m, fmt::format("unmap of {}: nobody asked dma_mapping_error()", described(m)));
  }
  if (!(attrs & DMAF_A_SKIP_CPU_SYNC)) check_lost_writes(m, m.dma, m.size, "unmap");
  retire(index, frame);
}

uint32_t DmaSan::segments_of(const void* dev, uint64_t dma) const {
  const uint32_t index =
      registry_.find(dma, [&](const Mapping& m) { return m.dev == dev && m.kind == MapKind::kSg && m.segments; });
  return index == Registry::kNone ? 0 : const_cast<Registry&>(registry_).at(index).segments;
}

void DmaSan::unmap_segment(const void* dev, uint64_t dma, unsigned dir, unsigned attrs, uint32_t entries,
                           const void* frame) {
  if (deaf_) return;
  const uint32_t index = registry_.find(dma, [&](const Mapping& m) {
    return m.dev == dev && m.kind == MapKind::kSg && m.dir == dir && m.entries == entries;
  });
  if (listener_) {
    const Mapping* about = known(index, dev, dma);
    tell({.what = Happening::kUnmap, .mapping = about, .dma = dma, .size = about ? about->size : 0, .dir = dir});
  }
  if (index == Registry::kNone) return not_mapped(Check::kUnmapNotMapped, "unmap of a list", dev, dma);
  if (reject_foreign(index, dev, "unmap")) return;
  const Mapping& m = registry_.at(index);
  if (m.kind != MapKind::kSg) {
    violated(Check::kUnmapType, &m, fmt::format("unmap of {} as a list", described(m)));
  } else if (entries && m.entries != entries) {
    violated(Check::kUnmapSize, &m,
             fmt::format("unmap of {} entries of a list that was mapped with {}", entries, m.entries));
  }
  if (m.dir != dir) {
    violated(Check::kUnmapDirection, &m, fmt::format("unmap of {} as {}", described(m), direction_name(dir)));
  }
  if (!(attrs & DMAF_A_SKIP_CPU_SYNC) && !m.cpu_first) check_lost_writes(m, m.dma, m.size, "unmap");
  retire(index, frame);
}

void DmaSan::free(const void* dev, uint64_t dma, uint64_t size, uint64_t cpu, MapKind kind, unsigned dir,
                  const void* frame) {
  if (deaf_) return;
  const uint32_t index =
      registry_.find(dma, [&](const Mapping& m) { return m.dev == dev && m.kind == kind && m.size == size; });
  tell({.what = Happening::kUnmap, .mapping = known(index, dev, dma), .dma = dma, .size = size, .dir = dir});
  if (index == Registry::kNone || !is_memory(registry_.at(index).kind)) {
    const Mapping* gone = registry_.gone(dev, dma);
    return violated(Check::kFreeMismatch, gone, fmt::format("free of {:#x}, which is no memory of the DMA API", dma));
  }
  if (reject_foreign(index, dev, "free")) return;
  const Mapping& m = registry_.at(index);
  if (m.kind != kind) {
    violated(Check::kFreeMismatch, &m,
             fmt::format("free of {} by the function for {} memory", described(m), map_kind_name(kind)));
  }
  if (m.size != size) {
    violated(Check::kFreeMismatch, &m, fmt::format("free of {} bytes of {} of {}", size, described(m), m.size));
  }
  if (kind == MapKind::kCoherent && m.cpu != cpu) {
    violated(Check::kFreeMismatch, &m,
             fmt::format("free of {} with CPU address {:#x}, not {:#x}", described(m), cpu, m.cpu));
  }
  if (m.kind == MapKind::kPages && m.dir != dir) {
    violated(Check::kUnmapDirection, &m, fmt::format("free of {} as {}", described(m), direction_name(dir)));
  }
  if (m.kind == MapKind::kCoherent) readable(m, m.dma, m.size);
  retire(index, frame);
}

void DmaSan::free_by_cpu(const void* dev, uint64_t cpu, const void* frame) {
  if (deaf_) return;
  const uint32_t index =
      registry_.next(0, [&](const Mapping& m) { return m.dev == dev && m.kind == MapKind::kCoherent && m.cpu == cpu; });
  if (index != Registry::kNone) {
    const Mapping& m = registry_.at(index);
    tell({.what = Happening::kUnmap, .mapping = &m, .dma = m.dma, .size = m.size});
    return retire(index, frame);
  }
  violated(Check::kFreeMismatch, nullptr,
           fmt::format("free of CPU address {:#x}, which is no memory of the DMA API", cpu));
}

void DmaSan::sync(const void* dev, uint64_t dma, uint64_t size, unsigned dir, bool for_cpu, const void* frame) {
  if (deaf_) return;
  const auto holds = [&](const Mapping& m) {
    return dma + size <= m.dma + m.size && (m.dir == dir || m.dir == DMAF_BIDIRECTIONAL);
  };
  const uint32_t index = registry_.covering(dev, dma, holds);
  tell({.what = for_cpu ? Happening::kSyncForCpu : Happening::kSyncForDevice,
        .mapping = known(index, dev, dma),
        .dma = dma,
        .size = size,
        .dir = dir});
  if (index == Registry::kNone) {
    return not_mapped(Check::kSyncNotMapped, for_cpu ? "sync for the CPU" : "sync for the device", dev, dma);
  }
  const char* side = for_cpu ? "the CPU" : "the device";
  Mapping& m = registry_.edit(index);
  if (dma + size > m.dma + m.size) {
    violated(Check::kSyncRange, &m,
             fmt::format("sync for {} of {:#x}..{:#x}, beyond {}", side, dma, dma + size, described(m)));
  }
  if (m.dir != dir && m.dir != DMAF_BIDIRECTIONAL) {
    violated(Check::kSyncDirection, &m,
             fmt::format("sync for {} of {} as {}", side, described(m), direction_name(dir)));
  }
  if (for_cpu) check_lost_writes(m, dma, size, "sync for the CPU");
  take_stack(m.synced_at, frame);
  m.synced_op = operation_;
  m.synced_for_cpu = for_cpu;
  // What the CPU wrote to memory that the device only reads stays written until it is handed over.
  const uint8_t keep = for_cpu && only_read(m) ? kCpuWrote : 0, add = for_cpu ? kCpuOwned : kDeviceOwned;
  ownership_.each_of(m.parts, dma, size,
                     [&](Piece& piece, uint32_t lo, uint32_t hi) { ownership_.update(piece, lo, hi, keep, add); });
  if (listener_) listener_->settled(m);
  if (!for_cpu && dma + size <= m.dma + m.size) readable(m, dma, size);
}

void DmaSan::mapping_error(const void* dev, uint64_t dma) {
  // Of several at the address the one that nobody asked about yet.
  const uint32_t index = registry_.find(dma, [&](const Mapping& m) { return m.dev == dev && !m.checked; });
  tell({.what = Happening::kMappingError, .mapping = known(index, dev, dma), .dma = dma});
  if (index != Registry::kNone && registry_.at(index).dev == dev) registry_.edit(index).checked = true;
}

void DmaSan::device_access(const void* dev, uint64_t dma, size_t n, bool write, const Bus* bus) {
  if (deaf_) return;
  const char* verb = write ? "writes" : "reads";
  while (n) {
    const auto allows = [&](const Mapping& m) {
      return m.dir == DMAF_BIDIRECTIONAL || is_memory(m.kind) || (m.dir == DMAF_TO_DEVICE) != write;
    };
    const uint32_t index = registry_.covering(dev, dma, allows);
    const auto happening = write ? Happening::kDeviceWrite : Happening::kDeviceRead;
    if (index == Registry::kNone) {
      const Mapping* gone = registry_.gone(dev, dma);
      const Mapping* below = registry_.below(dev, dma);
      tell({.what = happening, .mapping = gone ? gone : below, .dma = dma, .size = n});
      touched_ = dma;
      if (bus && bus->stale(bus->context, dma)) {
        violated(Check::kStaleIotlb, gone,
                 fmt::format("the device {} {:#x}, which the IOTLB still translates: {} is gone", verb, dma,
                             gone ? described(*gone).c_str() : "what was mapped there"));
      } else if (gone) {
        violated(Check::kDeviceAfterUnmap, gone,
                 fmt::format("the device {} {:#x}: {} is gone", verb, dma, described(*gone)));
      } else if (below) {
        violated(Check::kDeviceBounds, below,
                 fmt::format("the device {} {:#x}, {} bytes past {}", verb, dma, dma - below->dma - below->size,
                             described(*below)));
      } else {
        violated(Check::kDeviceUnmapped, nullptr, fmt::format("the device {} {:#x}, which nobody mapped", verb, dma));
      }
      return;
    }
    const Mapping& m = registry_.at(index);
    tell({.what = happening, .mapping = &m, .dma = dma, .size = std::min<uint64_t>(n, m.dma + m.size - dma)});
    if (!allows(m)) {
      violated(write ? Check::kDeviceWrite : Check::kDeviceRead, &m,
               fmt::format("the device {} {:#x} in {}", verb, dma, described(m)));
    }
    if (m.pool != Pools::kNone) {
      if (auto wrong = pools_.access(m.pool, dma, n, verb)) return violated(std::move(*wrong));
    }
    const uint64_t part = std::min<uint64_t>(n, m.dma + m.size - dma);
    reach(m, dma, part, verb);
    device_touches(m, dma, part, write);
    // What the CPU copied there since it was handed out: nothing else tells of it.
    if (m.kind == MapKind::kCoherent && !write) readable(m, dma, part);
    dma += part;
    n -= part;
  }
}

// One that is gone is to blame before one of the other direction: pages are shared by what is short, and most of that
// is mapped and unmapped all the time.
void DmaSan::device_blocked(const void* dev, uint64_t page, bool write) {
  if (deaf_) return;
  touched_ = page;
  const auto within = [&](const Mapping& m) {
    return m.dev == dev && m.dma < page + kPageSize && page < m.dma + m.size;
  };
  const auto allows = [&](const Mapping& m) {
    return m.dir == DMAF_BIDIRECTIONAL || is_memory(m.kind) || (m.dir == DMAF_TO_DEVICE) != write;
  };
  const std::string what = fmt::format("the device {} somewhere in the page {:#x}", write ? "writes" : "reads", page);
  const uint32_t other = registry_.next(0, within);
  if (const Mapping* gone = registry_.gone_within(dev, page, kPageSize, allows)) {
    violated(Check::kDeviceAfterUnmap, gone, fmt::format("{}: {}, the last there, is gone", what, described(*gone)));
  } else if (other != Registry::kNone) {
    const Mapping& m = registry_.at(other);
    violated(write ? Check::kDeviceWrite : Check::kDeviceRead, &m, fmt::format("{}, with {}", what, described(m)));
  } else if (const Mapping* below = registry_.below(dev, page)) {
    violated(Check::kDeviceBounds, below, fmt::format("{}, past {}", what, described(*below)));
  } else {
    violated(Check::kDeviceUnmapped, nullptr, fmt::format("{}, in which nothing is mapped", what));
  }
}

void DmaSan::device_misled(const void* dev, uint64_t dma) {
  const uint32_t index = registry_.covering(dev, dma, [](const Mapping&) { return true; });
  if (index == Registry::kNone) return;
  const Mapping& m = registry_.at(index);
  violated(Check::kStaleIotlb, &m,
           fmt::format("the IOTLB leads the device from {:#x} in {} elsewhere than the table does", dma, described(m)));
}

void DmaSan::device_touches(const Mapping& m, uint64_t dma, uint64_t n, bool write) {
  if (m.kind == MapKind::kCoherent) return;
  ownership_.each_of(m.parts, dma, n, [&](Piece& piece, uint32_t lo, uint32_t hi) {
    // Memory that the CPU owns and did not write is the same on both sides: the device may go on reading it, and what
    // it writes there is what the next sync for the CPU must bring.
    const uint32_t at = piece.bytes.find(lo, hi, [](uint8_t state) { return state & kCpuWrote; });
    if (at != hi) {
      violated(Check::kSyncForDevice, &m,
               fmt::format("the device {} {:#x}, which the CPU wrote and did not hand over, in {}",
                           write ? "writes" : "reads", piece.dma + at, described(m)));
    }
    if (!write) return;
    for (uint32_t from = lo; from < hi;) {
      const auto owned = [](uint8_t state) { return (state & (kCpuOwned | kDeviceWrote)) == kCpuOwned; };
      from = piece.bytes.find(from, hi, owned);
      const uint32_t to = piece.bytes.find(from, hi, [&](uint8_t state) { return !owned(state); });
      if (from < to) ownership_.update(piece, from, to, 0xff, kDeviceWrote);
      from = to;
    }
  });
}

void DmaSan::check_lost_writes(const Mapping& m, uint64_t dma, uint64_t n, const char* how) {
  if (only_read(m)) return;
  ownership_.each_of(m.parts, dma, n, [&](Piece& piece, uint32_t lo, uint32_t hi) {
    const uint32_t at = piece.bytes.find(lo, hi, [](uint8_t state) { return state & kCpuWrote; });
    if (at == hi) return;
    violated(Check::kSyncForDevice, &m,
             fmt::format("{} throws away what the CPU wrote to byte {} of {}, and did not hand over", how,
                         piece.dma + at - m.dma, described(m)));
  });
}

void DmaSan::cpu_access_at(uint64_t phys, size_t n, bool write) {
  while (n) {
    const uint64_t part = std::min<uint64_t>(n, kPageSize - (phys & (kPageSize - 1)));
    if (ownership_.watches(phys)) {
      if (listener_) [[unlikely]]
        tell_access(phys, part, write);
      ownership_.each_at(phys, part,
                         [&](Piece& piece, uint32_t lo, uint32_t hi) { cpu_touches(piece, lo, hi, write); });
      if (write && minds_lines_) cpu_writes_beside(phys, part);
    }
    phys += part;
    n -= part;
  }
}

// Once for each mapping that has bytes of it, or without one: beside what is mapped in its page.
void DmaSan::tell_access(uint64_t phys, uint64_t n, bool write) {
  const auto what = write ? Happening::kCpuWrite : Happening::kCpuRead;
  bool any = false;
  ownership_.each_at(phys, n, [&](Piece& piece, uint32_t lo, uint32_t hi) {
    any = true;
    tell({.what = what,
          .mapping = &registry_.at(piece.mapping),
          .dma = piece.dma + lo,
          .phys = piece.phys + lo,
          .size = hi - lo});
  });
  if (!any) tell({.what = what, .phys = phys, .size = n});
}

void DmaSan::cpu_access_alias(const void* address, size_t n, bool write) {
  const auto* at = static_cast<const char*>(address);
  while (n) {
    const size_t part = std::min<size_t>(n, kPageSize - (reinterpret_cast<uintptr_t>(at) & (kPageSize - 1)));
    const long pfn = memory().vmap_pfn(at);
    if (pfn < 0) return;  // no live alias: AddressSanitizer's to report
    cpu_access_at((static_cast<uint64_t>(pfn) << 12) | (reinterpret_cast<uintptr_t>(at) & (kPageSize - 1)), part,
                  write);
    at += part;
    n -= part;
  }
}

void DmaSan::cpu_touches(Piece& piece, uint32_t lo, uint32_t hi, bool write) {
  const Mapping& m = registry_.at(piece.mapping);
  const auto byte = [&](uint32_t at) { return piece.dma + at - m.dma; };
  if (m.kind == MapKind::kCoherent) {
    if (!write) fetch(piece.phys + lo, hi - lo, m);
    return;
  }
  if (write) {
    // What is switched off can be on each line of a driver's, and words cost more than the rest.
    const uint32_t at = piece.bytes.find(lo, hi, [](uint8_t state) { return !(state & kCpuOwned); });
    if (at != hi && checks_.has(Check::kCpuWrite)) {
      violated(Check::kCpuWrite, &m,
               fmt::format("the CPU writes byte {} of {}, which the device owns", byte(at), described(m)));
    }
    ownership_.update(piece, lo, hi, kCpuOwned, kCpuWrote);
    return;
  }
  if (!only_read(m)) {
    const uint32_t at = piece.bytes.find(lo, hi, [](uint8_t state) { return !(state & kCpuOwned); });
    if (at != hi) {
      violated(Check::kCpuRead, &m,
               fmt::format("the CPU reads byte {} of {}, which the device owns", byte(at), described(m)));
    }
  }
  const uint32_t at = piece.bytes.find(lo, hi, [](uint8_t state) { return state & kDeviceWrote; });
  if (at != hi) {
    violated(Check::kSyncForCpu, &m,
             fmt::format("the CPU reads byte {} of {}, which the device wrote after the last sync for the CPU",
                         byte(at), described(m)));
  }
}

DmaSan& dmasan() {
  static DmaSan the_dmasan;
  return the_dmasan;
}

}  // namespace dmafuzz
