// SPDX-License-Identifier: GPL-2.0-only
//
// VMware's paravirtual network device VMXNET3, for driver vmxnet3.
#ifndef DMAFUZZ_DRIVER_MODELS_VMXNET3_H
#define DMAFUZZ_DRIVER_MODELS_VMXNET3_H

#include <array>
#include <vector>

#include "driver/model.h"

namespace dmafuzz {

class Vmxnet3 : public ModelOf<Vmxnet3> {
 public:
  void reset() override;
  void identify(PciIdentity& identity) override {
    identity.subvendor = identity.vendor;
    identity.subdevice = identity.device;
    identity.revision = 1;
  }
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  bool act() override;
  bool receive(std::span<const uint8_t> frame) override;
  bool interrupt() const override { return pending_ && !masked_; }
  bool own_field(uint64_t dma, size_t n) override;

 private:
  // A ring of 16-byte descriptors, whose generation bit turns with each round.
  struct Ring {
    uint64_t base = 0;
    uint32_t entries = 0, at = 0;
    bool generation = true;
    uint64_t current() const { return base + uint64_t{at} * 16; }
    void advance() {
      if (++at != entries) return;
      at = 0;
      generation = !generation;
    }
  };
  struct Descriptor {
    uint64_t address;
    uint32_t low, high;
  };
  // A piece of a frame on its way into memory.
  struct Piece {
    uint64_t address;
    uint32_t length, index, queue;
  };

  void deactivate();
  uint32_t run(uint32_t command);
  bool activate();
  uint32_t shared(unsigned at);
  void write_status(bool counters);
  void read_filter();
  bool fetch(const Ring& ring, Descriptor& d);
  bool complete(Ring& ring, const uint32_t (&words)[4]);
  bool is_for_us(std::span<const uint8_t> frame) const;
  bool place(std::span<const uint8_t> frame, Ring (&rings)[2], std::vector<Piece>& pieces);
  void raise();

  bool active_ = false;
  uint32_t command_ = 0, answer_ = 0, version_ = 1, capabilities_ = 0;
  uint64_t shared_ = 0;
  std::array<uint8_t, 6> address_ = {};
  bool pending_ = false, masked_ = true, masks_itself_ = false;
  uint32_t events_ = 0;
  // As the driver set it up when it activated the device.
  uint64_t queues_ = 0;
  uint32_t tx_queues_ = 0, rx_queues_ = 0, mtu_ = 0, features_ = 0;
  uint64_t small_ = 0;  // buffers for small frames
  uint32_t small_size_ = 0;
  Ring tx_, tx_done_, rx_[2], rx_done_;
  bool kicked_ = false;
  uint32_t filter_ = 0;
  std::vector<uint8_t> groups_;
  uint64_t sent_ = 0, received_ = 0, no_buffer_ = 0;
  std::vector<uint8_t> frame_;
  bool rewritten_ = false;
};

}  // namespace dmafuzz

#endif
