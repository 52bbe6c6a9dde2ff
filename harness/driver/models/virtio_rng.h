// SPDX-License-Identifier: GPL-2.0-only
//
// The entropy device, for driver virtio_rng: one queue of buffers to be filled. Its entropy is a sequence that is known
// beforehand. By the virtio specification 1.3, 5.4.
#ifndef DMAFUZZ_DRIVER_MODELS_VIRTIO_RNG_H
#define DMAFUZZ_DRIVER_MODELS_VIRTIO_RNG_H

#include <deque>

#include "driver/models/virtio.h"

namespace dmafuzz {

enum VirtioRngVariant : uint32_t {
  kRngScant = 1 << 16,  // fills a part of each buffer, more and less by turns
};

class VirtioRng : public ModelOf<VirtioRng, VirtioDevice> {
 public:
  void reset() override;
  void lose_power() override;
  size_t gave(std::span<const uint8_t> bytes) override;

 protected:
  Kind kind() const override { return {4, 0x00ff00, 1, 0, {}}; }
  uint32_t serve(unsigned queue, const VringChain& chain) override;
  void forget(unsigned) override { given_.clear(); }

 private:
  uint32_t state_ = 0, turns_ = 0;
  std::deque<uint8_t> given_;  // to the driver, and not yet read
};

}  // namespace dmafuzz

#endif
