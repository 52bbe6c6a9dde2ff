// SPDX-License-Identifier: GPL-2.0-only
// The CPU's cache as a second copy of memory (design D8).
// While the program's device does not snoop, the arena is what the CPU's cache holds and a shadow is what DRAM holds:
// the device reads and writes the shadow, and only cache maintenance, by whole lines, moves bytes between the two.
#ifndef DMAFUZZ_DMASAN_CACHE_MODEL_H_
#define DMAFUZZ_DMASAN_CACHE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host.h"
#include "memory/arena.h"

namespace dmafuzz {

// Where the shadow of physical address p is: kDramBase + p. Only the banks are backed, on first touch.
inline constexpr uint64_t kDramBase = 0x240000000000;
// Where the CPU's copy of a line stood when the device wrote under it: kHeldBase + p.
inline constexpr uint64_t kHeldBase = 0x250000000000;
inline constexpr uint64_t kNoAddress = ~uint64_t{0};

// What DRAM holds at an address that was never written back: text that a hex dump shows for what it is.
constexpr uint8_t stale_byte(uint64_t phys) {
  return static_cast<uint8_t>("<StaLe>!"[phys & 7]);
}

class CacheModel {
 public:
  CacheModel();

  // Off: one copy of memory, each call below is a plain access to the arena or nothing.
  void set_active(bool on) { active_ = on; }
  bool active() const { return active_; }
  // 32, 64 or 128.
  void set_line_size(unsigned bytes);
  unsigned line_size() const { return line_size_; }

  // Cache maintenance. Addresses that are no memory (register windows) are passed over.
  void sync_for_device(uint64_t phys, uint64_t size, int dir);
  void sync_for_cpu(uint64_t phys, uint64_t size, int dir);
  void write_back(uint64_t phys, uint64_t size);
  // The cache lets go of the lines, dirty ones written back, and fetches them again: what it may do at any time.
  void evict(uint64_t phys, uint64_t size);
  void set_uncached(uint64_t phys, uint64_t size, bool on);

  // What the device on the bus reads and writes. The range must lie in one bank.
  void device_read(uint64_t phys, void* dst, size_t n);
  void device_write(uint64_t phys, const void* src, size_t n);

  // First address in the range at which the CPU's copy and the device's differ, or kNoAddress.
  uint64_t first_difference(uint64_t phys, uint64_t size) const;
  bool uncached(uint64_t phys) const;

  // What caches and DRAM hold now is what each input starts with.
  void snapshot();
  // Takes back what the input did, and is off. Costs what the input touched.
  void reset();

 private:
  // Lines are tracked in the smallest unit that a line may have, so that the line size may change between inputs.
  static constexpr unsigned kUnitShift = 5;
  static constexpr unsigned kUnit = 1u << kUnitShift;
  static constexpr unsigned kUnitsPerPage = kPageSize >> kUnitShift;

  struct Page {
    uint64_t present[kUnitsPerPage / 64] = {};  // units whose shadow is written; the others read as stale
    // Units of lines that were clean when the device wrote under them: the copy at kHeldBase tells whether the CPU has
    // written since. Writing back a clean line does nothing, so the device's bytes survive it, as on hardware.
    uint64_t held[kUnitsPerPage / 64] = {};
    bool uncached = false;
    bool listed = false;
  };

  Page& touch(uint32_t frame);
  static bool present(const Page& page, unsigned unit) { return page.present[unit / 64] >> (unit % 64) & 1; }
  static bool held(const Page& page, unsigned unit) { return page.held[unit / 64] >> (unit % 64) & 1; }
  static void set_held(Page& page, unsigned unit, bool on) {
    const uint64_t bit = uint64_t{1} << (unit % 64);
    page.held[unit / 64] = on ? page.held[unit / 64] | bit : page.held[unit / 64] & ~bit;
  }
  void hold_if_clean(Page& page, uint64_t line);
  static void mark(Page& page, unsigned unit) { page.present[unit / 64] |= uint64_t{1} << (unit % 64); }
  void materialize(Page& page, uint64_t phys);
  template <typename Visit>
  void each_page(uint64_t phys, uint64_t size, Visit visit);
  template <typename Visit>
  void each_page_lines(uint64_t phys, uint64_t size, Visit visit);

  bool active_ = false;
  unsigned line_size_ = 64;
  std::vector<Page> pages_;
  std::vector<uint32_t> touched_;

  // A page of which something was known at the snapshot.
  struct Kept {
    Page page;
    uint8_t dram[kPageSize], held[kPageSize];
  };
  std::vector<Kept> kept_;
  std::vector<uint32_t> kept_of_;  // by frame: its place in kept_ + 1, or 0
};

// The one of this process; the host_* functions of the seam go to it.
CacheModel& cache_model();

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_CACHE_MODEL_H_
