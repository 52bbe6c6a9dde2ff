// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// dmaxx: the Linux DMA API in C++20, for drivers. All of it; docs/cxx-wrapper.md is where to start.
//
// Headers only, over the C functions of capi.h. No exceptions, no RTTI, no allocation of its own; of the standard
// library <concepts>, <new>, <type_traits> and <utility>, which need none of it at run time.
#ifndef DMAXX_DMAXX_H
#define DMAXX_DMAXX_H

#include "coherent.h"
#include "device.h"
#include "device_pages.h"
#include "pool.h"
#include "scatterlist.h"
#include "streaming.h"

#endif
