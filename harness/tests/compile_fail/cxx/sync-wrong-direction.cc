// SPDX-License-Identifier: GPL-2.0-only
//
// A mapping is synced with another direction.
// check: sync-direction-mismatch
// error: too many arguments to function call, expected 0, have 1
#include "driver.h"

void mistake() {
  auto rx = mapping<dma::from_device>();
#ifdef FIXED
  auto cpu = std::move(rx).sync_for_cpu();
#else
  auto cpu = std::move(rx).sync_for_cpu(dma::to_device);
#endif
}
