// SPDX-License-Identifier: GPL-2.0-only
//
// The same bytes are mapped twice.
// check: cacheline-shared
// error: method 'part' on a temporary object while it is in the 'consumed' state
#include "driver.h"

int mistake() {
  dma::memory buffer = the_buffer();
  auto first = dma::map<dma::to_device>(the_device(), std::move(buffer));
#ifdef FIXED
  buffer = the_buffer();
#endif
  auto again = std::move(buffer).part(0, 64);
  return first.code() + again.code();
}
