// SPDX-License-Identifier: GPL-2.0-only
//
// Synopsys' DesignWare AXI DMA controller, for driver dw_axi_dmac, on the platform bus: four channels that walk linked
// lists of blocks in memory, memory to memory. By the driver's account of the registers (dw-axi-dmac.h). What it lacks:
// peripherals, blocks that are not in a list, suspending.
#ifndef DMAFUZZ_DRIVER_MODELS_DW_AXI_DMAC_H
#define DMAFUZZ_DRIVER_MODELS_DW_AXI_DMAC_H

#include <array>
#include <vector>

#include "driver/model.h"

namespace dmafuzz {

class DwAxiDmac : public ModelOf<DwAxiDmac> {
 public:
  void reset() override;
  void describe(PlatformIdentity& identity) override;
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  // Carries out one block of one channel, in turns.
  bool act() override;
  bool receive(std::span<const uint8_t>) override { return false; }
  bool interrupt() const override;
  bool own_field(uint64_t dma, size_t n) override;

 private:
  static constexpr unsigned kChannels = 4;

  struct Channel {
    std::array<uint32_t, 64> registers;
    uint32_t status;  // what happened, of which INTSTATUS shows what is enabled
    bool enabled;
  };

  void block(Channel& channel);
  uint32_t carry(uint64_t to, uint64_t from, uint64_t n);

  std::array<Channel, kChannels> channels_;
  uint32_t config_;
  unsigned turn_;
  std::vector<uint8_t> bytes_;
};

}  // namespace dmafuzz

#endif
