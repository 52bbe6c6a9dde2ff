// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scatterlists: built in each way that the kernel offers, mapped as a list or as a table.
 */
#include <linux/mm.h>
#include "interp.h"

/* Entries of an array of the chained kind; the last one of an array links to the next. */
#define CHUNK 4

static struct sg_table *table(struct dmaf_c_sg *sg)
{
	return &sg->append.sgt;
}

void dmaf_c_free_chain(struct dmaf_c_sg *sg)
{
	while (sg->chunk_count)
		kfree(sg->chunks[--sg->chunk_count]);
	kfree(sg->chunks);
}

int dmaf_c_build_chain(struct dmaf_c_sg *sg, u32 count, gfp_t gfp)
{
	u32 chunks = count <= CHUNK ? 1 : DIV_ROUND_UP(count - 1, CHUNK - 1), left = count, i;

	sg->chunks = kcalloc(chunks, sizeof(*sg->chunks), gfp);
	if (!sg->chunks)
		return -ENOMEM;
	for (i = 0; i < chunks; i++) {
		/* The last array has all that is left, the others three entries and a link. */
		u32 n = i + 1 == chunks ? left : CHUNK;

		sg->chunks[i] = kcalloc(n, sizeof(struct scatterlist), gfp);
		if (!sg->chunks[i]) {
			dmaf_c_free_chain(sg);
			return -ENOMEM;
		}
		sg->chunk_count++;
		sg_init_table(sg->chunks[i], n);
		if (i)
			sg_chain(sg->chunks[i - 1], CHUNK, sg->chunks[i]);
		left -= n - (i + 1 != chunks);
	}
	table(sg)->sgl = sg->chunks[0];
	table(sg)->nents = count;
	table(sg)->orig_nents = count;
	return 0;
}

static void set_entries(struct dmaf_c_sg *sg, struct dmaf_c_buf *b, const struct dmaf_op *op)
{
	struct scatterlist *entry;
	u32 off = op->off;
	int i;

	for_each_sg (table(sg)->sgl, entry, op->val, i) {
		sg_set_page(entry, dmaf_c_page(b, off), op->len, offset_in_page(b->cpu + off));
		off += op->len + op->gap;
	}
}

struct page **dmaf_c_page_array(struct dmaf_c_buf *b, const struct dmaf_op *op, gfp_t gfp, u32 *count, u32 *first)
{
	struct page **pages;
	u32 i;

	*first = offset_in_page(b->cpu + op->off);
	*count = DIV_ROUND_UP(*first + op->val * op->len, PAGE_SIZE);
	pages = kcalloc(*count, sizeof(*pages), gfp);
	for (i = 0; pages && i < *count; i++)
		pages[i] = dmaf_c_page(b, i ? op->off - *first + i * PAGE_SIZE : op->off);
	return pages;
}

/* One range of val * len bytes, cut where pages are not side by side and at len rounded up to pages. */
static int build_from_pages(struct dmaf_c_sg *sg, struct dmaf_c_buf *b, const struct dmaf_op *op, gfp_t gfp)
{
	u32 size = op->val * op->len, first, count, half;
	u32 limit = round_up(op->len, PAGE_SIZE);
	struct page **pages;
	int ret;

	pages = dmaf_c_page_array(b, op, gfp, &count, &first);
	if (!pages)
		return -ENOMEM;
	if (op->kind == DMAF_SG_FROM_PAGES) {
		ret = sg_alloc_table_from_pages_segment(table(sg), pages, count, first, size, limit, gfp);
	} else {
		half = count / 2;
		ret = 0;
		if (half)
			ret = sg_alloc_append_table_from_pages(&sg->append, pages, half, first,
							       half * PAGE_SIZE - first, limit, count - half, gfp);
		if (!ret)
			ret = sg_alloc_append_table_from_pages(
				&sg->append, pages + half, count - half, half ? 0 : first,
				half ? size - (half * PAGE_SIZE - first) : size, limit, 0, gfp);
		if (ret)
			sg_free_append_table(&sg->append);
	}
	kfree(pages);
	return ret;
}

void dmaf_c_sg_alloc(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_buf *b = &s->buf[op->src];
	struct dmaf_c_sg *sg = &s->sg[op->h];
	gfp_t gfp = dmaf_c_gfp(op) & ~__GFP_ZERO;

	if (!b->live) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	memset(sg, 0, sizeof(*sg));
	sg->kind = op->kind;
	switch (op->kind) {
	case DMAF_SG_TABLE:
		r->status = sg_alloc_table(table(sg), op->val, gfp);
		if (!r->status)
			set_entries(sg, b, op);
		break;
	case DMAF_SG_CHAINED:
		r->status = dmaf_c_build_chain(sg, op->val, gfp);
		if (!r->status)
			set_entries(sg, b, op);
		break;
	default:
		r->status = build_from_pages(sg, b, op, gfp);
		break;
	}
	sg->live = !r->status;
	if (sg->live)
		r->value = table(sg)->orig_nents;
}

void dmaf_c_sg_map(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_sg *sg = &s->sg[op->h];
	struct scatterlist *entry;
	int i, count;

	if (!sg->live) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	sg->map_kind = op->kind;
	sg->dir = op->dir;
	sg->attrs = dmaf_c_attrs(op);
	if (op->kind == DMAF_SG_MAP_SGTABLE) {
		r->status = dma_map_sgtable(s->dev, table(sg), sg->dir, sg->attrs);
		count = table(sg)->nents;
	} else {
		count = dma_map_sg_attrs(s->dev, table(sg)->sgl, table(sg)->orig_nents, sg->dir, sg->attrs);
		r->status = count ? 0 : -EIO;
	}
	if (r->status)
		return;
	sg->mapped = count;
	for_each_sg (table(sg)->sgl, entry, count, i)
		dmaf_c_segment(r, sg_dma_address(entry), sg_dma_len(entry));
}

void dmaf_c_sg_unmap(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_sg *sg = &s->sg[op->h];
	enum dma_data_direction dir = dmaf_c_dir(op, sg->dir);
	unsigned int nents = table(sg)->orig_nents;
	struct device *dev = dmaf_c_dev(s, op);

	if (!dmaf_c_usable(op, sg->live)) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	if (op->flags & DMAF_F_WRONG_SIZE)
		nents = nents / 2;
	if (sg->map_kind == DMAF_SG_MAP_SGTABLE && !(op->flags & (DMAF_F_WRONG_SIZE | DMAF_F_WRONG_DIR)))
		dma_unmap_sgtable(dev, table(sg), dir, dmaf_c_attrs(op));
	else
		dma_unmap_sg_attrs(dev, table(sg)->sgl, nents, dir, dmaf_c_attrs(op));
	sg->mapped = 0;
}

void dmaf_c_sg_free(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_sg *sg = &s->sg[op->h];

	if (!sg->live) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	sg->live = false;
	if (sg->kind == DMAF_SG_CHAINED)
		dmaf_c_free_chain(sg);
	else if (sg->kind == DMAF_SG_APPEND)
		sg_free_append_table(&sg->append);
	else
		sg_free_table(table(sg));
}

void dmaf_c_sync_sg(struct dmaf_c *s, struct dmaf_c_sg *sg, bool cpu)
{
	if (sg->map_kind == DMAF_SG_MAP_SGTABLE) {
		if (cpu)
			dma_sync_sgtable_for_cpu(s->dev, table(sg), sg->dir);
		else
			dma_sync_sgtable_for_device(s->dev, table(sg), sg->dir);
	} else if (cpu) {
		dma_sync_sg_for_cpu(s->dev, table(sg)->sgl, table(sg)->orig_nents, sg->dir);
	} else {
		dma_sync_sg_for_device(s->dev, table(sg)->sgl, table(sg)->orig_nents, sg->dir);
	}
}
