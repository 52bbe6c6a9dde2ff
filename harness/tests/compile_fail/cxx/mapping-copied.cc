// SPDX-License-Identifier: GPL-2.0-only
//
// A mapping is copied, to be unmapped twice.
// check: unmap-not-mapped
// error: call to deleted constructor of
#include "driver.h"

void mistake() {
  auto rx = mapping<dma::from_device>();
#ifdef FIXED
  auto other = std::move(rx);
#else
  auto other = rx;
#endif
}
