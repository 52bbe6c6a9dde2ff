// SPDX-License-Identifier: GPL-2.0-only
//
// The network device, for driver virtio_net: queues to receive and to transmit, and one for control. By the virtio
// specification 1.3, 5.1.
#ifndef DMAFUZZ_DRIVER_MODELS_VIRTIO_NET_H
#define DMAFUZZ_DRIVER_MODELS_VIRTIO_NET_H

#include "driver/models/virtio.h"

namespace dmafuzz {

enum VirtioNetVariant : uint32_t {
  kNetNoMergeable = 1 << 16,    // a frame lies in one buffer
  kNetNoControl = 1 << 17,      // no control queue
  kNetNoOffloads = 1 << 18,     // neither checksums nor segments
  kNetGuestOffloads = 1 << 19,  // what it receives may be large and without checksum
  kNetNoStatus = 1 << 20,       // does not say whether the link is up
  kNetMtu = 1 << 21,            // has an MTU of its own, a large one
  kNetPairs = 1 << 22,          // two pairs of queues
  kNetNoMac = 1 << 23,          // its address is the driver's to choose
  kNetCoalesce = 1 << 24,       // interrupts can be moderated
};

class VirtioNet : public ModelOf<VirtioNet, VirtioDevice> {
 public:
  bool receive(std::span<const uint8_t> frame) override;

 protected:
  Kind kind() const override;
  uint32_t serve(unsigned queue, const VringChain& chain) override;
  When when(unsigned queue) const override;
  void forget(unsigned queue) override {
    if (queue == 0) left_.clear();
  }

 private:
  static constexpr unsigned kHeader = 12;

  unsigned pairs() const { return variant(kNetPairs) ? 2 : 1; }
  uint32_t control(const VringChain& chain);
  bool is_known(uint8_t group, uint8_t command, size_t length) const;

  std::vector<uint8_t> bytes_;
  std::vector<VringChain> left_;  // of the receive queue: taken, and used by no frame yet
};

}  // namespace dmafuzz

#endif
