// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * dmaxx in C: lists. See dmaxx/capi.h.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>
#include "cxx/capi_internal.h"

static_assert(sizeof(struct dmaxx_table) == sizeof(struct sg_append_table));
static_assert(offsetof(struct dmaxx_table, nents) == offsetof(struct sg_append_table, sgt.nents));
static_assert(offsetof(struct dmaxx_table, orig_nents) == offsetof(struct sg_append_table, sgt.orig_nents));
static_assert(offsetof(struct dmaxx_table, last) == offsetof(struct sg_append_table, prv));
static_assert(offsetof(struct dmaxx_table, total) == offsetof(struct sg_append_table, total_nents));

static struct sg_append_table *append(struct dmaxx_table *t)
{
	return (struct sg_append_table *)t;
}

static struct sg_table *table(struct dmaxx_table *t)
{
	return &append(t)->sgt;
}

int dmaxx_sg_alloc(struct dmaxx_table *t, unsigned int count, unsigned int gfp)
{
	return sg_alloc_table(table(t), count, dmaxx_gfp(gfp));
}

int dmaxx_sg_from_pages(struct dmaxx_table *t, struct page **pages, unsigned int count, unsigned int offset,
			dmaxx_size size, unsigned int max_segment, unsigned int gfp)
{
	return sg_alloc_table_from_pages_segment(table(t), pages, count, offset, size, max_segment, dmaxx_gfp(gfp));
}

int dmaxx_sg_append(struct dmaxx_table *t, struct page **pages, unsigned int count, unsigned int offset,
		    dmaxx_size size, unsigned int max_segment, unsigned int left, unsigned int gfp)
{
	return sg_alloc_append_table_from_pages(append(t), pages, count, offset, size, max_segment, left,
						dmaxx_gfp(gfp));
}

void dmaxx_sg_free(struct dmaxx_table *t)
{
	sg_free_table(table(t));
}

void dmaxx_sg_free_append(struct dmaxx_table *t)
{
	sg_free_append_table(append(t));
}

struct scatterlist *dmaxx_sg_next(struct scatterlist *entry)
{
	return sg_next(entry);
}

void dmaxx_sg_set(struct scatterlist *entry, void *cpu, unsigned int len)
{
	sg_set_page(entry, virt_to_page(cpu), len, offset_in_page(cpu));
}

void dmaxx_sg_set_vmalloc(struct scatterlist *entry, void *cpu, unsigned int len)
{
	sg_set_page(entry, vmalloc_to_page(cpu), len, offset_in_page(cpu));
}

dmaxx_u64 dmaxx_sg_dma(struct scatterlist *entry, dmaxx_size *len)
{
	*len = sg_dma_len(entry);
	return sg_dma_address(entry);
}

dmaxx_u64 dmaxx_sg_phys(struct scatterlist *entry, dmaxx_size *len)
{
	*len = entry->length;
	return sg_phys(entry);
}

dmaxx_size dmaxx_sg_copy_in(struct dmaxx_table *t, const void *from, dmaxx_size len, dmaxx_size at)
{
	return sg_pcopy_from_buffer(t->entries, t->orig_nents, from, len, at);
}

dmaxx_size dmaxx_sg_copy_out(struct dmaxx_table *t, void *to, dmaxx_size len, dmaxx_size at)
{
	return sg_pcopy_to_buffer(t->entries, t->orig_nents, to, len, at);
}

int dmaxx_map_sgtable(struct device *dev, struct dmaxx_table *t, int dir, unsigned long attrs)
{
	return dma_map_sgtable(dev, table(t), dir, attrs);
}

void dmaxx_unmap_sgtable(struct device *dev, struct dmaxx_table *t, int dir, unsigned long attrs)
{
	dma_unmap_sgtable(dev, table(t), dir, attrs);
}

void dmaxx_sync_sgtable_for_cpu(struct device *dev, struct dmaxx_table *t, int dir)
{
	dma_sync_sgtable_for_cpu(dev, table(t), dir);
}

void dmaxx_sync_sgtable_for_device(struct device *dev, struct dmaxx_table *t, int dir)
{
	dma_sync_sgtable_for_device(dev, table(t), dir);
}

unsigned int dmaxx_map_sg(struct device *dev, struct dmaxx_table *t, int dir, unsigned long attrs)
{
	return dma_map_sg_attrs(dev, t->entries, t->orig_nents, dir, attrs);
}

void dmaxx_unmap_sg(struct device *dev, struct dmaxx_table *t, int dir, unsigned long attrs)
{
	dma_unmap_sg_attrs(dev, t->entries, t->orig_nents, dir, attrs);
}

void dmaxx_sync_sg_for_cpu(struct device *dev, struct dmaxx_table *t, int dir)
{
	dma_sync_sg_for_cpu(dev, t->entries, t->orig_nents, dir);
}

void dmaxx_sync_sg_for_device(struct device *dev, struct dmaxx_table *t, int dir)
{
	dma_sync_sg_for_device(dev, t->entries, t->orig_nents, dir);
}
