// SPDX-License-Identifier: GPL-2.0-only
// The device on the other end of the bus.
// Page by page: mask, translation (bridge or IOMMU), then the copy of memory that a device of this kind sees.
#include "device/device.h"

#include <algorithm>
#include <cstring>

#include "dmasan/cache_model.h"
#include "dmasan/dmasan.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

uint64_t mask_of(unsigned bits) {
  return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}

bool in_register_window(uint64_t phys) {
  return phys - HOST_RESOURCE_BASE < HOST_RESOURCE_SIZE;
}

}  // namespace

const char* access_error_name(AccessError error) {
  switch (error) {
    case AccessError::kNone:
      return "none";
    case AccessError::kNotDecoded:
      return "not decoded";
    case AccessError::kMaskExceeded:
      return "beyond the DMA mask";
    case AccessError::kNotMapped:
      return "not mapped";
    case AccessError::kPermission:
      return "no permission";
    case AccessError::kBadTable:
      return "malformed page table";
    case AccessError::kOutOfBounds:
      return "out of bounds";
    case AccessError::kStaleIotlb:
      return "stale IOTLB entry";
  }
  return "?";
}

void Device::open(void* dev, const dmaf_config& config) {
  dev_ = dev;
  mask_ = mask_of(std::max(config.mask_bits, config.coherent_mask_bits));
  iommu_path_ = config.path == DMAF_PATH_IOMMU || config.path == DMAF_PATH_IOMMU_LAZY;
}

void Device::close() {
  dev_ = nullptr;
  mask_ = ~uint64_t{0};
  iommu_path_ = false;
  detach_table();
  had_table_ = false;
}

void Device::attach_table(const TableRoot& root) {
  // A root that moved (tables that grow upwards) keeps what was cached: growing invalidates nothing.
  root_ = root;
  attached_ = had_table_ = true;
}

void Device::detach_table() {
  attached_ = false;
  iotlb_.flush_all();
}

Device::Step Device::translate_iommu(uint64_t dma, bool write) {
  const uint64_t page = dma >> 12, offset = dma & 0xfff;
  if (const Iotlb::Entry* entry = iotlb_.find(page); entry && (write ? entry->writable : entry->readable)) {
    // Hardware would not look again. The walk here only says whether it should have been told to forget.
    const Walk now = walk_table(root_, page << 12);
    const bool holds = now.end == WalkEnd::kMapped && now.phys == entry->phys && (write ? now.writable : now.readable);
    return {holds ? AccessError::kNone : AccessError::kStaleIotlb, entry->phys | offset};
  }
  const Walk walk = walk_table(root_, dma);
  if (walk.end == WalkEnd::kMalformed) return {AccessError::kBadTable, 0};
  if (walk.end == WalkEnd::kNotMapped) return {AccessError::kNotMapped, 0};
  if (!(write ? walk.writable : walk.readable)) return {AccessError::kPermission, 0};
  iotlb_.fill(page, walk.phys & ~uint64_t{0xfff}, walk.readable, walk.writable);
  return {AccessError::kNone, walk.phys};
}

bool Device::stale(uint64_t dma) const {
  const Iotlb::Entry* entry = attached_ ? iotlb_.find(dma >> 12) : nullptr;
  if (!entry) return false;
  const Walk now = walk_table(root_, dma & ~uint64_t{0xfff});
  return now.end != WalkEnd::kMapped || now.phys != entry->phys;
}

Device::Step Device::translate(uint64_t dma, bool write) {
  if (attached_) return translate_iommu(dma, write);
  // An IOMMU without a table lets nothing through.
  if (iommu_path_) return {AccessError::kNotMapped, 0};
  const uint64_t phys = kernel_bus_to_phys(dev_, dma);
  return {phys == kNoAddress ? AccessError::kNotDecoded : AccessError::kNone, phys};
}

// Registers of another device read as all ones and swallow writes; what is no memory and no window answers nothing.
bool Device::move_at(uint64_t phys, uint8_t* bytes, size_t n, bool write) {
  if (frame_of_phys(phys) != kNoFrame) {
    if (!bytes) {
      if (write) memory().mark_dirty(phys_to_virt(phys), n);
    } else if (write) {
      cache_model().device_write(phys, bytes, n);
    } else {
      cache_model().device_read(phys, bytes, n);
    }
    return true;
  }
  if (!in_register_window(phys)) return false;
  if (!write && bytes) std::memset(bytes, 0xff, n);
  return true;
}

AccessResult Device::move(uint64_t dma, uint8_t* bytes, size_t n, bool write) {
  const DmaSan::Bus bus = {
      this, [](const void* device, uint64_t address) { return static_cast<const Device*>(device)->stale(address); }};
  dmasan().device_access(dev_, dma, n, write, attached_ ? &bus : nullptr);
  AccessResult result;
  while (result.done < n) {
    const uint64_t at = dma + result.done;
    // Within a page, and within the mask: the first byte beyond it is the one to name.
    size_t part = std::min<size_t>(n - result.done, kPageSize - (at & (kPageSize - 1)));
    if (at < dma || at > mask_) {
      result.error = AccessError::kMaskExceeded;
      result.address = at;
      return result;
    }
    if (mask_ - at < part - 1) part = mask_ - at + 1;

    const Step step = translate(at, write);
    if (step.error != AccessError::kNone && result.ok()) {
      result.error = step.error;
      result.address = at;
    }
    if (step.error == AccessError::kStaleIotlb) dmasan().device_misled(dev_, at);
    if (step.error != AccessError::kNone && step.error != AccessError::kStaleIotlb) {
      result.error = step.error;
      result.address = at;
      return result;
    }
    if (observer_) observer_(observer_context_, at, step.phys, part, write);
    if (!move_at(step.phys, bytes ? bytes + result.done : nullptr, part, write)) {
      result.error = AccessError::kNotDecoded;
      result.address = at;
      return result;
    }
    result.done += part;
  }
  return result;
}

AccessResult Device::move(std::span<const dmaf_segment> segments, uint64_t offset, uint8_t* bytes, size_t n,
                          bool write) {
  AccessResult total;
  uint64_t skip = offset;
  for (const dmaf_segment& segment : segments) {
    if (total.done == n) return total;
    if (skip >= segment.len) {
      skip -= segment.len;
      continue;
    }
    const size_t part = std::min<uint64_t>(n - total.done, segment.len - skip);
    const AccessResult piece = move(segment.dma + skip, bytes + total.done, part, write);
    total.done += piece.done;
    if (!piece.ok() && total.ok()) {
      total.error = piece.error;
      total.address = piece.address;
    }
    if (piece.done < part) return total;
    skip = 0;
  }
  if (total.done < n && total.ok()) {
    total.error = AccessError::kOutOfBounds;
    total.address = offset + total.done;
  }
  return total;
}

uint64_t Device::peek(uint64_t dma) const {
  if (!attached_) return iommu_path_ ? kNoAddress : kernel_bus_to_phys(dev_, dma);
  if (const Iotlb::Entry* entry = iotlb_.find(dma >> 12)) return entry->phys | (dma & 0xfff);
  const Walk walk = walk_table(root_, dma);
  return walk.end == WalkEnd::kMapped ? walk.phys : kNoAddress;
}

size_t Device::look(uint64_t dma, void* dst, size_t n) const {
  size_t done = 0;
  while (done < n) {
    const size_t part = std::min<size_t>(n - done, kPageSize - ((dma + done) & (kPageSize - 1)));
    const uint64_t phys = peek(dma + done);
    if (phys == kNoAddress || !move_at(phys, static_cast<uint8_t*>(dst) + done, part, false)) break;
    done += part;
  }
  return done;
}

Device& device() {
  static Device instance;
  return instance;
}

}  // namespace dmafuzz

extern "C" {

void host_iommu_attach(int format, unsigned long long root_phys, int top_level, int va_bits) {
  dmafuzz::device().attach_table({static_cast<host_table_format>(format), root_phys, top_level, va_bits});
}

void host_iommu_detach(void) {
  dmafuzz::device().detach_table();
}

void host_iotlb_flush(unsigned long long iova, unsigned long long last) {
  dmafuzz::device().flush(iova, last);
}

void host_iotlb_flush_all(void) {
  dmafuzz::device().flush_all();
}

}  // extern "C"
