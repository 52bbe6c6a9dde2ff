// SPDX-License-Identifier: GPL-2.0-only
//
// Memory of the DMA API is freed with half of its size.
// check: free-coherent-mismatch
// error: too many arguments to function call, expected 0, have 1
#include "driver.h"

void mistake() {
  auto descriptors = ring();
#ifdef FIXED
  std::move(descriptors).free();
#else
  std::move(descriptors).free(descriptors.bytes() / 2);
#endif
}
