// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU reads a list that the device has.
// check: cpu-read-device-owned
// error: invalid reference to function 'view': constraints not satisfied
#include "driver.h"

int mistake() {
  auto rx = mapped_list();
  char bytes[16];
#ifdef FIXED
  auto cpu = std::move(rx).sync_for_cpu();
  return cpu.view().copy_out(0, bytes, sizeof bytes).code();
#else
  return rx.view().copy_out(0, bytes, sizeof bytes).code();
#endif
}
