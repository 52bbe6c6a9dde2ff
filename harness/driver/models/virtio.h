// SPDX-License-Identifier: GPL-2.0-only
//
// A virtio 1.x device over PCI, for drivers virtio_*: the transport and the queues. What its queues are for is a class
// of its own (virtio_net.h, virtio_rng.h). By the virtio specification 1.3, chapters 2 and 4.1.
#ifndef DMAFUZZ_DRIVER_MODELS_VIRTIO_H
#define DMAFUZZ_DRIVER_MODELS_VIRTIO_H

#include <array>
#include <cstdint>
#include <vector>

#include "device/vring.h"
#include "driver/model.h"

namespace dmafuzz {

// Bits of a life's `variant` that every virtio device knows; those from bit 16 up are of each kind.
enum VirtioVariant : uint32_t {
  kVirtioPacked = 1 << 0,      // offers packed rings
  kVirtioNoIndirect = 1 << 1,  // no indirect descriptors
  kVirtioNoEvent = 1 << 2,     // no event indices
  kVirtioFewVectors = 1 << 3,  // two messages, which queues share
  kVirtioNoVectors = 1 << 4,   // none can be had for anything: its pin
  kVirtioSmall = 1 << 5,       // small rings
  kVirtioOdd = 1 << 6,         // packed rings whose size is no power of two
  kVirtioRingReset = 1 << 7,   // queues can be reset one by one
  kVirtioNotifyData = 1 << 8,  // is told where the driver is
  kVirtioInOrder = 1 << 9,     // uses buffers in their order
  kVirtioFarNotify = 1 << 10,  // each queue's notification on a page of its own
};

class VirtioDevice : public DeviceModel {
 public:
  void vary(uint32_t variant) override { variant_ = variant; }
  void reset() override;
  void identify(PciIdentity& identity) override;
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  uint32_t config_read(unsigned at, uint32_t value) override;
  bool act() override;
  bool receive(std::span<const uint8_t>) override { return false; }
  bool interrupt() const override { return isr_; }
  bool own_field(uint64_t dma, size_t n) override;

 protected:
  static constexpr uint64_t bit(unsigned feature) { return uint64_t{1} << feature; }
  // What it is: its number among virtio devices, class of PCI, queues, features besides the transport's, configuration.
  struct Kind {
    uint16_t id;
    uint32_t class_code;
    unsigned queues;
    uint64_t features;
    std::vector<uint8_t> config;
  };
  virtual Kind kind() const = 0;
  // A buffer that the driver made available, in a queue that is looked at because the driver notified. The answer is
  // how many bytes were written into it.
  virtual uint32_t serve(unsigned queue, const VringChain& chain) = 0;
  // Whether the queue's buffers are served as they come: at once (within the notification), or in turns; or whether
  // they wait for something (a frame from the wire).
  enum class When : uint8_t { kAtOnce, kInTurn, kNotNow };
  virtual When when(unsigned) const { return When::kInTurn; }
  // The driver reset the queue, or all of it.
  virtual void forget(unsigned) {}

  bool variant(uint32_t which) const { return variant_ & which; }
  bool has(unsigned feature) const { return accepted_ & bit(feature); }
  // The next buffer of a queue that the driver notified of; false: there is none, and the driver is to say when there
  // is.
  bool take(unsigned queue, VringChain& chain);
  // The next buffer of a queue that waits for something. False: there is none.
  bool fetch(unsigned queue, VringChain& chain);
  // It is used: of several that belong together the driver is told once, by done().
  void use(unsigned queue, const VringChain& chain, uint32_t written);
  void done(unsigned queue);
  // The bytes of a chain that it may read, in one piece; false: they cannot be read.
  bool gather(const VringChain& chain, std::vector<uint8_t>& out);
  // Writes to those that it may write, from the first on; how many had room, or 0 if they cannot be written.
  uint32_t scatter(const VringChain& chain, std::span<const uint8_t> bytes);
  static uint64_t room(const VringChain& chain);
  void broken(std::string_view why);
  uint16_t largest() const;  // ring
  // Its configuration has changed to this.
  void reconfigure(std::vector<uint8_t> config);

 private:
  static constexpr unsigned kQueues = 8;
  static constexpr unsigned kMessages = 8;

  struct Queue {
    uint16_t size = 0, vector = 0xffff;
    bool enabled = false, notified = false;
    uint64_t area[3] = {};  // descriptors, driver, device
    VringDevice ring;
  };

  void power_off();
  void set_status(uint8_t value);
  uint64_t offered() const;
  uint64_t common_read(uint32_t at) const;
  void common_write(uint32_t at, unsigned size, uint64_t value);
  void enable(Queue& queue);
  void notify(unsigned queue);
  // Serves one buffer of the queue; false: there was none.
  bool serve_one(unsigned queue);
  uint16_t vector(uint64_t asked) const;
  Queue* selected() { return select_ < kind_.queues ? &queues_[select_] : nullptr; }
  bool running() const { return status_ & 4 && !(status_ & 0x40); }

  uint32_t variant_ = 0;
  Kind kind_ = {};
  std::array<Queue, kQueues> queues_;
  uint64_t accepted_ = 0;
  uint32_t device_select_ = 0, driver_select_ = 0;
  uint16_t config_vector_ = 0xffff, select_ = 0;
  uint8_t status_ = 0, isr_ = 0, generation_ = 0;
  unsigned notify_capability_ = 0;
};

}  // namespace dmafuzz

#endif
