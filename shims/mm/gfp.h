/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DMAF_MM_GFP_H
#define DMAF_MM_GFP_H

#include <linux/gfp.h>
#include "host.h"

/* What the harness's allocators need to know of a gfp mask. */
static inline unsigned int dmaf_alloc_flags(gfp_t flags)
{
	return (flags & __GFP_ZERO ? HOST_ALLOC_ZERO : 0) | (flags & __GFP_NOFAIL ? HOST_ALLOC_NOFAIL : 0);
}

static inline unsigned int dmaf_zones(gfp_t flags)
{
	if (flags & __GFP_DMA)
		return HOST_ZONE_DMA;
	if (flags & __GFP_DMA32)
		return HOST_ZONE_DMA32 | HOST_ZONE_DMA;
	return HOST_ZONE_NORMAL | HOST_ZONE_DMA32 | HOST_ZONE_DMA;
}

#endif
