// SPDX-License-Identifier: GPL-2.0-only
//
// QEMU's pci-testdev, for driver rust_dma: two BARs, and no DMA of its own. The driver never touches its registers
// (tests of access speed), so they read as zero here.
#ifndef DMAFUZZ_DRIVER_MODELS_PCI_TESTDEV_H
#define DMAFUZZ_DRIVER_MODELS_PCI_TESTDEV_H

#include "driver/model.h"

namespace dmafuzz {

class PciTestdev : public ModelOf<PciTestdev> {
 public:
  void reset() override {}
  void identify(PciIdentity& identity) override { identity.class_code = 0x00ff00; }
  void appear(PciFunction& function) override {
    function.add_bar(0, PciFunction::BarKind::kMemory32, 4096);
    function.add_bar(1, PciFunction::BarKind::kPorts, 256);
  }
  uint64_t read(unsigned, uint64_t, unsigned) override { return 0; }
  void write(unsigned, uint64_t, unsigned, uint64_t) override {}
  bool act() override { return false; }
  bool receive(std::span<const uint8_t>) override { return false; }
  bool interrupt() const override { return false; }
};

}  // namespace dmafuzz

#endif
