// SPDX-License-Identifier: GPL-2.0-only
//
// A list is unmapped twice.
// check: unmap-not-mapped
// error: method 'unmap' on a temporary object while it is in the 'consumed' state
#include "driver.h"

void mistake() {
  auto rx = mapped_list();
  dma::list list = std::move(rx).unmap();
#ifndef FIXED
  list = std::move(rx).unmap();
#endif
}
