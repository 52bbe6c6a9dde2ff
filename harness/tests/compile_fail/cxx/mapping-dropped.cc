// SPDX-License-Identifier: GPL-2.0-only
//
// A mapping is made and dropped where it stands: nobody could unmap it, or tell the device.
// check: mapping-leak
// error: ignoring return value of function declared with 'nodiscard' attribute
#include "driver.h"

int mistake() {
#ifdef FIXED
  auto made = dma::map<dma::to_device>(the_device(), the_buffer());
  return made.code();
#else
  dma::map<dma::to_device>(the_device(), the_buffer());
  return 0;
#endif
}
