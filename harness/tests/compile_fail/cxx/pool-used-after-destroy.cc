// SPDX-License-Identifier: GPL-2.0-only
//
// A block is asked of a pool that is gone.
// check: device-access-after-unmap
// error: method 'alloc' on object 'pool' while it is in the 'consumed' state
#include "driver.h"

void mistake() {
  auto pool = block_pool();
#ifndef FIXED
  std::move(pool).destroy();
#endif
  auto one = pool.alloc(dma::gfp::may_sleep);
  (void)one.ok();
}
