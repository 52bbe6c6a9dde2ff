// SPDX-License-Identifier: GPL-2.0-only
//
// What the device filled goes to who reads it, and was not handed over.
// check: missing-sync-for-cpu
// error: no matching function for call to 'receive'
#include "driver.h"

void receive(dma::streaming<dma::from_device, dma::cpu_owned> rx);  // reads

void mistake() {
  auto rx = mapping<dma::from_device>();
#ifdef FIXED
  receive(std::move(rx).sync_for_cpu());
#else
  receive(std::move(rx));
#endif
}
