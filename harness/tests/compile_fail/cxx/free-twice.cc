// SPDX-License-Identifier: GPL-2.0-only
//
// Memory of the DMA API is freed twice.
// check: free-coherent-mismatch
// error: method 'free' on a temporary object while it is in the 'consumed' state
#include "driver.h"

void mistake() {
  auto descriptors = ring();
  std::move(descriptors).free();
#ifndef FIXED
  std::move(descriptors).free();
#endif
}
