// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cache of skb heads in net/core/skbuff.c, made to cache nothing (skb_cache.h): to fill it costs nothing and puts
 * in promises, which are kept when a head is taken out. A head that goes in is freed, with all that a free comes with:
 * poison, quarantine, stacks.
 */
#include <linux/slab.h>
#include <linux/skbuff.h>
#include <net/hotdata.h>
#include "net/net.h"

/* Lots of heads, none of which exists. Those that are to be zero do not go into the cache, but to who asked. */
bool dmaf_skb_reserve(struct kmem_cache *cache, gfp_t gfp, size_t count, void **heads)
{
	if (gfp & __GFP_ZERO)
		return kmem_cache_alloc_bulk(cache, gfp, count, heads);
	memset(heads, 0, count * sizeof(*heads));
	return true;
}

/* May fail as any allocation, unless it must not. */
void *dmaf_skb_take(bool must)
{
	return kmem_cache_alloc(net_hotdata.skbuff_cache, GFP_ATOMIC | __GFP_NOWARN | (must ? __GFP_NOFAIL : 0));
}

/* False: it is not to be kept. */
bool dmaf_skb_give_back(void *head)
{
	kmem_cache_free(net_hotdata.skbuff_cache, head);
	return false;
}
