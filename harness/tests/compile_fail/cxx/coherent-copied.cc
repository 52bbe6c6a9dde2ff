// SPDX-License-Identifier: GPL-2.0-only
//
// Coherent memory is copied, to be freed twice.
// check: free-coherent-mismatch
// error: call to deleted constructor of
#include "driver.h"

void mistake() {
  auto descriptors = ring();
#ifdef FIXED
  auto other = std::move(descriptors);
#else
  auto other = descriptors;
#endif
}
