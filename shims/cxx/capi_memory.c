// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * dmaxx in C: memory that the DMA API allocates, and pools of it. See dmaxx/capi.h.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include "cxx/capi_internal.h"

static_assert(sizeof(dma_addr_t) == sizeof(dmaxx_u64));

static dma_addr_t *addr(dmaxx_u64 *dma)
{
	return (dma_addr_t *)dma;
}

void *dmaxx_alloc(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, unsigned int gfp, unsigned long attrs)
{
	return dma_alloc_attrs(dev, len, addr(dma), dmaxx_gfp(gfp), attrs);
}

void dmaxx_free(struct device *dev, dmaxx_size len, void *cpu, dmaxx_u64 dma, unsigned long attrs)
{
	dma_free_attrs(dev, len, cpu, dma, attrs);
}

void *dmaxx_alloc_wc(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, unsigned int gfp)
{
	return dma_alloc_wc(dev, len, addr(dma), dmaxx_gfp(gfp));
}

void dmaxx_free_wc(struct device *dev, dmaxx_size len, void *cpu, dmaxx_u64 dma)
{
	dma_free_wc(dev, len, cpu, dma);
}

void *dmaxx_alloc_managed(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, unsigned int gfp, unsigned long attrs)
{
	return dmam_alloc_attrs(dev, len, addr(dma), dmaxx_gfp(gfp), attrs);
}

void dmaxx_free_managed(struct device *dev, dmaxx_size len, void *cpu, dmaxx_u64 dma)
{
	dmam_free_coherent(dev, len, cpu, dma);
}

struct page *dmaxx_alloc_pages(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, int dir, unsigned int gfp)
{
	return dma_alloc_pages(dev, len, addr(dma), dir, dmaxx_gfp(gfp));
}

void *dmaxx_page_cpu(struct page *page)
{
	return page_address(page);
}

void dmaxx_free_pages(struct device *dev, dmaxx_size len, struct page *page, dmaxx_u64 dma, int dir)
{
	dma_free_pages(dev, len, page, dma, dir);
}

void *dmaxx_alloc_noncoherent(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, int dir, unsigned int gfp)
{
	return dma_alloc_noncoherent(dev, len, addr(dma), dir, dmaxx_gfp(gfp));
}

void dmaxx_free_noncoherent(struct device *dev, dmaxx_size len, void *cpu, dmaxx_u64 dma, int dir)
{
	dma_free_noncoherent(dev, len, cpu, dma, dir);
}

void *dmaxx_alloc_noncontiguous(struct device *dev, dmaxx_size len, void **table, int dir, unsigned int gfp,
				unsigned long attrs)
{
	struct sg_table *sgt = dma_alloc_noncontiguous(dev, len, dir, dmaxx_gfp(gfp), attrs);
	void *cpu;

	if (!sgt)
		return NULL;
	cpu = dma_vmap_noncontiguous(dev, len, sgt);
	if (!cpu) {
		dma_free_noncontiguous(dev, len, sgt, dir);
		return NULL;
	}
	*table = sgt;
	return cpu;
}

void dmaxx_free_noncontiguous(struct device *dev, dmaxx_size len, void *cpu, void *table, int dir)
{
	dma_vunmap_noncontiguous(dev, cpu);
	dma_free_noncontiguous(dev, len, table, dir);
}

dmaxx_u64 dmaxx_noncontiguous_dma(void *table, dmaxx_size *len)
{
	struct sg_table *sgt = table;

	*len = sg_dma_len(sgt->sgl);
	return sg_dma_address(sgt->sgl);
}

void dmaxx_sync_noncontiguous_for_cpu(struct device *dev, void *table, void *cpu, dmaxx_size len, int dir)
{
	dma_sync_sgtable_for_cpu(dev, table, dir);
	invalidate_kernel_vmap_range(cpu, len);
}

void dmaxx_sync_noncontiguous_for_device(struct device *dev, void *table, void *cpu, dmaxx_size len, int dir)
{
	flush_kernel_vmap_range(cpu, len);
	dma_sync_sgtable_for_device(dev, table, dir);
}

int dmaxx_export(struct device *dev, struct dmaxx_table *t, void *cpu, dmaxx_u64 dma, dmaxx_size len,
		 unsigned long attrs)
{
	return dma_get_sgtable_attrs(dev, (struct sg_table *)t, cpu, dma, len, attrs);
}

struct dma_pool *dmaxx_pool_create(const char *name, struct device *dev, dmaxx_size size, dmaxx_size align,
				   dmaxx_size boundary)
{
	return dma_pool_create(name, dev, size, align, boundary);
}

struct dma_pool *dmaxx_pool_create_managed(const char *name, struct device *dev, dmaxx_size size, dmaxx_size align,
					   dmaxx_size boundary)
{
	return dmam_pool_create(name, dev, size, align, boundary);
}

void dmaxx_pool_destroy(struct dma_pool *pool)
{
	dma_pool_destroy(pool);
}

void dmaxx_pool_destroy_managed(struct dma_pool *pool)
{
	dmam_pool_destroy(pool);
}

void *dmaxx_pool_alloc(struct dma_pool *pool, dmaxx_u64 *dma, unsigned int gfp)
{
	return dma_pool_alloc(pool, dmaxx_gfp(gfp), addr(dma));
}

void dmaxx_pool_free(struct dma_pool *pool, void *cpu, dmaxx_u64 dma)
{
	dma_pool_free(pool, cpu, dma);
}
