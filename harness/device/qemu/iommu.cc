// SPDX-License-Identifier: GPL-2.0-only
//
// See iommu.h. Registers by "Intel Virtualization Technology for Directed I/O", chapter 11. Invalidation goes by
// registers: a queue would be more commands for the same.
#include "device/qemu/iommu.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kCapabilities = 0x08, kExtended = 0x10, kGlobalCommand = 0x18, kGlobalStatus = 0x1c,
                   kRootTable = 0x20, kContextCommand = 0x28, kFaultStatus = 0x34;
constexpr uint32_t kTranslate = 1u << 31, kSetRoot = 1u << 30;
constexpr uint32_t kOverflow = 1, kPending = 2;
// Invalidate, all of it.
constexpr uint64_t kContexts = uint64_t{1} << 63 | uint64_t{1} << 61;
constexpr uint64_t kTranslations = uint64_t{1} << 63 | uint64_t{1} << 60;
// Of the second word of a fault record.
constexpr uint64_t kRecorded = uint64_t{1} << 63, kWasRead = uint64_t{1} << 62;

}  // namespace

bool QemuIommu::switch_on() {
  uint8_t* memory = qemu_.low_memory();
  if (!memory) return false;
  tables_.open(memory, Qemu::kSlot << 3);
  // Both are in units of 16 bytes.
  faults_ = kRegisters + 16 * (qemu_.read(kRegisters + kCapabilities, 8) >> 24 & 0x3ff);
  invalidate_ = kRegisters + 16 * (qemu_.read(kRegisters + kExtended, 8) >> 8 & 0x3ff) + 8;
  qemu_.write(kRegisters + kRootTable, 8, VtdTables::kRoot);
  qemu_.write(kRegisters + kGlobalCommand, 4, kSetRoot);
  qemu_.write(kRegisters + kContextCommand, 8, kContexts);
  qemu_.write(invalidate_, 8, kTranslations);
  qemu_.write(kRegisters + kGlobalCommand, 4, kTranslate);
  qemu_.attend(kRegisters + kFaultStatus);
  const uint64_t status = qemu_.read(kRegisters + kGlobalStatus, 4);
  return qemu_.alive() && (status & kTranslate);
}

bool QemuIommu::map_exactly(std::span<const watch_range> ranges) {
  const VtdTables::Change change = tables_.map_exactly(ranges);
  // Before what waits: a write of the driver's that is still on its way comes to the device when this is done.
  if (change != VtdTables::Change::kMore) qemu_.write_first(invalidate_, 8, kTranslations);
  return change != VtdTables::Change::kFull;
}

std::optional<QemuIommu::Fault> QemuIommu::take_fault() {
  if (!(qemu_.attended() & (kOverflow | kPending))) return {};
  const uint64_t page = qemu_.read(faults_, 8), record = qemu_.read(faults_ + 8, 8);
  if (!qemu_.alive()) return {};
  const Fault fault = {.page = page & ~uint64_t{0xfff},
                       .write = !(record & kWasRead),
                       .source = static_cast<uint16_t>(record),
                       .reason = static_cast<uint8_t>(record >> 32)};
  qemu_.write(faults_ + 8, 8, kRecorded);
  qemu_.write(kRegisters + kFaultStatus, 4, kOverflow);
  qemu_.finish();
  if (!(record & kRecorded)) return {};
  return fault;
}

}  // namespace dmafuzz
