/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Force-included into net/core/skbuff.c. Its cache of skb heads hides who uses a head that was freed, and keeps memory
 * that no test of leaks could tell from a leak. The file tells KASAN when a head enters and leaves the cache, which is
 * where it is emptied: what enters is freed at once, and what leaves is allocated at that moment (skb_cache.c).
 */
#ifndef DMAF_NET_SKB_CACHE_H
#define DMAF_NET_SKB_CACHE_H

#include <linux/kasan.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/version.h>
#include "net/net.h"

#define kasan_mempool_poison_object(head) dmaf_skb_give_back(head)
/* Who takes many at once (into an array of void *) does not look whether there are as many as promised. */
#define kasan_mempool_unpoison_object(head, size)                                                                      \
	((head) = dmaf_skb_take(_Generic((head), void *: true, default: false)))
#undef kmem_cache_alloc_bulk
#define kmem_cache_alloc_bulk(cache, gfp, n, heads) dmaf_skb_reserve(cache, gfp, n, heads)

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
/* Machines with 4 KiB pages cut small packets out of pages that they keep; here they are objects, as on others. */
#undef SZ_4K
#define SZ_4K 0
#endif

#endif
