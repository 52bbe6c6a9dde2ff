// SPDX-License-Identifier: GPL-2.0-only
//
// AMD Am79C973 (PCnet-FAST III), for driver pcnet32.
#ifndef DMAFUZZ_DRIVER_MODELS_PCNET32_H
#define DMAFUZZ_DRIVER_MODELS_PCNET32_H

#include <array>
#include <vector>

#include "driver/model.h"

namespace dmafuzz {

class Pcnet32 : public ModelOf<Pcnet32> {
 public:
  void reset() override;
  void identify(PciIdentity& identity) override {
    identity.device = 0x2000;  // of the two that the driver knows
    identity.revision = 0x40;
  }
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  bool act() override;
  bool receive(std::span<const uint8_t> frame) override;
  bool interrupt() const override;
  bool own_field(uint64_t dma, size_t n) override;

 private:
  static constexpr unsigned kRegisters = 128;
  // A ring of descriptors of 16 bytes.
  struct Ring {
    uint32_t base = 0, entries = 0, at = 0;
    uint64_t current() const { return base + uint64_t{at} * 16; }
    void advance() { at = (at + 1) % entries; }
  };
  // What the two layouts of a descriptor have in common.
  struct Descriptor {
    uint32_t address, status, more;
  };

  void soft_reset();
  void stop();
  uint16_t csr_read(unsigned at) const;
  void csr_write(unsigned at, uint16_t value);
  void control(uint16_t value);
  uint16_t bcr_read(unsigned at) const;
  void bcr_write(unsigned at, uint16_t value);
  bool initialise();
  bool suspended() const { return csr_[5] & 1; }
  bool reordered() const { return (bcr_[20] & 0xff) == 3; }
  bool fetch(const Ring& ring, Descriptor& d);
  bool give_back(const Ring& ring, uint32_t status, uint32_t more);
  bool is_for_us(std::span<const uint8_t> frame) const;
  bool store(std::span<const uint8_t> frame);

  std::array<uint16_t, kRegisters> csr_ = {};
  std::array<uint16_t, kRegisters> bcr_ = {};
  std::array<uint16_t, 32> phy_ = {};
  unsigned address_ = 0;  // of a register, set by the driver
  bool dwords_ = false;   // registers are 32 bits apart
  Ring tx_, rx_;
  bool demanded_ = false;
  std::vector<uint8_t> frame_;
};

}  // namespace dmafuzz

#endif
