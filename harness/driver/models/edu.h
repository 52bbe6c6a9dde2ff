// SPDX-License-Identifier: GPL-2.0-only
//
// QEMU's educational device (docs/specs/edu of QEMU), for the drivers edu_c, edu_rust and edu_cxx: registers to play
// with, and a DMA engine that copies between the host's memory and a buffer of its own, 100 ms at a time. By its
// specification; unlike QEMU 7.2 it takes a transfer of the whole buffer.
#ifndef DMAFUZZ_DRIVER_MODELS_EDU_H
#define DMAFUZZ_DRIVER_MODELS_EDU_H

#include <array>

#include "driver/model.h"

namespace dmafuzz {

class Edu : public ModelOf<Edu> {
 public:
  static constexpr uint64_t kBuffer = 0x40000, kBufferBytes = 4096;
  static constexpr uint64_t kTransferNs = 100'000'000;

  void reset() override;
  void identify(PciIdentity& identity) override;
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  void config_written(unsigned at, uint32_t value) override;
  // Carries out the transfer, if its time has come.
  bool act() override;
  uint64_t next() const override { return running() ? ends_ : kNothing; }
  bool receive(std::span<const uint8_t>) override { return false; }
  bool interrupt() const override { return raised_ != 0; }
  unsigned line() override { return message_control_ & 1 ? message_data_ : HOST_IRQ_PCI; }
  // Where the driver had it write last: all of that is its own.
  bool own_field(uint64_t dma, size_t n) override;

 private:
  bool running() const { return command_ & 1; }
  uint64_t* transfer_register(uint64_t offset);
  void start();
  void raise(uint32_t why);

  std::array<uint8_t, kBufferBytes> buffer_ = {};
  uint32_t live_ = 0, factorial_ = 1, status_ = 0, raised_ = 0;
  uint64_t source_ = 0, destination_ = 0, count_ = 0, command_ = 0;
  uint64_t ends_ = 0;  // ns of virtual time
  uint64_t written_ = 0, written_bytes_ = 0;
  unsigned message_at_ = 0;  // its capability
  uint32_t message_control_ = 0, message_data_ = 0;
};

}  // namespace dmafuzz

#endif
