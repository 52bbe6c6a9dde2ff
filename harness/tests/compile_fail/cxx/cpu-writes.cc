// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU writes to a mapping that the device has.
// check: cpu-write-device-owned
// error: invalid reference to function 'view': constraints not satisfied
#include "driver.h"

int mistake() {
  auto tx = mapping<dma::to_device>();
#ifdef FIXED
  auto cpu = std::move(tx).sync_for_cpu();
  return cpu.view().write(0, 1).code();
#else
  return tx.view().write(0, 1).code();
#endif
}
