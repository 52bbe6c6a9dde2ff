/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of dmaxx's C side share.
 */
#ifndef DMAXX_CAPI_INTERNAL_H
#define DMAXX_CAPI_INTERNAL_H

#include <linux/gfp.h>
#include "cxx/dmaxx/capi.h"

static inline gfp_t dmaxx_gfp(unsigned int gfp)
{
	return (gfp & DMAXX_GFP_ATOMIC ? GFP_ATOMIC : GFP_KERNEL) | (gfp & DMAXX_GFP_ZERO ? __GFP_ZERO : 0) |
	       (gfp & DMAXX_GFP_NOWARN ? __GFP_NOWARN : 0);
}

#endif
