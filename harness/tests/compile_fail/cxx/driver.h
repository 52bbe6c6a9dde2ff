// SPDX-License-Identifier: GPL-2.0-only
//
// What the mistakes beside this have in common: a driver's device and buffer, and the way to what did not fail.
#ifndef DMAFUZZ_COMPILE_FAIL_CXX_DRIVER_H
#define DMAFUZZ_COMPILE_FAIL_CXX_DRIVER_H

#include "cxx/dmaxx/dmaxx.h"

struct descriptor {
  unsigned long long address;
  unsigned length;
  unsigned status;
};

extern struct device* raw_device;
dma::device the_device();
dma::memory the_buffer();  // 256 bytes of kmalloc()

// Mappings and memory as they are once nothing has failed.
template <dma::direction D, dma::owner O = dma::device_owned>
dma::streaming<D, O> mapping();
dma::mapped_list<dma::from_device> mapped_list();
dma::list list_of_four();
dma::coherent<descriptor[]> ring();
dma::pool<descriptor> block_pool();
dma::pool_block<descriptor> block();
dma::device_pages<dma::from_device> pages();

#endif
