// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/dmasan.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/backend.h"

namespace dmafuzz {
namespace {

const char* direction_name(unsigned dir) {
  constexpr const char* kNames[] = {"BIDIRECTIONAL", "TO_DEVICE", "FROM_DEVICE", "NONE"};
  static_assert(DMAF_BIDIRECTIONAL == 0 && DMAF_TO_DEVICE == 1 && DMAF_FROM_DEVICE == 2);
  return dir < std::size(kNames) ? kNames[dir] : "?";
}

std::string described(const Mapping& m) {
  return fmt::format("the {} mapping {:#x}..{:#x}, {}", map_kind_name(m.kind), m.dma, m.dma + m.size,
                     direction_name(m.dir));
}

bool is_memory(MapKind kind) {
  return kind == MapKind::kCoherent || kind == MapKind::kPages;
}

}  // namespace

std::optional<Check> find_check(std::string_view id) {
  const auto found = std::ranges::find(kChecks, id, &CheckInfo::id);
  if (found == kChecks.end()) return std::nullopt;
  return static_cast<Check>(found - kChecks.begin());
}

void DmaSan::violated(Check check, const Mapping* mapping, std::string what) {
  if (report_) report_({check, std::move(what), mapping});
}

void DmaSan::map(const Mapping& mapping, const void* frame) {
  take_stack(registry_.add(mapping).mapped_at, frame);
}

void DmaSan::retire(uint32_t index, const void* frame) {
  take_stack(registry_.at(index).unmapped_at, frame);
  registry_.remove(index);
}

void DmaSan::not_mapped(Check check, const char* what, const void* dev, uint64_t dma) {
  const Mapping* gone = registry_.gone(dev, dma);
  violated(check, gone,
           gone ? fmt::format("{} at {:#x}: {} is gone already", what, dma, described(*gone))
                : fmt::format("{} at {:#x}, where nothing is mapped", what, dma));
}

bool DmaSan::reject_foreign(uint32_t index, const void* dev, const char* verb) {
  const Mapping& m = registry_.at(index);
  if (m.dev == dev) return false;
  violated(Check::kUnmapDevice, &m, fmt::format("{} for another device than {} was made for", verb, described(m)));
  return true;
}

void DmaSan::unmap(const void* dev, uint64_t dma, uint64_t size, unsigned dir, MapKind kind, const void* frame) {
  // The same address may be mapped more than once, on buses that translate nothing: the best fit is meant.
  uint32_t index = registry_.find(
      dma, [&](const Mapping& m) { return m.dev == dev && m.size == size && m.dir == dir && m.kind == kind; });
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
  retire(index, frame);
}

uint32_t DmaSan::segments_of(const void* dev, uint64_t dma) const {
  const uint32_t index =
      registry_.find(dma, [&](const Mapping& m) { return m.dev == dev && m.kind == MapKind::kSg && m.segments; });
  return index == Registry::kNone ? 0 : const_cast<Registry&>(registry_).at(index).segments;
}

void DmaSan::unmap_segment(const void* dev, uint64_t dma, unsigned dir, uint32_t entries, const void* frame) {
  const uint32_t index = registry_.find(dma, [&](const Mapping& m) {
    return m.dev == dev && m.kind == MapKind::kSg && m.dir == dir && m.entries == entries;
  });
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
  retire(index, frame);
}

void DmaSan::free(const void* dev, uint64_t dma, uint64_t size, uint64_t cpu, MapKind kind, unsigned dir,
                  const void* frame) {
  const uint32_t index =
      registry_.find(dma, [&](const Mapping& m) { return m.dev == dev && m.kind == kind && m.size == size; });
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
  retire(index, frame);
}

void DmaSan::sync(const void* dev, uint64_t dma, uint64_t size, unsigned dir, bool for_cpu) {
  const auto holds = [&](const Mapping& m) {
    return dma + size <= m.dma + m.size && (m.dir == dir || m.dir == DMAF_BIDIRECTIONAL);
  };
  const uint32_t index = registry_.covering(dev, dma, holds);
  if (index == Registry::kNone) {
    return not_mapped(Check::kSyncNotMapped, for_cpu ? "sync for the CPU" : "sync for the device", dev, dma);
  }
  const char* side = for_cpu ? "the CPU" : "the device";
  const Mapping& m = registry_.at(index);
  if (dma + size > m.dma + m.size) {
    violated(Check::kSyncRange, &m,
             fmt::format("sync for {} of {:#x}..{:#x}, beyond {}", side, dma, dma + size, described(m)));
  }
  if (m.dir != dir && m.dir != DMAF_BIDIRECTIONAL) {
    violated(Check::kSyncDirection, &m,
             fmt::format("sync for {} of {} as {}", side, described(m), direction_name(dir)));
  }
}

void DmaSan::mapping_error(const void* dev, uint64_t dma) {
  // Of several at the address the one that nobody asked about yet.
  const uint32_t index = registry_.find(dma, [&](const Mapping& m) { return m.dev == dev && !m.checked; });
  if (index != Registry::kNone && registry_.at(index).dev == dev) registry_.at(index).checked = true;
}

void DmaSan::device_access(const void* dev, uint64_t dma, size_t n, bool write) {
  const char* verb = write ? "writes" : "reads";
  while (n) {
    const auto allows = [&](const Mapping& m) {
      return m.dir == DMAF_BIDIRECTIONAL || is_memory(m.kind) || (m.dir == DMAF_TO_DEVICE) != write;
    };
    const uint32_t index = registry_.covering(dev, dma, allows);
    if (index == Registry::kNone) {
      const Mapping* gone = registry_.gone(dev, dma);
      const Mapping* below = registry_.below(dev, dma);
      if (gone) {
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
    if (!allows(m)) {
      violated(write ? Check::kDeviceWrite : Check::kDeviceRead, &m,
               fmt::format("the device {} {:#x} in {}", verb, dma, described(m)));
    }
    const uint64_t part = std::min<uint64_t>(n, m.dma + m.size - dma);
    dma += part;
    n -= part;
  }
}

void DmaSan::check_leaks() {
  if (!registry_.live()) return;
  registry_.each([this](const Mapping& m) {
    violated(is_memory(m.kind) ? Check::kCoherentLeak : Check::kMappingLeak, &m,
             fmt::format("{} is left when everything was given back", described(m)));
  });
}

DmaSan& dmasan() {
  static DmaSan the_dmasan;
  return the_dmasan;
}

}  // namespace dmafuzz
