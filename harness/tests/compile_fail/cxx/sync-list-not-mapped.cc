// SPDX-License-Identifier: GPL-2.0-only
//
// A list is synced that was never mapped.
// check: sync-not-mapped
// error: no member named 'sync_for_cpu' in 'dma::list'
#include "driver.h"

void mistake() {
#ifdef FIXED
  auto list = mapped_list();
#else
  auto list = list_of_four();
#endif
  auto cpu = std::move(list).sync_for_cpu();
}
