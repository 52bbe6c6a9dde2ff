// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of the kernel's own pools is in use: those for atomic allocations, the memory that a device was declared,
 * and the slots of bounce buffers. Their files keep them to themselves and tell nobody. The first two are compiled with
 * the functions that make the books renamed to the ones here (kernel-files.cmake), which note what they made. Slots
 * count what is in use, but a slot that is given back and never free again is in no count: their books must be as at
 * boot.
 */
#include <linux/bitmap.h>
#include <linux/genalloc.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/swiotlb.h>
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

/* A bit a page; there is one such device. What a test declares to another after the boot is that test's to count. */
static unsigned long *device_pages;
static unsigned int device_page_count;

unsigned long *dmaf_bitmap_zalloc(unsigned int nbits, gfp_t flags)
{
	if (device_pages)
		return bitmap_zalloc(nbits, flags);
	device_pages = bitmap_zalloc(nbits, flags);
	device_page_count = nbits;
	return device_pages;
}

unsigned long dmaf_device_pool_used(void)
{
	return device_pages ? bitmap_weight(device_pages, device_page_count) : 0;
}

/* The common bounce pool and a restricted one. */
static struct {
	struct io_tlb_mem *mem;
	const u64 *at_boot;
	unsigned int words; /* of a slot */
} bounce_pools[2];
static unsigned int bounce_pool_count;

void dmaf_bounce_pool_note(struct io_tlb_mem *mem)
{
	const u64 *slots = (const u64 *)mem->defpool.slots;
	unsigned int words = 1;

	if (bounce_pool_count == ARRAY_SIZE(bounce_pools))
		host_panic("a bounce pool too many");
	/* What a slot is made of is swiotlb.c's affair. A free one names no address, by one word of ones. */
	if (slots[0] != ~0ull)
		host_panic("a slot is in use before there is a device");
	while (slots[words] != ~0ull)
		words++;
	bounce_pools[bounce_pool_count].mem = mem;
	bounce_pools[bounce_pool_count].words = words;
	bounce_pools[bounce_pool_count].at_boot =
		kmemdup(slots, mem->defpool.nslabs * words * sizeof(*slots), GFP_KERNEL);
	if (!bounce_pools[bounce_pool_count].at_boot)
		host_panic("no memory for the books of a bounce pool");
	atomic_long_set(&mem->used_hiwater, 0);
	bounce_pool_count++;
}

unsigned long kernel_lost_slots(void)
{
	unsigned long lost = 0, slot;
	unsigned int i, word;

	for (i = 0; i < bounce_pool_count; i++) {
		const u64 *now = (const u64 *)bounce_pools[i].mem->defpool.slots, *then = bounce_pools[i].at_boot;

		/* Nothing was bounced since boot. */
		if (!atomic_long_read(&bounce_pools[i].mem->used_hiwater))
			continue;
		/* As good as always they are the same, and there are many. */
		if (host_equal_raw(now, then,
				   bounce_pools[i].mem->defpool.nslabs * bounce_pools[i].words * sizeof(*now)))
			continue;
		for (slot = 0; slot < bounce_pools[i].mem->defpool.nslabs; slot++) {
			bool same = true;

			for (word = 0; word < bounce_pools[i].words; word++)
				same &= *now++ == *then++;
			lost += !same;
		}
	}
	return lost;
}
