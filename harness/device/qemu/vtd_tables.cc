// SPDX-License-Identifier: GPL-2.0-only
//
// See vtd_tables.h. The layout is that of "Intel Virtualization Technology for Directed I/O", chapter 9.
#include "device/qemu/vtd_tables.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

constexpr uint64_t kContext = VtdTables::kRoot + 0x1000, kTop = kContext + 0x1000;
constexpr uint64_t kPresent = 1, kRead = 1, kWrite = 2, kAddress = 0x000ffffffffff000;
// Of a context entry's second word: three levels, and the domain's number (0 is reserved where not-present is cached).
constexpr uint64_t kThreeLevels = 1, kDomain = 1 << 8;
constexpr unsigned kLevels = 3, kIndexBits = 9, kPageBits = 12, kEntry = 8;

}  // namespace

void VtdTables::put(uint64_t table, unsigned index, uint64_t entry) {
  std::memcpy(memory_ + table + uint64_t{kEntry} * index, &entry, sizeof entry);
}

uint64_t VtdTables::get(uint64_t table, unsigned index) const {
  uint64_t entry = 0;
  std::memcpy(&entry, memory_ + table + uint64_t{kEntry} * index, sizeof entry);
  return entry;
}

void VtdTables::open(uint8_t* memory, unsigned devfn) {
  memory_ = memory;
  mapped_.clear();
  std::memset(memory_ + kBegin, 0, kEnd - kBegin);
  put(kRoot, 0, kContext | kPresent);
  put(kContext, 2 * devfn, kTop | kPresent);
  put(kContext, 2 * devfn + 1, kThreeLevels | kDomain);
  next_ = kTop + kPage;
}

uint64_t VtdTables::below(uint64_t table, unsigned index) {
  if (const uint64_t entry = get(table, index)) return entry & kAddress;
  if (next_ + kPage > kEnd) return 0;
  put(table, index, next_ | kRead | kWrite);
  next_ += kPage;
  return next_ - kPage;
}

uint64_t VtdTables::entry_of(uint64_t page) {
  uint64_t table = kTop;
  const auto index = [&](unsigned level) {
    return static_cast<unsigned>(page >> (kPageBits + kIndexBits * level)) & ((1u << kIndexBits) - 1);
  };
  for (unsigned level = kLevels - 1; table && level; --level) table = below(table, index(level));
  return table ? table + uint64_t{kEntry} * index(0) : 0;
}

VtdTables::Change VtdTables::map_exactly(std::span<const watch_range> ranges) {
  Change change = Change::kMore;
  wanted_.clear();
  for (const watch_range& range : ranges) {
    if (!range.bytes || range.address >> kBits) continue;
    const uint64_t last = std::min(range.address + range.bytes - 1, (uint64_t{1} << kBits) - 1) & ~(kPage - 1);
    for (uint64_t page = range.address & ~(kPage - 1); page <= last; page += kPage) {
      wanted_[page] |= (range.read ? kRead : 0) | (range.write ? kWrite : 0);
    }
  }
  for (const uint64_t page : mapped_) {
    if (!wanted_.contains(page)) {
      put(entry_of(page), 0, 0);
      change = Change::kLess;
    }
  }
  mapped_.clear();
  bool full = false;
  for (const auto& [page, may] : wanted_) {
    const uint64_t at = may ? entry_of(page) : 0;
    if (!at) {
      full |= may != 0;
      continue;
    }
    if (get(at, 0) & ~may & (kRead | kWrite)) change = Change::kLess;
    put(at, 0, page | may);
    mapped_.push_back(page);
  }
  return full ? Change::kFull : change;
}

}  // namespace dmafuzz
