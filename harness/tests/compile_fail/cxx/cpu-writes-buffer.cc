// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU writes to a buffer whose token a mapping has.
// check: cpu-write-device-owned
// error: method 'view' on object 'buffer' while it is in the 'consumed' state
#include "driver.h"

int mistake() {
  dma::memory buffer = the_buffer();
#ifdef FIXED
  const int early = buffer.view().write(0, 1).code();
#endif
  auto made = dma::map<dma::to_device>(the_device(), std::move(buffer));
#ifdef FIXED
  return made ? early : made.code();
#else
  return made ? buffer.view().write(0, 1).code() : made.code();
#endif
}
