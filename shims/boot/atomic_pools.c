// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of the atomic pools is in use. kernel/dma/pool.c keeps them to itself and tells nobody, so it is compiled
 * with gen_pool_create() renamed to the function here (kernel-files.cmake), which notes what it made.
 */
#include <linux/genalloc.h>
#include <linux/kernel.h>
#include <asm/page.h>
#include "host.h"
#include "boot/boot.h"

/* One a zone. */
static struct gen_pool *pools[3];
static unsigned int pool_count;

struct gen_pool *dmaf_gen_pool_create(int min_alloc_order, int nid)
{
	if (pool_count == ARRAY_SIZE(pools))
		host_panic("an atomic pool too many");
	pools[pool_count] = gen_pool_create(min_alloc_order, nid);
	return pools[pool_count++];
}

unsigned long dmaf_atomic_pools_used(void)
{
	unsigned long used = 0;
	unsigned int i;

	/* A pool that grows has more of both. */
	for (i = 0; i < pool_count; i++)
		used += gen_pool_size(pools[i]) - gen_pool_avail(pools[i]);
	return used;
}

void dmaf_atomic_pools_lose(void)
{
	if (!pool_count || !gen_pool_alloc(pools[0], PAGE_SIZE))
		host_panic("no atomic pool to lose memory of");
}
