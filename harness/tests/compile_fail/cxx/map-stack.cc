// SPDX-License-Identifier: GPL-2.0-only
//
// Memory of the stack is mapped.
// check: map-bad-memory
// error: no matching function for call to 'map'
#include "driver.h"

int mistake() {
#ifdef FIXED
  auto made = dma::map<dma::to_device>(the_device(), the_buffer());
#else
  char command[64] = {};
  auto made = dma::map<dma::to_device>(the_device(), command);
#endif
  return made.code();
}
