// SPDX-License-Identifier: GPL-2.0-only
//
// The device is told an address that is not mapped any more.
// check: device-access-after-unmap
// error: method 'dma' on object 'rx' while it is in the 'consumed' state
#include "driver.h"

dma::address mistake() {
  auto rx = mapping<dma::from_device>();
#ifndef FIXED
  (void)std::move(rx).unmap();
#endif
  return rx.dma();
}
