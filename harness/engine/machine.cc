// SPDX-License-Identifier: GPL-2.0-only
//
// See machine.h.
#include "engine/machine.h"

#include "device/device.h"
#include "dmasan/cache_model.h"
#include "dmasan/dmasan.h"
#include "engine/raise.h"
#include "engine/sanitizer_faults.h"
#include "engine/trace.h"
#include "engine/traps.h"
#include "host.h"
#include "memory/memory.h"
#include "memory/raw.h"

namespace dmafuzz {
namespace {

size_t size_of(const char* start, const char* end) {
  return static_cast<size_t>(end - start);
}

}  // namespace

void Machine::boot(void (*prepare)()) {
  memory();
  Memory::install_report_hook();
  memory().set_fault_listener(leave_if_known_copy);
  install_traps();
  kernel_boot();
  if (prepare) prepare();
  kernel_reset();
  data_ = raw::table<char>(data_size());
  lazy_ = raw::table<char>(size_of(kernel_lazy_start, kernel_lazy_end));
  save();
  cache_model().snapshot();
  dmasan().reset();
  // The first input starts as any other does.
  trace().reset();
  clear_log();
  booted_ = true;
}

void Machine::save() {
  raw::copy(data_, kernel_data_start, data_size());
  raw::copy(lazy_, kernel_lazy_start, size_of(kernel_lazy_start, kernel_lazy_end));
  memory().snapshot();
}

void Machine::snapshot(std::span<char> (*record)(uint64_t pfn)) {
  kernel_reset();
  save();
  records_.clear();
  // Neighbours in one go.
  size_t all = 0;
  memory().each_kept_page([&](uint64_t pfn) {
    const std::span<char> found = record(pfn);
    all += found.size();
    if (!records_.empty() && records_.back().at + records_.back().size == found.data()) {
      records_.back().size += found.size();
    } else {
      records_.push_back({found.data(), nullptr, found.size()});
    }
  });
  char* place = raw::table<char>(all);
  for (Record& record : records_) {
    record.saved = place;
    raw::copy(place, record.at, record.size);
    place += record.size;
  }
  memory().watch_writes();
  entries_ = kernel_debug_entries() != 0;
  cache_model().snapshot();
  dmasan().snapshot();
  trace().reset();
  clear_log();
}

size_t Machine::data_size() const {
  return size_of(kernel_data_start, kernel_data_end);
}

void Machine::reset() {
  const bool entries_left = kernel_debug_entries() != 0;
  kernel_reset();
  raw::copy(kernel_data_start, data_, data_size());
  // The tables are as at boot if nothing is left in them.
  if (entries_left || entries_) raw::copy(kernel_lazy_start, lazy_, size_of(kernel_lazy_start, kernel_lazy_end));
  for (const Record& record : records_) raw::copy(record.at, record.saved, record.size);
  memory().reset();
  device().close();
  cache_model().reset();
  dmasan().reset();
  trace().reset();
  clear_log();
}

Machine& machine() {
  static Machine the_machine;
  return the_machine;
}

}  // namespace dmafuzz
