// SPDX-License-Identifier: GPL-2.0-only
//
// The block device, for driver virtio_blk. By the virtio specification 1.3, 5.2.
#ifndef DMAFUZZ_DRIVER_MODELS_VIRTIO_BLK_H
#define DMAFUZZ_DRIVER_MODELS_VIRTIO_BLK_H

#include "driver/models/disk_store.h"
#include "driver/models/virtio.h"

namespace dmafuzz {

enum VirtioBlkVariant : uint32_t {
  kBlkNoExtras = 1 << 16,     // neither discards nor writes of zeroes
  kBlkNoCache = 1 << 17,      // of writes: nothing to flush
  kBlkCacheMode = 1 << 18,    // whether writes are cached is the driver's to say
  kBlkBig = 1 << 19,          // blocks of 4 KiB
  kBlkSmallParts = 1 << 20,   // four pieces of memory a request, 8 KiB each
  kBlkQueues = 1 << 21,       // four queues
  kBlkManyRanges = 1 << 22,   // eight ranges in one discard
  kBlkErase = 1 << 23,        // erases securely
  kBlkReadOnly = 1 << 24,     // cannot be written
  kBlkGrows = 1 << 25,        // has twice as many sectors after its sixth request
  kBlkBackwards = 1 << 26,    // takes all that there is, and ends what came last first
  kBlkUnpromising = 1 << 27,  // does not say how many pieces it takes: one
};

class VirtioBlk : public ModelOf<VirtioBlk, VirtioDevice> {
 public:
  void reset() override;
  void lose_power() override;
  bool act() override;

 protected:
  Kind kind() const override;
  uint32_t serve(unsigned queue, const VringChain& chain) override;
  When when(unsigned) const override { return backwards() ? When::kNotNow : When::kInTurn; }
  void forget(unsigned queue) override { waiting_[queue].clear(); }

 private:
  static constexpr unsigned kQueues = 4;
  static constexpr uint64_t kSector = 512, kSectors = (64u << 20) / kSector;

  // Rings that are used in order cannot be.
  bool backwards() const { return variant(kBlkBackwards) && !variant(kVirtioInOrder); }
  uint64_t capacity() const { return grown_ ? 2 * kSectors : kSectors; }
  uint32_t pieces() const { return variant(kBlkSmallParts) ? 4 : largest() - 2u; }
  // The status of a request; `data` is what is to be written to the driver.
  uint8_t perform(const VringChain& chain, std::vector<uint8_t>& data);
  uint8_t clear(uint32_t type, std::span<const uint8_t> ranges);

  DiskStore disk_;
  bool grown_ = false;
  uint32_t served_ = 0;
  std::array<std::vector<VringChain>, kQueues> waiting_;
  std::vector<uint8_t> bytes_, answer_;
};

}  // namespace dmafuzz

#endif
