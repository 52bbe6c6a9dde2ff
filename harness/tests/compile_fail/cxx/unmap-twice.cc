// SPDX-License-Identifier: GPL-2.0-only
//
// A mapping is unmapped twice.
// check: unmap-not-mapped
// error: method 'unmap' on a temporary object while it is in the 'consumed' state
#include "driver.h"

void mistake() {
  auto rx = mapping<dma::from_device>();
  (void)std::move(rx).unmap();
#ifndef FIXED
  (void)std::move(rx).unmap();
#endif
}
