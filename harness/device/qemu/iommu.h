// SPDX-License-Identifier: GPL-2.0-only
//
// QEMU's model of Intel's IOMMU in front of the device: what is not mapped for it is kept from it, by page, and written
// down in the fault registers. It stands in for the watching bus of our module where there is none.
#ifndef DMAFUZZ_DEVICE_QEMU_IOMMU_H_
#define DMAFUZZ_DEVICE_QEMU_IOMMU_H_

#include <cstdint>
#include <optional>
#include <span>

#include "device/qemu/qemu.h"
#include "device/qemu/vtd_tables.h"

namespace dmafuzz {

class QemuIommu {
 public:
  // It must be in the machine (Qemu::Machine without modules), and the machine outlive this.
  explicit QemuIommu(Qemu& qemu) : qemu_(qemu) {}

  // After each start and reset of the machine: nothing is mapped, and translation is on. False: it does not come on.
  bool switch_on();

  // From the next command on, and for all that was written to the device and has not reached it yet, these ranges are
  // what it reaches. False: there are too many for the tables, and some are missing.
  bool map_exactly(std::span<const watch_range> ranges);

  // The first access that was kept from the device since the last call; of others behind it nothing is known.
  struct Fault {
    uint64_t page;    // DMA address of the page's first byte: more is not written down
    bool write;       // the device wanted to write
    uint16_t source;  // bus, device and function, as PCI has them
    uint8_t reason;   // code of the specification
  };
  // As of the last answer of the machine; asks it only if there is one.
  std::optional<Fault> take_fault();

 private:
  static constexpr uint64_t kRegisters = 0xfed90000;

  void forget_cached();

  Qemu& qemu_;
  VtdTables tables_;
  uint64_t faults_ = 0, invalidate_ = 0;  // where these registers are
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_QEMU_IOMMU_H_
