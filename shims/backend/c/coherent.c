// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the DMA API allocates: coherent, write-combined, managed, and the kinds that want syncs.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include "interp.h"

static void alloc_noncontiguous(struct dmaf_c *s, struct dmaf_c_coh *c, gfp_t gfp)
{
	c->sgt = dma_alloc_noncontiguous(s->dev, c->len, c->dir, gfp, c->attrs);
	if (!c->sgt)
		return;
	c->cpu = dma_vmap_noncontiguous(s->dev, c->len, c->sgt);
	if (!c->cpu)
		dma_free_noncontiguous(s->dev, c->len, c->sgt, c->dir);
}

void dmaf_c_coh_alloc(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_coh *c = &s->coh[op->h];
	gfp_t gfp = dmaf_c_gfp(op);
	struct scatterlist *entry;
	int i;

	memset(c, 0, sizeof(*c));
	c->kind = op->kind;
	c->dir = op->dir;
	c->len = op->len;
	c->attrs = dmaf_c_attrs(op);
	switch (op->kind) {
	case DMAF_COH_COHERENT:
		c->cpu = dma_alloc_attrs(s->dev, op->len, &c->dma, gfp, c->attrs);
		break;
	case DMAF_COH_WC:
		c->cpu = dma_alloc_wc(s->dev, op->len, &c->dma, gfp);
		break;
	case DMAF_COH_MANAGED:
		c->cpu = dmam_alloc_attrs(s->dev, op->len, &c->dma, gfp, c->attrs);
		break;
	case DMAF_COH_PAGES:
		c->page = dma_alloc_pages(s->dev, op->len, &c->dma, c->dir, gfp);
		c->cpu = c->page ? page_address(c->page) : NULL;
		break;
	case DMAF_COH_NONCOHERENT:
		c->cpu = dma_alloc_noncoherent(s->dev, op->len, &c->dma, c->dir, gfp);
		break;
	case DMAF_COH_NONCONTIGUOUS:
		alloc_noncontiguous(s, c, gfp);
		break;
	}
	if (!c->cpu) {
		r->status = -ENOMEM;
		return;
	}
	c->live = true;
	r->cpu = c->cpu;
	if (op->kind == DMAF_COH_NONCONTIGUOUS) {
		for_each_sgtable_dma_sg (c->sgt, entry, i)
			dmaf_c_segment(r, sg_dma_address(entry), sg_dma_len(entry));
	} else {
		dmaf_c_segment(r, c->dma, c->len);
	}
	/* With NO_KERNEL_MAPPING the address is a cookie that nobody may follow. */
	if (c->attrs & DMA_ATTR_NO_KERNEL_MAPPING)
		r->cpu = NULL;
}

void dmaf_c_coh_free(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_coh *c = &s->coh[op->h];
	size_t len = op->flags & DMAF_F_WRONG_SIZE ? c->len / 2 : c->len;
	struct device *dev = dmaf_c_dev(s, op);

	if (!dmaf_c_usable(op, c->live)) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	c->live = false;
	switch (c->kind) {
	case DMAF_COH_COHERENT:
		dma_free_attrs(dev, len, c->cpu, c->dma, c->attrs);
		break;
	case DMAF_COH_WC:
		dma_free_wc(dev, len, c->cpu, c->dma);
		break;
	case DMAF_COH_MANAGED:
		dmam_free_coherent(dev, len, c->cpu, c->dma);
		break;
	case DMAF_COH_PAGES:
		dma_free_pages(dev, len, c->page, c->dma, c->dir);
		break;
	case DMAF_COH_NONCOHERENT:
		dma_free_noncoherent(dev, len, c->cpu, c->dma, c->dir);
		break;
	case DMAF_COH_NONCONTIGUOUS:
		dma_vunmap_noncontiguous(dev, c->cpu);
		dma_free_noncontiguous(dev, len, c->sgt, c->dir);
		break;
	}
}

void dmaf_c_sync_coh(struct dmaf_c *s, struct dmaf_c_coh *c, const struct dmaf_op *op, bool cpu)
{
	if (c->kind == DMAF_COH_NONCONTIGUOUS) {
		if (cpu) {
			dma_sync_sgtable_for_cpu(s->dev, c->sgt, c->dir);
			invalidate_kernel_vmap_range(c->cpu, c->len);
		} else {
			flush_kernel_vmap_range(c->cpu, c->len);
			dma_sync_sgtable_for_device(s->dev, c->sgt, c->dir);
		}
	} else if (cpu) {
		dma_sync_single_for_cpu(s->dev, c->dma + op->off, op->len, c->dir);
	} else {
		dma_sync_single_for_device(s->dev, c->dma + op->off, op->len, c->dir);
	}
}

void dmaf_c_coh_sgtable(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_coh *c = &s->coh[op->h];
	struct scatterlist *entry;
	struct sg_table sgt;
	int i;

	if (!c->live || c->kind >= DMAF_COH_PAGES) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	r->status = dma_get_sgtable_attrs(s->dev, &sgt, c->cpu, c->dma, c->len, c->attrs);
	if (r->status)
		return;
	r->value = sgt.orig_nents;
	/* Physical, not DMA: the entries are not mapped. */
	for_each_sgtable_sg (&sgt, entry, i)
		dmaf_c_segment(r, sg_phys(entry), entry->length);
	sg_free_table(&sgt);
}
