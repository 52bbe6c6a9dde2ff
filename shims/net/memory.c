// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory as the network asks for it: page fragments, pages in bulk.
 *
 * Simplified: a fragment has pages of its own, of which only its bytes may be touched; the kernel packs fragments into
 * blocks of 32 KiB. So each has red zones, and its pages go back when it does. What a reference of a fragment's page
 * means is unchanged. No memory is kept for emergencies.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <net/sock.h>
#include "host.h"

void *__page_frag_alloc_align(struct page_frag_cache *nc, unsigned int size, gfp_t gfp, unsigned int align_mask)
{
	unsigned int order = get_order(size), room = PAGE_SIZE << order, offset;
	struct page *page;
	char *start;

	if (!size || size > PAGE_FRAG_CACHE_MAX_SIZE)
		return NULL;
	page = alloc_pages(gfp | __GFP_COMP | __GFP_NOWARN, order);
	if (!page)
		return NULL;
	start = page_address(page);
	/* Near the end, as a packet in a page of its own never lies in a real kernel. */
	offset = ALIGN_DOWN((room - size) & align_mask, SMP_CACHE_BYTES);
	host_pages_trim(page_to_pfn(page), offset, size);
	return start + offset;
}

void page_frag_free(void *addr)
{
	struct page *page = virt_to_head_page(addr);

	put_page(page);
}

void __page_frag_cache_drain(struct page *page, unsigned int count)
{
	VM_BUG_ON_PAGE(page_ref_count(page) == 0, page);
	if (page_ref_sub_and_test(page, count))
		__free_pages(page, compound_order(page));
}

/* Nothing is kept. */
void page_frag_cache_drain(struct page_frag_cache *nc)
{
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
unsigned long alloc_pages_bulk_noprof(gfp_t gfp, int nid, nodemask_t *nodemask, int count, struct page **pages)
#else
unsigned long alloc_pages_bulk_noprof(gfp_t gfp, int nid, nodemask_t *nodemask, int count, struct list_head *list,
				      struct page **pages)
#endif
{
	int i;

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	/* Nobody in what is linked wants a list. */
	if (list)
		return 0;
#endif
	for (i = 0; i < count; i++) {
		if (pages[i])
			continue;
		pages[i] = alloc_page(gfp);
		if (!pages[i])
			break;
	}
	return i;
}

DEFINE_STATIC_KEY_FALSE(memalloc_socks_key);

bool gfp_pfmemalloc_allowed(gfp_t gfp)
{
	return false;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
void kvfree_atomic(const void *addr)
{
	kvfree(addr);
}
#endif
