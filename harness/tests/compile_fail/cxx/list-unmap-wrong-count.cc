// SPDX-License-Identifier: GPL-2.0-only
//
// A list is unmapped with half of its entries.
// check: unmap-size-mismatch
// error: too many arguments to function call, expected 0, have 1
#include "driver.h"

void mistake() {
  auto rx = mapped_list();
#ifdef FIXED
  dma::list list = std::move(rx).unmap();
#else
  dma::list list = std::move(rx).unmap(2);
#endif
}
