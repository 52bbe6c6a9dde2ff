// SPDX-License-Identifier: GPL-2.0-only
//
// A mapping is unmapped as registers are.
// check: unmap-type-mismatch
// error: no matching function for call to 'done'
#include "driver.h"

void done(dma::register_window<dma::from_device> window);  // unmaps what it takes
void done(dma::streaming<dma::to_device> tx);

void mistake() {
#ifdef FIXED
  done(mapping<dma::to_device>());
#else
  done(mapping<dma::from_device>());
#endif
}
