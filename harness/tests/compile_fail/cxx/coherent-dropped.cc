// SPDX-License-Identifier: GPL-2.0-only
//
// Memory of the DMA API is asked for and dropped where it stands: the device could be told of what is freed again.
// check: coherent-leak
// error: ignoring return value of function declared with 'nodiscard' attribute
#include "driver.h"

int mistake() {
#ifdef FIXED
  auto made = dma::coherent<descriptor>::alloc(the_device(), dma::gfp::may_sleep);
  return made.code();
#else
  dma::coherent<descriptor>::alloc(the_device(), dma::gfp::may_sleep);
  return 0;
#endif
}
