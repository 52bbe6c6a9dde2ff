// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An example of a backend (docs/adding-a-wrapper.md): a wrapper that knows coherent memory and nothing else.
 *
 * The wrapper comes first, as if it were somebody's; what makes a backend of it follows.
 */
#include <linux/dma-mapping.h>
#include <linux/string.h>
#include "backend/backend.h"
#include "backend/example/example.h"

/* ---- the wrapper ---- */

struct shared_buffer {
	struct device *dev;
	void *cpu;
	dma_addr_t dma;
	size_t len;
};

static int shared_buffer_make(struct shared_buffer *b, struct device *dev, size_t len, gfp_t gfp)
{
	b->cpu = dma_alloc_coherent(dev, len, &b->dma, gfp);
	if (!b->cpu)
		return -ENOMEM;
	b->dev = dev;
	b->len = len;
	return 0;
}

static void shared_buffer_drop(struct shared_buffer *b)
{
	dma_free_coherent(b->dev, b->len, b->cpu, b->dma);
	b->cpu = NULL;
}

/* What it refuses at run time: accesses beyond the end. */
static int shared_buffer_write(struct shared_buffer *b, size_t at, const void *from, size_t n)
{
	if (at > b->len || n > b->len - at)
		return -ERANGE;
	memcpy(b->cpu + at, from, n);
	return 0;
}

static int shared_buffer_read(struct shared_buffer *b, size_t at, void *to, size_t n)
{
	if (at > b->len || n > b->len - at)
		return -ERANGE;
	memcpy(to, b->cpu + at, n);
	return 0;
}

/* ---- the backend ---- */

struct state {
	struct device *dev;
	struct shared_buffer buffers[DMAF_HANDLES];
	struct dmaf_segment segment;
};

static void begin(void *memory, void *dev, const struct dmaf_config *config)
{
	struct state *s = memory;

	s->dev = dev;
}

static void make(struct state *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct shared_buffer *b = &s->buffers[op->h];

	/* Coherent memory without attributes is all that there is a function for. */
	if (op->kind != DMAF_COH_COHERENT || op->attrs || op->flags & DMAF_F_ATOMIC) {
		r->status = DMAF_ST_NOT_OFFERED;
		return;
	}
	r->status = shared_buffer_make(b, s->dev, op->len, GFP_KERNEL | __GFP_NOWARN);
	if (r->status)
		return;
	r->cpu = b->cpu;
	s->segment.dma = b->dma;
	s->segment.len = b->len;
	r->seg = &s->segment;
	r->nseg = 1;
}

static void drop(struct state *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	/* shared_buffer_drop() takes neither a size nor a device: nobody can say a wrong one. */
	if (op->flags & (DMAF_F_WRONG_SIZE | DMAF_F_WRONG_DEV))
		r->status = DMAF_ST_REFUSED_BY_TYPE;
	else if (!s->buffers[op->h].cpu)
		r->status = DMAF_ST_DEAD_HANDLE;
	else
		shared_buffer_drop(&s->buffers[op->h]);
}

static void fill(struct state *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	u8 chunk[256];
	u32 done, n;

	for (done = 0; done < op->len && !r->status; done += n) {
		n = min_t(u32, op->len - done, sizeof(chunk));
		dmaf_pattern_bytes(chunk, op->val, op->off + done, n);
		r->status = shared_buffer_write(&s->buffers[op->h], op->off + done, chunk, n);
	}
}

static void exec(void *memory, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct state *s = memory;
	bool access = (op->code == DMAF_OP_FILL || op->code == DMAF_OP_CHECK) && op->cls == DMAF_COH;

	if (access && !s->buffers[op->h].cpu)
		r->status = DMAF_ST_DEAD_HANDLE;
	else if (op->code == DMAF_OP_COH_ALLOC)
		make(s, op, r);
	else if (op->code == DMAF_OP_COH_FREE)
		drop(s, op, r);
	else if (access && op->code == DMAF_OP_FILL)
		fill(s, op, r);
	else if (access)
		r->status = shared_buffer_read(&s->buffers[op->h], op->off, r->bytes, op->len);
	else
		r->status = DMAF_ST_NOT_OFFERED;
}

static void end(void *memory)
{
}

const struct dmaf_backend dmaf_backend_example = {
	.abi = DMAF_ABI,
	.state_size = sizeof(struct state),
	.name = "example",
	.begin = begin,
	.exec = exec,
	.end = end,
};
