// SPDX-License-Identifier: GPL-2.0-only
//
// Memory is mapped for no direction.
// check: kernel-bug
// error: no matching function for call to 'map'
#include "driver.h"

int mistake() {
#ifdef FIXED
  auto made = dma::map<dma::bidirectional>(the_device(), the_buffer());
#else
  auto made = dma::map<3>(the_device(), the_buffer());
#endif
  return made.code();
}
