// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backend `cxx`: DMA programs through dmaxx. Its table, and what a driver does besides DMA: its buffers and arrays are
 * those of backend `c`, so that the same program has the same memory.
 */
#include <linux/irqflags.h>
#include "backend/c/interp.h"
#include "backend/cxx/cxx.h"
#include "backend/cxx/driver.h"

struct whole {
	struct dmaf_c c;
	char cxx[DMAF_CXX_STATE_SIZE] __aligned(16);
};

void dmaf_cxx_find_buffer(struct dmaf_c *c, unsigned int h, struct dmaf_cxx_buffer *out)
{
	struct dmaf_c_buf *b = &c->buf[h];

	out->cpu = b->cpu;
	out->phys = b->phys;
	out->len = b->len;
	out->kind = b->kind;
	out->live = b->live;
}

void dmaf_cxx_plain(struct dmaf_c *c, const struct dmaf_op *op, struct dmaf_result *result)
{
	static dmaf_c_op *const ops[DMAF_OP_COUNT] = {
		[DMAF_OP_ALLOC] = dmaf_c_alloc, [DMAF_OP_FREE] = dmaf_c_free,	  [DMAF_OP_FILL] = dmaf_c_fill,
		[DMAF_OP_CHECK] = dmaf_c_check, [DMAF_OP_UNBIND] = dmaf_c_unbind, [DMAF_OP_BIND] = dmaf_c_bind,
	};

	ops[op->code](c, op, result);
}

struct page **dmaf_cxx_pages(struct dmaf_c *c, const struct dmaf_op *op, unsigned int *count, unsigned int *offset)
{
	return dmaf_c_page_array(&c->buf[op->src], op, dmaf_c_gfp(op) & ~__GFP_ZERO, count, offset);
}

void dmaf_cxx_forget_pages(struct page **pages)
{
	kfree(pages);
}

struct scatterlist *dmaf_cxx_chain(struct dmaf_c *c, const struct dmaf_op *op)
{
	struct dmaf_c_sg *sg = &c->sg[op->h];

	memset(sg, 0, sizeof(*sg));
	if (dmaf_c_build_chain(sg, op->val, dmaf_c_gfp(op) & ~__GFP_ZERO))
		return NULL;
	return sg->chunks[0];
}

void dmaf_cxx_free_chain(struct dmaf_c *c, unsigned int h)
{
	dmaf_c_free_chain(&c->sg[h]);
}

static void begin(void *state, void *dev, const struct dmaf_config *config)
{
	struct whole *w = state;

	w->c.dev = dev;
	dmaf_cxx_begin(w->cxx, dev, &w->c);
}

static void exec(void *state, const struct dmaf_op *op, struct dmaf_result *result)
{
	struct whole *w = state;
	unsigned long flags;

	if (op->flags & DMAF_F_ATOMIC) {
		local_irq_save(flags);
		dmaf_cxx_exec(w->cxx, op, result);
		local_irq_restore(flags);
	} else {
		dmaf_cxx_exec(w->cxx, op, result);
	}
}

static void end(void *state)
{
	struct whole *w = state;

	dmaf_cxx_drop(w->cxx);
}

const struct dmaf_backend dmaf_backend_cxx = {
	.abi = DMAF_ABI,
	.state_size = sizeof(struct whole),
	.name = "cxx",
	.begin = begin,
	.exec = exec,
	.end = end,
};
