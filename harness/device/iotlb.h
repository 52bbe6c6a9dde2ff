// SPDX-License-Identifier: GPL-2.0-only
// The IOMMU's translation cache: keeps what it once walked until it is told to forget it, right or wrong by then.
// Direct-mapped, 4 KiB an entry whatever the page's size, as many hardware caches split large pages.
#ifndef DMAFUZZ_DEVICE_IOTLB_H_
#define DMAFUZZ_DEVICE_IOTLB_H_

#include <array>
#include <cstdint>

namespace dmafuzz {

class Iotlb {
 public:
  struct Entry {
    uint64_t page = 0;  // iova >> 12
    uint64_t phys = 0;  // of the page's first byte
    uint32_t epoch = 0;
    bool readable = false;
    bool writable = false;
  };

  // The cached translation of the page, or null.
  const Entry* find(uint64_t page) const {
    const Entry& e = entries_[page % kEntries];
    return e.epoch == epoch_ && e.page == page ? &e : nullptr;
  }

  void fill(uint64_t page, uint64_t phys, bool readable, bool writable) {
    entries_[page % kEntries] = {page, phys, epoch_, readable, writable};
  }

  // Both ends included, as pages.
  void flush(uint64_t first, uint64_t last) {
    if (last < first) return;
    if (last - first >= kEntries) {
      for (Entry& e : entries_) {
        if (e.page >= first && e.page <= last) e.epoch = 0;
      }
      return;
    }
    for (uint64_t page = first;; page++) {
      Entry& e = entries_[page % kEntries];
      if (e.page == page) e.epoch = 0;
      if (page == last) return;
    }
  }

  void flush_all() {
    if (++epoch_ != 0) return;
    entries_ = {};
    epoch_ = 1;
  }

 private:
  static constexpr uint64_t kEntries = 256;

  std::array<Entry, kEntries> entries_{};
  uint32_t epoch_ = 1;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_IOTLB_H_
