// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA pools and their blocks.
 */
#include "interp.h"

void dmaf_c_pool_create(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_pool *p = &s->pool[op->h];
	size_t boundary = op->val ? BIT(op->val) : 0;

	p->kind = op->kind;
	p->size = op->len;
	if (op->kind == DMAF_POOL_MANAGED)
		p->pool = dmam_pool_create("dmafuzz", s->dev, op->len, op->off, boundary);
	else
		p->pool = dma_pool_create("dmafuzz", s->dev, op->len, op->off, boundary);
	if (!p->pool)
		r->status = -ENOMEM;
}

void dmaf_c_pool_destroy(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_pool *p = &s->pool[op->h];

	if (!p->pool) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	if (p->kind == DMAF_POOL_MANAGED)
		dmam_pool_destroy(p->pool);
	else
		dma_pool_destroy(p->pool);
	p->pool = NULL;
}

void dmaf_c_pool_alloc(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_pool *p = &s->pool[op->src];
	struct dmaf_c_blk *k = &s->blk[op->h];

	if (!p->pool) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	k->cpu = dma_pool_alloc(p->pool, dmaf_c_gfp(op), &k->dma);
	k->live = k->cpu;
	if (!k->live) {
		r->status = -ENOMEM;
		return;
	}
	k->pool = p->pool;
	k->size = p->size;
	r->cpu = k->cpu;
	dmaf_c_segment(r, k->dma, k->size);
}

/* A pool that the block is not of, if there is any. */
static struct dma_pool *another(struct dmaf_c *s, struct dma_pool *pool)
{
	unsigned int h;

	for (h = 0; h < DMAF_HANDLES; h++)
		if (s->pool[h].pool && s->pool[h].pool != pool)
			return s->pool[h].pool;
	return pool;
}

void dmaf_c_pool_free(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_blk *k = &s->blk[op->h];

	if (!dmaf_c_usable(op, k->live)) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	k->live = false;
	dma_pool_free(op->flags & DMAF_F_WRONG_CALL ? another(s, k->pool) : k->pool, k->cpu, k->dma);
}
