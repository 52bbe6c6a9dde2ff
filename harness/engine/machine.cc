// SPDX-License-Identifier: GPL-2.0-only
//
// See machine.h.
#include "engine/machine.h"

#include "device/device.h"
#include "dmasan/cache_model.h"
#include "dmasan/dmasan.h"
#include "engine/raise.h"
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

char* save(const char* start, const char* end) {
  char* copy = raw::table<char>(size_of(start, end));
  raw::copy(copy, start, size_of(start, end));
  return copy;
}

}  // namespace

void Machine::boot(void (*prepare)()) {
  memory();
  Memory::install_report_hook();
  install_traps();
  kernel_boot();
  if (prepare) prepare();
  kernel_reset();
  data_ = save(kernel_data_start, kernel_data_end);
  lazy_ = save(kernel_lazy_start, kernel_lazy_end);
  memory().snapshot();
  cache_model().snapshot();
  dmasan().reset();
  // The first input starts as any other does.
  trace().reset();
  clear_log();
  booted_ = true;
}

size_t Machine::data_size() const {
  return size_of(kernel_data_start, kernel_data_end);
}

void Machine::reset() {
  const bool entries_left = kernel_debug_entries() != 0;
  kernel_reset();
  raw::copy(kernel_data_start, data_, data_size());
  // The tables are as at boot if nothing is left in them.
  if (entries_left) raw::copy(kernel_lazy_start, lazy_, size_of(kernel_lazy_start, kernel_lazy_end));
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
