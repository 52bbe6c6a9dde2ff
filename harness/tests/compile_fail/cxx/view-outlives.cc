// SPDX-License-Identifier: GPL-2.0-only
//
// A view is taken of a mapping that is gone at the end of the statement.
// check: cpu-read-device-owned
// error: temporary whose address is used as value of local variable
#include "driver.h"

int mistake() {
#ifdef FIXED
  auto cpu = mapping<dma::from_device>().sync_for_cpu();
  auto view = cpu.view();
#else
  auto view = mapping<dma::from_device>().sync_for_cpu().view();
#endif
  auto word = view.read<int>(0);
  if (!word) return word.code();
  return word.value();
}
