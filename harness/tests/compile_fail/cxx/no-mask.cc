// SPDX-License-Identifier: GPL-2.0-only
//
// A device's driver maps before it said which addresses the device can drive.
// check: mask-exceeded
// error: no matching function for call to 'map'
#include "driver.h"

int mistake() {
  dma::unmasked_device fresh(raw_device);
#ifdef FIXED
  auto dev = fresh.set_masks(dma::mask::bits(32));
  if (!dev) return dev.code();
  auto made = dma::map<dma::to_device>(dev.value(), the_buffer());
#else
  auto made = dma::map<dma::to_device>(fresh, the_buffer());
#endif
  return made.code();
}
