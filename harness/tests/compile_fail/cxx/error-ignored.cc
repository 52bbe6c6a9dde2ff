// SPDX-License-Identifier: GPL-2.0-only
//
// What can fail is called, and whether it did is nobody's concern.
// check: mapping-error-unchecked
// error: ignoring return value of function declared with 'nodiscard' attribute
#include "driver.h"

int mistake() {
#ifdef FIXED
  return the_device().set_masks(dma::mask::bits(64)).code();
#else
  the_device().set_masks(dma::mask::bits(64));
  return 0;
#endif
}
