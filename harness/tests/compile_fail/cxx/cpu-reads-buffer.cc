// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU reads a buffer whose token a mapping has.
// check: cpu-read-device-owned
// error: method 'view' on object 'buffer' while it is in the 'consumed' state
#include "driver.h"

int mistake() {
  dma::memory buffer = the_buffer();
  auto made = dma::map<dma::from_device>(the_device(), std::move(buffer));
  if (!made) return made.code();
  auto rx = std::move(made).value();
#ifdef FIXED
  buffer = std::move(rx).unmap();
#endif
  auto word = buffer.view().read<int>(0);
  if (!word) return word.code();
  return word.value();
}
