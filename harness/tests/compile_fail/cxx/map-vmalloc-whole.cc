// SPDX-License-Identifier: GPL-2.0-only
//
// Memory of vmalloc() is mapped as if it were one piece.
// check: map-bad-memory
// error: no matching function for call to 'map'
#include "driver.h"

int mistake(void* area) {
  auto part = dma::vmalloc_part::of(area, 8192, 4096, 512);
  if (!part) return part.code();
#ifdef FIXED
  auto made = dma::map_page<dma::to_device>(the_device(), std::move(part).value());
#else
  auto made = dma::map<dma::to_device>(the_device(), std::move(part).value());
#endif
  return made.code();
}
