/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Force-included into mm/mempool.c. A pool keeps objects in reserve, and swaps them: one of boot goes out to whoever
 * asks while memory is short, and the next one that comes back stays in its place, which nobody could tell from a leak.
 * The file tells KASAN of each slab object and page that enters and leaves a reserve, which is where it is noted
 * (slab.c). Pools of functions of their own are not noted.
 */
#ifndef DMAF_MM_MEMPOOL_KEPT_H
#define DMAF_MM_MEMPOOL_KEPT_H

#include <linux/kasan.h>
#include <linux/mm.h>
#include "mm/mm.h"

#define kasan_mempool_poison_object(object)	    dmaf_mempool_enters(object)
#define kasan_mempool_unpoison_object(object, size) dmaf_mempool_leaves(object)
#define kasan_mempool_poison_pages(page, order)	    dmaf_mempool_enters(page_address(page))
#define kasan_mempool_unpoison_pages(page, order)   dmaf_mempool_leaves(page_address(page))

#endif
