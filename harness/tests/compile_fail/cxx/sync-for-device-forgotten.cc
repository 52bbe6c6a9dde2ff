// SPDX-License-Identifier: GPL-2.0-only
//
// What the CPU wrote is the CPU's still, and goes where the device's mappings go.
// check: missing-sync-for-device
// error: no matching function for call to 'post'
#include "driver.h"

void post(dma::streaming<dma::to_device> tx);  // tells the device

void mistake() {
  auto cpu = mapping<dma::to_device>().sync_for_cpu();
  (void)cpu.view().write(0, 1);
#ifdef FIXED
  post(std::move(cpu).sync_for_device());
#else
  post(std::move(cpu));
#endif
}
