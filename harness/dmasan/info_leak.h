// SPDX-License-Identifier: GPL-2.0-only
// Check info-leak: bytes that nobody ever wrote and that the device may read. The program runs twice, and fresh memory
// holds another pattern the second time; what the device may read is kept the first time and compared the second. A
// byte that differs came from fresh memory.
//
// Bytes are read as the device would: behind IOMMU and bounce slots, from DRAM and not from the CPU's cache.
#ifndef DMAFUZZ_DMASAN_INFO_LEAK_H_
#define DMAFUZZ_DMASAN_INFO_LEAK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace dmafuzz {

class InfoLeak {
 public:
  // Reads n bytes at `dma` as the device would, and disturbs nothing. False: it cannot.
  using Look = bool (*)(const void* dev, uint64_t dma, uint8_t* bytes, size_t n);
  void set_look(Look look) { look_ = look; }

  enum class Run : uint8_t { kNone, kFirst, kSecond };
  // kFirst forgets what was kept; kSecond starts at its beginning.
  void begin(Run run);
  Run run() const { return run_; }

  struct Leak {
    uint64_t byte;          // of the range: the first that differs
    uint64_t count;         // how many do
    uint8_t first, second;  // what it was in each run
  };
  // The device may read these bytes from now on, or reads them now. The second run must call in the first's order.
  std::optional<Leak> readable(const void* dev, uint64_t dma, uint64_t n);
  // The second run did not do as the first: since then nothing was compared. What depends on fresh memory otherwise
  // than by its bytes (a branch) does so.
  bool apart() const { return apart_; }

 private:
  // Bytes kept of a run at most; what comes after is not compared.
  static constexpr size_t kRoom = 64u << 20;

  struct Entry {
    uint64_t dma, n;
    size_t at;  // in bytes_
    bool seen;  // the device could read it
  };

  Look look_ = nullptr;
  Run run_ = Run::kNone;
  bool apart_ = false;
  size_t next_ = 0;  // of entries_, in the second run
  std::vector<Entry> entries_;
  std::vector<uint8_t> bytes_;
  std::vector<uint8_t> now_;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_INFO_LEAK_H_
