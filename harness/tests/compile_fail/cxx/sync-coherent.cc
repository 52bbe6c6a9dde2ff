// SPDX-License-Identifier: GPL-2.0-only
//
// Coherent memory is synced.
// check: sync-not-mapped
// error: no member named 'sync_for_cpu' in
#include "driver.h"

void mistake() {
#ifdef FIXED
  auto memory = pages().sync_for_device();
#else
  auto memory = ring();
#endif
  auto cpu = std::move(memory).sync_for_cpu();
}
