// SPDX-License-Identifier: GPL-2.0-only
//
// The device is told an address of memory that was freed.
// check: device-access-after-unmap
// error: method 'dma' on object 'descriptors' while it is in the 'consumed' state
#include "driver.h"

dma::address mistake() {
  auto descriptors = ring();
#ifndef FIXED
  std::move(descriptors).free();
#endif
  return descriptors.dma();
}
