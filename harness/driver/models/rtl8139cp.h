// SPDX-License-Identifier: GPL-2.0-only
//
// Realtek RTL8139C+, for driver 8139cp.
#ifndef DMAFUZZ_DRIVER_MODELS_RTL8139CP_H
#define DMAFUZZ_DRIVER_MODELS_RTL8139CP_H

#include <array>
#include <vector>

#include "driver/model.h"
#include "driver/models/microwire.h"

namespace dmafuzz {

class Rtl8139cp : public ModelOf<Rtl8139cp> {
 public:
  void reset() override;
  void identify(PciIdentity& identity) override { identity.revision = 0x20; }
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  bool act() override;
  bool receive(std::span<const uint8_t> frame) override;
  bool interrupt() const override;
  bool own_field(uint64_t dma, size_t n) override;

 private:
  template <typename T>
  T get(unsigned at) const;
  template <typename T>
  void set(unsigned at, T value);
  void raise(uint16_t cause);
  void soft_reset();

  std::array<uint8_t, 256> regs_ = {};
  Microwire eeprom_;
  unsigned tx_ = 0, rx_ = 0;  // next descriptors
  bool polled_ = false;
  std::vector<uint8_t> frame_;
  bool rewritten_ = false;
};

}  // namespace dmafuzz

#endif
