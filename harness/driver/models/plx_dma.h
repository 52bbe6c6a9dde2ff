// SPDX-License-Identifier: GPL-2.0-only
//
// The DMA function of a PLX PEX switch, for driver plx_dma: one channel, a ring of descriptors in the host's memory,
// into which it writes how each ended. There is no public manual: by what the driver says of its registers.
#ifndef DMAFUZZ_DRIVER_MODELS_PLX_DMA_H
#define DMAFUZZ_DRIVER_MODELS_PLX_DMA_H

#include <vector>

#include "driver/model.h"

namespace dmafuzz {

class PlxDma : public ModelOf<PlxDma> {
 public:
  void reset() override;
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  // Carries out one descriptor.
  bool act() override;
  bool receive(std::span<const uint8_t>) override { return false; }
  bool interrupt() const override { return status_ != 0; }
  bool own_field(uint64_t dma, size_t n) override;

 private:
  uint32_t* reg(uint64_t offset);
  uint64_t ring() const { return uint64_t{ring_high_} << 32 | ring_low_; }
  void control(uint32_t value);
  bool carry(uint64_t to, uint64_t from, uint32_t n, uint32_t& flags);

  uint32_t ring_low_, ring_high_, next_, count_, limit_, control_;
  uint16_t status_, interrupts_;
  bool running_;
  std::vector<uint8_t> bytes_;
};

}  // namespace dmafuzz

#endif
