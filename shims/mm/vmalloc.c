// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc() and vmap(): aliases of the arena's pages in a window of their own (harness/memory), which have an ASan
 * shadow of their own.
 *
 * Simplified: page protections are not enforced; the cache model is told of uncached areas; no huge mappings; no guard
 * page faults, the window between areas is poisoned instead.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/version.h>
#include "host.h"
#include "mm/gfp.h"

struct dmaf_area {
	struct vm_struct vm;
	bool uncached;
};

static struct vm_struct *areas;
/* Frame numbers of the area that is being made; as many as the window holds. */
static unsigned long pfns[1024];

bool is_vmalloc_addr(const void *x)
{
	return (unsigned long)x - VMALLOC_START < HOST_VMAP_SIZE;
}

int is_vmalloc_or_module_addr(const void *x)
{
	return is_vmalloc_addr(x);
}

struct vm_struct *find_vm_area(const void *addr)
{
	struct vm_struct *area;

	for (area = areas; area; area = area->next)
		if (area->addr == addr)
			return area;
	return NULL;
}

static bool uncached(pgprot_t prot)
{
	return pgprot_val(prot) & (_PAGE_UNCACHED | _PAGE_WC);
}

void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
{
	struct vm_struct *area;
	unsigned int i;

	might_sleep();
	if (count > ARRAY_SIZE(pfns))
		return NULL;
	area = kzalloc(sizeof(struct dmaf_area), GFP_KERNEL);
	if (!area)
		return NULL;
	for (i = 0; i < count; i++)
		pfns[i] = page_to_pfn(pages[i]);
	area->addr = host_vmap(pfns, count);
	if (!area->addr) {
		kfree(area);
		return NULL;
	}
	if (uncached(prot)) {
		container_of(area, struct dmaf_area, vm)->uncached = true;
		for (i = 0; i < count; i++)
			host_memory_uncached(PFN_PHYS(pfns[i]), PAGE_SIZE, 1);
	}
	area->size = (unsigned long)count << PAGE_SHIFT;
	area->flags = flags;
	area->nr_pages = count;
	area->next = areas;
	areas = area;
	if (flags & VM_MAP_PUT_PAGES)
		area->pages = pages;
	return area->addr;
}

static struct vm_struct *unlink_area(const void *addr)
{
	struct vm_struct **link, *area;
	unsigned long at;

	for (link = &areas; (area = *link); link = &area->next) {
		if (area->addr != addr)
			continue;
		*link = area->next;
		if (container_of(area, struct dmaf_area, vm)->uncached)
			for (at = 0; at < area->size; at += PAGE_SIZE)
				host_memory_uncached(PFN_PHYS(host_vmap_pfn(addr + at)), PAGE_SIZE, 0);
		host_vunmap(addr);
		return area;
	}
	host_finding("invalid-free", "vunmap() or vfree() of an address that starts no area");
	return NULL;
}

void vunmap(const void *addr)
{
	if (addr)
		kfree(unlink_area(addr));
}

static void free_area_pages(struct page **pages, unsigned int count)
{
	while (count)
		__free_pages(pages[--count], 0);
	kfree(pages);
}

void vfree(const void *addr)
{
	struct vm_struct *area;

	if (!addr)
		return;
	area = unlink_area(addr);
	if (!area)
		return;
	if (area->pages)
		free_area_pages(area->pages, area->nr_pages);
	kfree(area);
}

static void *dmaf_vmalloc(unsigned long size, gfp_t gfp)
{
	unsigned int count = PAGE_ALIGN(size) >> PAGE_SHIFT, i;
	struct page **pages;
	void *addr;

	if (!size || count > ARRAY_SIZE(pfns))
		return NULL;
	pages = kcalloc(count, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < count; i++) {
		pages[i] = alloc_pages(gfp, 0);
		if (!pages[i])
			goto fail;
	}
	addr = vmap(pages, count, VM_ALLOC | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	if (addr)
		return addr;
fail:
	free_area_pages(pages, i);
	return NULL;
}

void *__vmalloc_noprof(unsigned long size, gfp_t gfp)
{
	return dmaf_vmalloc(size, gfp);
}

void *vmalloc_noprof(unsigned long size)
{
	return dmaf_vmalloc(size, GFP_KERNEL);
}

void *vzalloc_noprof(unsigned long size)
{
	return dmaf_vmalloc(size, GFP_KERNEL | __GFP_ZERO);
}

void *vzalloc_node_noprof(unsigned long size, int node)
{
	return vzalloc_noprof(size);
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
/* What mm/util.c has for kvmalloc() when kmalloc() fails. */
void *__vmalloc_node_range_noprof(unsigned long size, unsigned long align, unsigned long start, unsigned long end,
				  gfp_t gfp, pgprot_t prot, unsigned long flags, int node, const void *caller)
{
	return dmaf_vmalloc(size, gfp);
}
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
/* Grows by moving; what is too large for its use stays as it is. */
void *vrealloc_node_align_noprof(const void *p, size_t size, unsigned long align, gfp_t gfp, int node)
{
	struct vm_struct *area = p ? find_vm_area(p) : NULL;
	void *fresh;

	if (!size) {
		vfree(p);
		return NULL;
	}
	if (area && size <= area->size)
		return (void *)p;
	if (WARN(align > PAGE_SIZE, "vrealloc: alignment %lu is more than a page", align))
		return NULL;
	fresh = dmaf_vmalloc(size, gfp);
	if (fresh && area) {
		memcpy(fresh, p, area->size);
		vfree(p);
	}
	return fresh;
}
#endif

struct page *vmalloc_to_page(const void *addr)
{
	long pfn = host_vmap_pfn(addr);

	return pfn < 0 ? NULL : pfn_to_page(pfn);
}

unsigned long vmalloc_to_pfn(const void *addr)
{
	return page_to_pfn(vmalloc_to_page(addr));
}

/* The only memory to map is the arena's, which the linear map has already. */
void *memremap(resource_size_t phys, size_t size, unsigned long flags)
{
	if (!size || !pfn_valid(PHYS_PFN(phys)) || !pfn_valid(PHYS_PFN(phys + size - 1)))
		return NULL;
	return __va(phys);
}

void memunmap(void *addr)
{
}
