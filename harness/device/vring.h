// SPDX-License-Identifier: GPL-2.0-only
// The device's end of a virtqueue, split or packed, by the virtio specification (1.3, 2.7 and 2.8). It reads what the
// driver made available, completes it, and decides about notifications; what is done with the buffers is its user's.
#ifndef DMAFUZZ_DEVICE_VRING_H_
#define DMAFUZZ_DEVICE_VRING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dmafuzz {

struct VringSegment {
  uint64_t address;
  uint32_t length;
  bool writable;
};

// What the driver made available at once.
struct VringChain {
  uint16_t id = 0;     // split: index of its first descriptor; packed: the driver's buffer id
  uint16_t descs = 0;  // descriptors of the ring that it takes
  bool indirect = false;
  std::vector<VringSegment> segments;
};

class VringDevice {
 public:
  // How it reaches memory; false: it cannot.
  struct Bus {
    void* context = nullptr;
    bool (*read)(void* context, uint64_t address, void* bytes, size_t n) = nullptr;
    bool (*write)(void* context, uint64_t address, const void* bytes, size_t n) = nullptr;
  };
  struct Layout {
    bool packed = false, event_idx = false, indirect = false;
    unsigned num = 0;
    uint64_t desc = 0, driver = 0, device = 0;  // addresses of descriptors, driver and device area
  };

  // From the start, as a queue that was reset.
  void open(const Layout& layout, const Bus& bus);
  const Layout& layout() const { return layout_; }

  enum class Fetch { kNothing, kChain, kMalformed };
  // The next chain that the driver made available. What is malformed is not gone past; complaint() says why.
  Fetch fetch(VringChain& chain);
  const std::string& complaint() const { return complaint_; }

  // Writes one used element with this id and length, and goes on by so many buffers (in-order devices complete several
  // with one), which took so many descriptors.
  void use(uint16_t id, uint32_t length, unsigned buffers, unsigned descs);

  // Whether the driver wants to be interrupted for what was completed since this was last asked.
  bool interrupt_wanted();

  // What the device says of the driver's notifications: always, never, or when the position is passed (event_idx only).
  enum class Kick { kAlways, kNever, kAt };
  void ask_for_kick(Kick kick, uint64_t position = 0);
  // Whether the driver must notify of the positions [from, to) by what was last said.
  bool kick_due(uint64_t from, uint64_t to) const;

  // Positions count from 0 and never wrap: buffers of a split ring, descriptors of a packed one.
  uint64_t available() const { return available_; }  // fetched so far
  uint64_t used() const { return used_; }
  uint64_t told() const { return told_; }  // of those used, at the last interrupt_wanted()
  // As the 16 bits of the ring have it: of a packed ring with the wrap counter.
  uint16_t wrapped(uint64_t position) const;

 private:
  Fetch malformed(std::string why);
  Fetch fetch_split(VringChain& chain);
  Fetch fetch_packed(VringChain& chain);
  Fetch fetch_table(VringChain& chain, uint64_t address, uint32_t length);
  template <typename T>
  T read(uint64_t address) const;
  template <typename T>
  void write(uint64_t address, T value) const;
  bool wrap(uint64_t position) const { return !(position / layout_.num & 1); }
  // Whether one of the positions [from, to) is what the 16 bits name.
  bool passes(uint64_t from, uint64_t to, uint16_t event) const;

  Layout layout_;
  Bus bus_;
  uint64_t available_ = 0, used_ = 0, told_ = 0;
  Kick kick_ = Kick::kAlways;
  uint64_t kick_at_ = 0;
  mutable bool unreachable_ = false;
  std::string complaint_;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_VRING_H_
