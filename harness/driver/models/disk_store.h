// SPDX-License-Identifier: GPL-2.0-only
//
// What a modelled disk holds: bytes by their place, zeroes where nothing was ever written.
#ifndef DMAFUZZ_DRIVER_MODELS_DISK_STORE_H
#define DMAFUZZ_DRIVER_MODELS_DISK_STORE_H

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "driver/sparse_pages.h"

namespace dmafuzz {

class DiskStore {
 public:
  // All is zero again.
  void reset() { pages_.clear(); }
  void read(uint64_t at, std::span<uint8_t> out) {
    for_pages(at, out.size(), [&](uint64_t i, uint64_t part) {
      if (const auto* page = pages_.find((at + i) / kPage)) {
        std::memcpy(&out[i], page->data() + (at + i) % kPage, part);
      } else {
        std::memset(&out[i], 0, part);
      }
    });
  }
  void write(uint64_t at, std::span<const uint8_t> bytes) {
    for_pages(at, bytes.size(), [&](uint64_t i, uint64_t part) {
      std::memcpy(pages_[(at + i) / kPage].data() + (at + i) % kPage, &bytes[i], part);
    });
  }
  void clear(uint64_t at, uint64_t n) {
    for_pages(at, n, [&](uint64_t i, uint64_t part) {
      if (auto* page = pages_.find((at + i) / kPage)) std::memset(page->data() + (at + i) % kPage, 0, part);
    });
  }

 private:
  static constexpr uint64_t kPage = 4096;

  // The parts of a range that lie in one page each: where they begin in the range, and how long they are.
  template <typename Do>
  static void for_pages(uint64_t at, uint64_t n, Do&& what) {
    for (uint64_t i = 0; i < n;) {
      const uint64_t part = std::min(n - i, kPage - (at + i) % kPage);
      what(i, part);
      i += part;
    }
  }

  SparsePages<std::array<uint8_t, kPage>> pages_;
};

}  // namespace dmafuzz

#endif
