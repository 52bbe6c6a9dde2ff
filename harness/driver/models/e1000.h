// SPDX-License-Identifier: GPL-2.0-only
//
// Intel 82540EM, for driver e1000.
#ifndef DMAFUZZ_DRIVER_MODELS_E1000_H
#define DMAFUZZ_DRIVER_MODELS_E1000_H

#include <array>
#include <vector>

#include "driver/model.h"
#include "driver/models/microwire.h"

namespace dmafuzz {

class E1000 : public ModelOf<E1000> {
 public:
  void reset() override;
  void identify(PciIdentity& identity) override {
    identity.device = 0x100e;  // of the many that the driver knows
    identity.revision = 2;
  }
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  bool act() override;
  bool receive(std::span<const uint8_t> frame) override;
  bool interrupt() const override { return cause_ & mask_; }
  bool own_field(uint64_t dma, size_t n) override;

 private:
  void soft_reset();
  uint32_t register_read(uint32_t at);
  void register_write(uint32_t at, uint32_t value);
  uint64_t ring(uint32_t low) const;
  unsigned entries(uint32_t length) const;
  void transmit(const uint8_t* descriptor);

  std::array<uint32_t, 0x6000 / 4> regs_ = {};
  Microwire eeprom_;
  std::array<uint16_t, 32> phy_ = {};
  uint32_t io_address_ = 0;
  uint32_t cause_ = 0, mask_ = 0;
  std::vector<uint8_t> frame_;
  bool rewritten_ = false, context_ = false;
};

}  // namespace dmafuzz

#endif
