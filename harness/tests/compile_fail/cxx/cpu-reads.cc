// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU reads a mapping that the device has.
// check: cpu-read-device-owned
// error: invalid reference to function 'view': constraints not satisfied
#include "driver.h"

int mistake() {
  auto rx = mapping<dma::from_device>();
#ifdef FIXED
  auto cpu = std::move(rx).sync_for_cpu();
  auto word = cpu.view().read<int>(0);
#else
  auto word = rx.view().read<int>(0);
#endif
  if (!word) return word.code();
  return word.value();
}
