// SPDX-License-Identifier: GPL-2.0-only
//
// A block of a pool is freed twice.
// check: free-coherent-mismatch
// error: method 'free' on a temporary object while it is in the 'consumed' state
#include "driver.h"

void mistake() {
  auto one = block();
  std::move(one).free();
#ifndef FIXED
  std::move(one).free();
#endif
}
