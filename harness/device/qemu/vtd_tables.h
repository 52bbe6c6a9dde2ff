// SPDX-License-Identifier: GPL-2.0-only
//
// The tables of an IOMMU of Intel's kind (VT-d, legacy mode) for one device, page by page: a root table, a context
// table and second-stage tables of three levels, which lead each address to itself. They lie in memory that the machine
// has below its first bank, and that nobody else uses.
#ifndef DMAFUZZ_DEVICE_QEMU_VTD_TABLES_H_
#define DMAFUZZ_DEVICE_QEMU_VTD_TABLES_H_

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "device/qemu/watch_log.h"

namespace dmafuzz {

class VtdTables {
 public:
  // Physical addresses of the memory that tables are made in.
  static constexpr uint64_t kBegin = 0x2000, kEnd = 0xa0000;
  static constexpr uint64_t kRoot = kBegin;
  // Of the addresses that are translated.
  static constexpr unsigned kBits = 39;

  // `memory`: the machine's, from physical address 0 to kEnd at least; it must outlive this. Nothing is mapped.
  // `devfn`: of the device's function on bus 0.
  void open(uint8_t* memory, unsigned devfn);

  enum class Change : uint8_t {
    kMore,  // or nothing: what was cached is still right
    kLess,  // a page has gone, or may be touched in one direction only: what was cached must go
    kFull,  // there is no room for the tables: some pages are missing
  };
  // The pages of these ranges are mapped, and no others: readable, or writable, if any range on them is. What is beyond
  // kBits has no entry.
  Change map_exactly(std::span<const watch_range> ranges);

 private:
  static constexpr uint64_t kPage = 4096;

  void put(uint64_t table, unsigned index, uint64_t entry);
  uint64_t get(uint64_t table, unsigned index) const;
  // The table that an entry leads to, made if there is none; 0: no room.
  uint64_t below(uint64_t table, unsigned index);
  // Where the entry of a page is; 0: no room for it.
  uint64_t entry_of(uint64_t page);

  uint8_t* memory_ = nullptr;
  uint64_t next_ = 0;             // the first page that is no table
  std::vector<uint64_t> mapped_;  // pages
  std::unordered_map<uint64_t, uint64_t> wanted_;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_QEMU_VTD_TABLES_H_
