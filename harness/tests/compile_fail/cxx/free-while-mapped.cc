// SPDX-License-Identifier: GPL-2.0-only
//
// A buffer is freed while the device has it.
// check: map-bad-memory
// error: method 'release' on a temporary object while it is in the 'consumed' state
#include "driver.h"

void kfree(void* at);

int mistake() {
  dma::memory buffer = the_buffer();
  auto made = dma::map<dma::from_device>(the_device(), std::move(buffer));
  if (!made) return made.code();
  auto rx = std::move(made).value();
#ifdef FIXED
  buffer = std::move(rx).unmap();
#endif
  kfree(std::move(buffer).release());
  return 0;
}
