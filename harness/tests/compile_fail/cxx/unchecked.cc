// SPDX-License-Identifier: GPL-2.0-only
//
// The address of a mapping is used, and nobody asked whether there is one.
// check: mapping-error-unchecked
// error: method 'value' on a temporary object while it is in the 'unknown' state
#include "driver.h"

dma::address mistake() {
  auto made = dma::map<dma::to_device>(the_device(), the_buffer());
#ifdef FIXED
  if (!made) return 0;
#endif
  auto tx = std::move(made).value();
  return tx.dma();
}
