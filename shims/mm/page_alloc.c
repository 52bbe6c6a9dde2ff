// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page allocator and struct page on the harness's banks (harness/memory).
 *
 * Simplified: no watermarks, reclaim, migration types, per-CPU lists or NUMA; memory that is not there is an immediate
 * failure. struct page is set up afresh at each allocation, so the array needs no reset of its own.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/memblock.h>
#include <linux/sched/mm.h>
#include <linux/version.h>
#include <mm/internal.h>
#include "host.h"
#include "mm/gfp.h"
#include "mm/mm.h"

struct page *mem_map;
unsigned long max_mapnr = HOST_MAX_PFN;
unsigned long max_pfn = HOST_MAX_PFN;
unsigned long max_low_pfn = HOST_MAX_PFN;
unsigned long min_low_pfn = HOST_BANK_DMA_BASE >> PAGE_SHIFT;
void *high_memory = (void *)(HOST_LINEAR_BASE + HOST_BANK_NORMAL_BASE + HOST_BANK_NORMAL_SIZE);
atomic_long_t _totalram_pages =
	ATOMIC_LONG_INIT((HOST_BANK_DMA_SIZE + HOST_BANK_DMA32_SIZE + HOST_BANK_NORMAL_SIZE) >> PAGE_SHIFT);
struct pglist_data contig_page_data;
atomic_long_t vm_node_stat[NR_VM_NODE_STAT_ITEMS];
atomic_long_t vm_zone_stat[NR_VM_ZONE_STAT_ITEMS];
const u8 empty_zero_page[PAGE_SIZE] __aligned(PAGE_SIZE);

static enum zone_type zone_of(unsigned long pfn)
{
	if (pfn < (HOST_BANK_DMA32_BASE >> PAGE_SHIFT))
		return ZONE_DMA;
	return pfn < (HOST_BANK_NORMAL_BASE >> PAGE_SHIFT) ? ZONE_DMA32 : ZONE_NORMAL;
}

static void init_page(struct page *page, unsigned long pfn)
{
	memset(page, 0, sizeof(*page));
	set_page_links(page, zone_of(pfn), 0, pfn);
	/* Its lru stays zero: a page_pool adds its signature to what is there, and no pointer must be. */
	atomic_set(&page->_mapcount, -1);
}

/* Makes 2^order frames a compound page, as __GFP_COMP asks. */
static void make_compound(struct page *page, unsigned int order)
{
	unsigned int i;

	__SetPageHead(page);
	for (i = 1; i < 1u << order; i++)
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
		prep_compound_tail(page + i, page, order);
#else
		prep_compound_tail(page, i);
#endif
	prep_compound_head(page, order);
}

void dmaf_memmap_init(void)
{
	static const struct {
		unsigned long base, size;
	} banks[] = {
		{HOST_BANK_DMA_BASE, HOST_BANK_DMA_SIZE},
		{HOST_BANK_DMA32_BASE, HOST_BANK_DMA32_SIZE},
		{HOST_BANK_NORMAL_BASE, HOST_BANK_NORMAL_SIZE},
	};
	unsigned int b;
	unsigned long pfn;

	mem_map = host_reserve(HOST_MEMMAP_BASE, HOST_MAX_PFN * sizeof(struct page));
	for (b = 0; b < ARRAY_SIZE(banks); b++)
		for (pfn = banks[b].base >> PAGE_SHIFT; pfn < (banks[b].base + banks[b].size) >> PAGE_SHIFT; pfn++) {
			init_page(pfn_to_page(pfn), pfn);
			set_page_count(pfn_to_page(pfn), 0);
		}
	contig_page_data.node_start_pfn = min_low_pfn;
	contig_page_data.node_spanned_pages = HOST_MAX_PFN - min_low_pfn;
	for (b = 0; b < MAX_NR_ZONES; b++)
		contig_page_data.node_zones[b].zone_pgdat = &contig_page_data;
	contig_page_data.node_zones[ZONE_DMA].name = "DMA";
	contig_page_data.node_zones[ZONE_DMA32].name = "DMA32";
	contig_page_data.node_zones[ZONE_NORMAL].name = "Normal";
	atomic_long_set(&contig_page_data.node_zones[ZONE_DMA].managed_pages, HOST_BANK_DMA_SIZE >> PAGE_SHIFT);
	atomic_long_set(&contig_page_data.node_zones[ZONE_DMA32].managed_pages, HOST_BANK_DMA32_SIZE >> PAGE_SHIFT);
	atomic_long_set(&contig_page_data.node_zones[ZONE_NORMAL].managed_pages, HOST_BANK_NORMAL_SIZE >> PAGE_SHIFT);
}

static struct page *dmaf_alloc_pages(gfp_t gfp, unsigned int order)
{
	unsigned int i;
	struct page *page;
	long pfn;

	might_alloc(gfp);
	if (order > MAX_PAGE_ORDER) {
		WARN_ON_ONCE(!(gfp & __GFP_NOWARN));
		return NULL;
	}
	pfn = host_pages_alloc(order, dmaf_zones(gfp), dmaf_alloc_flags(gfp));
	if (pfn < 0)
		return NULL;
	page = pfn_to_page(pfn);
	for (i = 0; i < 1u << order; i++)
		init_page(page + i, pfn + i);
	set_page_count(page, 1);
	if (order && (gfp & __GFP_COMP))
		make_compound(page, order);
	return page;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
struct page *alloc_pages_node_noprof(int nid, gfp_t gfp, unsigned int order)
{
	return dmaf_alloc_pages(gfp, order);
}
#else
struct page *__alloc_pages_noprof(gfp_t gfp, unsigned int order, int nid, nodemask_t *nodemask)
{
	return dmaf_alloc_pages(gfp, order);
}
#endif

struct folio *__folio_alloc_noprof(gfp_t gfp, unsigned int order, int nid, nodemask_t *nodemask)
{
	return (struct folio *)dmaf_alloc_pages(gfp | __GFP_COMP, order);
}

unsigned long get_free_pages_noprof(gfp_t gfp, unsigned int order)
{
	struct page *page = dmaf_alloc_pages(gfp & ~__GFP_HIGHMEM, order);

	return page ? (unsigned long)page_address(page) : 0;
}

unsigned long get_zeroed_page_noprof(gfp_t gfp)
{
	return get_free_pages_noprof(gfp | __GFP_ZERO, 0);
}

static void release(struct page *page, unsigned int order)
{
	dmaf_page_released(page);
	host_pages_free(page_to_pfn(page), order);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (!page_count(page)) {
		host_finding("double-free", "__free_pages() of a page whose reference count is zero");
		return;
	}
	if (put_page_testzero(page))
		release(page, order);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page((void *)addr), order);
}

void __folio_put(struct folio *folio)
{
	release(&folio->page, folio_order(folio));
}

void split_page(struct page *page, unsigned int order)
{
	unsigned int i;

	if (!order)
		return;
	host_pages_split(page_to_pfn(page), order);
	for (i = 1; i < 1u << order; i++)
		set_page_count(page + i, 1);
}

void *alloc_pages_exact_noprof(size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size), i;
	struct page *page = dmaf_alloc_pages(gfp & ~(__GFP_COMP | __GFP_HIGHMEM), order);

	if (!page)
		return NULL;
	split_page(page, order);
	for (i = PAGE_ALIGN(size) >> PAGE_SHIFT; i < 1u << order; i++)
		__free_pages(page + i, 0);
	return page_address(page);
}

void free_pages_exact(void *virt, size_t size)
{
	unsigned long addr = (unsigned long)virt, end = addr + PAGE_ALIGN(size);

	for (; addr < end; addr += PAGE_SIZE)
		free_pages(addr, 0);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
bool has_managed_zone(enum zone_type zone)
{
	return true;
}
#else
bool has_managed_dma(void)
{
	return true;
}
#endif

/* Boot memory: the page allocator stands from the first moment, so memblock is a thin wrapper. Never freed. */
void *__init memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min, phys_addr_t max, int nid)
{
	unsigned int zones = HOST_ZONE_NORMAL | HOST_ZONE_DMA32 | HOST_ZONE_DMA;
	long pfn;

	if (max && max <= SZ_4G)
		zones = HOST_ZONE_DMA32 | HOST_ZONE_DMA;
	else if (max == MEMBLOCK_ALLOC_ACCESSIBLE)
		zones = HOST_ZONE_DMA32;
	pfn = host_pages_alloc(get_order(max_t(phys_addr_t, size, align)), zones,
			       HOST_ALLOC_ZERO | HOST_ALLOC_NOFAIL | HOST_ALLOC_QUIET);
	return pfn < 0 ? NULL : pfn_to_virt(pfn);
}

void memblock_free(void *ptr, size_t size)
{
	host_pages_free(virt_to_pfn(ptr), get_order(size));
}

int memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
	host_pages_free(PHYS_PFN(base), get_order(size));
	return 0;
}
