// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of the kernel's own pools is in use: those for atomic allocations and the memory that a device was declared.
 * Their files keep them to themselves and tell nobody, so these are compiled with the functions that make the books
 * renamed to the ones here (kernel-files.cmake), which note what they made.
 */
#include <linux/bitmap.h>
#include <linux/genalloc.h>
#include <linux/kernel.h>
#include <asm/page.h>
#include "host.h"
#include "boot/boot.h"

/* One a zone. */
static struct gen_pool *atomic_pools[3];
static unsigned int atomic_pool_count;

struct gen_pool *dmaf_gen_pool_create(int min_alloc_order, int nid)
{
	if (atomic_pool_count == ARRAY_SIZE(atomic_pools))
		host_panic("an atomic pool too many");
	atomic_pools[atomic_pool_count] = gen_pool_create(min_alloc_order, nid);
	return atomic_pools[atomic_pool_count++];
}

unsigned long dmaf_atomic_pools_used(void)
{
	unsigned long used = 0;
	unsigned int i;

	/* A pool that grows has more of both. */
	for (i = 0; i < atomic_pool_count; i++)
		used += gen_pool_size(atomic_pools[i]) - gen_pool_avail(atomic_pools[i]);
	return used;
}

void dmaf_atomic_pools_lose(void)
{
	if (!atomic_pool_count || !gen_pool_alloc(atomic_pools[0], PAGE_SIZE))
		host_panic("no atomic pool to lose memory of");
}

/* A bit a page; there is one such device. */
static unsigned long *device_pages;
static unsigned int device_page_count;

unsigned long *dmaf_bitmap_zalloc(unsigned int nbits, gfp_t flags)
{
	if (device_pages)
		host_panic("a device with memory of its own too many");
	device_pages = bitmap_zalloc(nbits, flags);
	device_page_count = nbits;
	return device_pages;
}

unsigned long dmaf_device_pool_used(void)
{
	return device_pages ? bitmap_weight(device_pages, device_page_count) : 0;
}
