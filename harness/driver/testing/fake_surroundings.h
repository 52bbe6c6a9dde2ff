// SPDX-License-Identifier: GPL-2.0-only
//
// Memory and a wire for unit tests of device models.
#ifndef DMAFUZZ_DRIVER_TESTING_FAKE_SURROUNDINGS_H
#define DMAFUZZ_DRIVER_TESTING_FAKE_SURROUNDINGS_H

#include <cstring>
#include <numeric>
#include <vector>

#include "driver/model.h"

namespace dmafuzz::testing {

// 1, 2, 3, ...
inline std::vector<uint8_t> bytes(size_t n) {
  std::vector<uint8_t> out(n);
  std::iota(out.begin(), out.end(), uint8_t{1});
  return out;
}

class FakeSurroundings : public Surroundings {
 public:
  bool read(uint64_t dma, void* to, size_t n) override {
    if (dma > memory.size() || memory.size() - dma < n) return false;
    std::memcpy(to, &memory[dma], n);
    return true;
  }
  bool write(uint64_t dma, const void* from, size_t n) override {
    if (dma > memory.size() || memory.size() - dma < n) return false;
    std::memcpy(&memory[dma], from, n);
    return true;
  }
  void sent(std::span<const uint8_t> frame, bool rewritten) override {
    frames.emplace_back(frame.begin(), frame.end());
    last_rewritten = rewritten;
  }

  template <typename T>
  void put(uint64_t dma, T value) {
    std::memcpy(&memory[dma], &value, sizeof value);
  }
  template <typename T>
  T get(uint64_t dma) const {
    T value;
    std::memcpy(&value, &memory[dma], sizeof value);
    return value;
  }

  std::vector<uint8_t> memory = std::vector<uint8_t>(0x10000);
  std::vector<std::vector<uint8_t>> frames;
  bool last_rewritten = false;
};

}  // namespace dmafuzz::testing

#endif
