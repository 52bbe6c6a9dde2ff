// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU writes to what the device is to fill.
// check: cpu-write-device-owned
// error: no matching member function for call to 'write'
#include "driver.h"

int mistake() {
#ifdef FIXED
  auto cpu = mapping<dma::bidirectional>().sync_for_cpu();
#else
  auto cpu = mapping<dma::from_device>().sync_for_cpu();
#endif
  return cpu.view().write(0, 1).code();
}
