// SPDX-License-Identifier: GPL-2.0-only
//
// What the device wrote is taken without a sync.
// check: missing-sync-for-cpu
// error: invalid reference to function 'unmap_unsynced': constraints not satisfied
#include "driver.h"

void mistake() {
  auto rx = mapping<dma::from_device>();
#ifdef FIXED
  auto cpu = std::move(rx).sync_for_cpu();
  (void)std::move(cpu).unmap_unsynced();
#else
  (void)std::move(rx).unmap_unsynced();
#endif
}
