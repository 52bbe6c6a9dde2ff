// SPDX-License-Identifier: GPL-2.0-only
//
// The device has it, and is handed it again: what the CPU wrote meanwhile is nobody's.
// check: missing-sync-for-device
// error: invalid reference to function 'sync_for_device': constraints not satisfied
#include "driver.h"

void mistake() {
  auto tx = mapping<dma::to_device>();
#ifdef FIXED
  auto cpu = std::move(tx).sync_for_cpu();
  auto again = std::move(cpu).sync_for_device();
#else
  auto again = std::move(tx).sync_for_device();
#endif
}
