// SPDX-License-Identifier: GPL-2.0-only
//
// See virtio_rng.h.
#include "driver/models/virtio_rng.h"

#include <algorithm>

namespace dmafuzz {

void VirtioRng::reset() {
  VirtioDevice::reset();
  state_ = turns_ = 0;
}

// What it made before may still be on its way to a reader.
void VirtioRng::lose_power() {
  VirtioDevice::reset();
}

uint32_t VirtioRng::serve(unsigned, const VringChain& chain) {
  uint64_t n = std::min<uint64_t>(room(chain), 4096);
  if (!n) {
    broken("a buffer without room for entropy");
    return 0;
  }
  // At least one byte, as the specification asks.
  if (variant(kRngScant)) n = 1 + turns_++ * 7 % n;
  std::vector<uint8_t> bytes(n);
  for (uint8_t& b : bytes) {
    state_ = state_ * 1664525u + 1013904223u;
    b = static_cast<uint8_t>(state_ >> 24);
  }
  const uint32_t written = scatter(chain, bytes);
  given_.insert(given_.end(), bytes.begin(), bytes.begin() + written);
  return written;
}

size_t VirtioRng::gave(std::span<const uint8_t> bytes) {
  const auto found = std::ranges::search(given_, bytes);
  if (found.size() != bytes.size()) return kNever;
  const auto passed = static_cast<size_t>(found.begin() - given_.begin());
  given_.erase(given_.begin(), found.end());
  return passed;
}

}  // namespace dmafuzz
