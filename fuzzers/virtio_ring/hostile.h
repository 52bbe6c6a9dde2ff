// SPDX-License-Identifier: GPL-2.0-only
//
// A device that does as it likes, at once or when the driver loads from the ring for the n-th time.
#ifndef DMAFUZZ_FUZZERS_VIRTIO_RING_HOSTILE_H
#define DMAFUZZ_FUZZERS_VIRTIO_RING_HOSTILE_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "queue.h"

namespace dmafuzz {

class Hostile {
 public:
  explicit Hostile(Queue& queue);

  // What one write is: bytes of the input.
  struct Poke {
    uint8_t where = 0, what = 0;
    uint16_t value = 0;
  };
  // The queue was opened, or is open no more.
  void begin();
  void end();
  void poke(const Poke& p);
  // When the driver has loaded from the ring so many times more.
  void poke_later(const Poke& p, unsigned loads);
  // Completes what it may not: an id that was never made available, once more, with any length.
  void use(const Poke& p);

 private:
  // Loads from the ring by one queue: more than any driver makes of what it was given.
  static constexpr uint64_t kManyLoads = 2'000'000;
  struct Later {
    unsigned loads;
    Poke poke;
  };
  struct Range {
    uint64_t lo, hi;  // as the CPU has it
  };

  uint32_t value(const Poke& p, uint32_t now);
  void write16(uint64_t address, const Poke& p);
  void write32(uint64_t address, const Poke& p);
  void poke_split(const Poke& p);
  void poke_packed(const Poke& p);
  void poke_buffer(const Poke& p);
  uint16_t some_id(unsigned n);
  uint64_t slot(const Poke& p) const;
  void loaded(const void* address, size_t n);
  bool untrusted() const { return q_.config().degree == Degree::kUntrusted; }

  Queue& q_;
  std::vector<Later> later_;
  std::array<Range, 3> ring_ = {};
  uint64_t loads_ = 0;
  bool striking_ = false;
};

}  // namespace dmafuzz

#endif
