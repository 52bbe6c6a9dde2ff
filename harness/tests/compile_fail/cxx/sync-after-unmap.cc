// SPDX-License-Identifier: GPL-2.0-only
//
// A mapping is synced that was unmapped.
// check: sync-not-mapped
// error: method 'sync_for_cpu' on a temporary object while it is in the 'consumed' state
#include "driver.h"

void mistake() {
  auto rx = mapping<dma::from_device>();
#ifndef FIXED
  (void)std::move(rx).unmap();
#endif
  auto cpu = std::move(rx).sync_for_cpu();
}
