// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streaming mappings of one range, through each function that makes one.
 */
#include <linux/mm.h>
#include "interp.h"

/* The page of the first mapped byte, as the caller finds it. */
static struct page *page_of(const struct dmaf_c_buf *b, const struct dmaf_op *op)
{
	return op->flags & DMAF_F_WRONG_CALL ? virt_to_page(b->cpu + op->off) : dmaf_c_page(b, op->off);
}

static phys_addr_t phys_of(const struct dmaf_c_buf *b, const struct dmaf_op *op)
{
	if (b->kind == DMAF_ALLOC_RESOURCE)
		return b->phys + op->off;
	return page_to_phys(page_of(b, op)) + offset_in_page(b->cpu + op->off);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
/* The two-step API: an IOVA range first, then memory linked into it. */
static int map_iova(struct dmaf_c *s, struct dmaf_c_map *m, phys_addr_t phys)
{
	int ret;

	if (!dma_iova_try_alloc(s->dev, &m->iova, phys, m->len))
		return DMAF_ST_NOT_OFFERED;
	ret = dma_iova_link(s->dev, &m->iova, phys, 0, m->len, m->dir, m->attrs);
	if (ret) {
		dma_iova_free(s->dev, &m->iova);
		return ret;
	}
	ret = dma_iova_sync(s->dev, &m->iova, 0, m->len);
	if (ret) {
		dma_iova_destroy(s->dev, &m->iova, m->len, m->dir, m->attrs);
		return ret;
	}
	m->dma = m->iova.addr;
	return 0;
}
#else
static int map_iova(struct dmaf_c *s, struct dmaf_c_map *m, phys_addr_t phys)
{
	return DMAF_ST_NOT_OFFERED;
}
#endif

void dmaf_c_map(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_buf *b = &s->buf[op->src];
	struct dmaf_c_map *m = &s->map[op->h];
	enum dma_data_direction dir = op->dir;
	u8 on_stack[256];

	if (!dmaf_c_usable(op, b->live)) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	memset(m, 0, sizeof(*m));
	m->len = op->len;
	m->kind = op->kind;
	m->dir = op->dir;
	m->attrs = dmaf_c_attrs(op);
	m->cpu = b->cpu ? b->cpu + op->off : NULL;
	if (b->kind == DMAF_ALLOC_STACK)
		m->cpu = on_stack + op->off % sizeof(on_stack);
	switch (op->kind) {
	case DMAF_MAP_SINGLE:
		m->dma = dma_map_single_attrs(s->dev, m->cpu, op->len, dir, m->attrs);
		break;
	case DMAF_MAP_PHYS:
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
		m->dma = dma_map_phys(s->dev, phys_of(b, op), op->len, dir, m->attrs);
		break;
#endif
	case DMAF_MAP_PAGE:
		m->dma = dma_map_page_attrs(s->dev, page_of(b, op), offset_in_page(m->cpu), op->len, dir, m->attrs);
		break;
	case DMAF_MAP_RESOURCE:
		m->dma = dma_map_resource(s->dev, phys_of(b, op), op->len, dir, m->attrs);
		break;
	case DMAF_MAP_IOVA:
		r->status = map_iova(s, m, phys_of(b, op));
		if (r->status)
			return;
		goto mapped;
	}
	if (!(op->flags & DMAF_F_UNCHECKED) && dma_mapping_error(s->dev, m->dma)) {
		r->status = -ENOMEM;
		return;
	}
mapped:
	m->live = true;
	dmaf_c_segment(r, m->dma, m->len);
}

void dmaf_c_unmap(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_map *m = &s->map[op->h];
	enum dma_data_direction dir = dmaf_c_dir(op, m->dir);
	unsigned long attrs = dmaf_c_attrs(op);
	size_t len = op->flags & DMAF_F_WRONG_SIZE ? m->len / 2 : m->len;
	struct device *dev = dmaf_c_dev(s, op);
	u8 kind = m->kind;

	if (!dmaf_c_usable(op, m->live)) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	m->live = false;
	if (op->flags & DMAF_F_WRONG_CALL)
		kind = kind == DMAF_MAP_RESOURCE ? DMAF_MAP_PAGE : DMAF_MAP_RESOURCE;
	switch (kind) {
	case DMAF_MAP_SINGLE:
		dma_unmap_single_attrs(dev, m->dma, len, dir, attrs);
		break;
	case DMAF_MAP_PHYS:
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
		dma_unmap_phys(dev, m->dma, len, dir, attrs);
		break;
#endif
	case DMAF_MAP_PAGE:
		dma_unmap_page_attrs(dev, m->dma, len, dir, attrs);
		break;
	case DMAF_MAP_RESOURCE:
		dma_unmap_resource(dev, m->dma, len, dir, attrs);
		break;
	case DMAF_MAP_IOVA:
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
		dma_iova_destroy(dev, &m->iova, len, dir, attrs);
#endif
		break;
	}
}

static void sync_map(struct dmaf_c *s, struct dmaf_c_map *m, const struct dmaf_op *op, bool cpu)
{
	enum dma_data_direction dir = dmaf_c_dir(op, m->dir);

	if (op->kind == DMAF_SYNC_RANGE) {
		if (cpu)
			dma_sync_single_range_for_cpu(s->dev, m->dma, op->off, op->len, dir);
		else
			dma_sync_single_range_for_device(s->dev, m->dma, op->off, op->len, dir);
	} else if (cpu) {
		dma_sync_single_for_cpu(s->dev, m->dma + op->off, op->len, dir);
	} else {
		dma_sync_single_for_device(s->dev, m->dma + op->off, op->len, dir);
	}
}

static void sync(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r, bool cpu)
{
	switch (op->cls) {
	case DMAF_MAP:
		if (!dmaf_c_usable(op, s->map[op->h].live))
			break;
		sync_map(s, &s->map[op->h], op, cpu);
		return;
	case DMAF_SG:
		if (!dmaf_c_usable(op, s->sg[op->h].live))
			break;
		dmaf_c_sync_sg(s, &s->sg[op->h], cpu);
		return;
	case DMAF_COH:
		if (!dmaf_c_usable(op, s->coh[op->h].live))
			break;
		dmaf_c_sync_coh(s, &s->coh[op->h], op, cpu);
		return;
	}
	r->status = DMAF_ST_DEAD_HANDLE;
}

void dmaf_c_sync_cpu(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	sync(s, op, r, true);
}

void dmaf_c_sync_dev(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	sync(s, op, r, false);
}
