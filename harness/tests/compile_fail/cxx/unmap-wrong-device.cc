// SPDX-License-Identifier: GPL-2.0-only
//
// A mapping is unmapped for another device.
// check: unmap-device-mismatch
// error: too many arguments to function call, expected 0, have 1
#include "driver.h"

void mistake() {
  auto rx = mapping<dma::from_device>();
#ifdef FIXED
  (void)std::move(rx).unmap();
#else
  (void)std::move(rx).unmap(the_device());
#endif
}
