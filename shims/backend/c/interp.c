// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interpreter: one operation of a DMA program to one function. Atomic operations run with interrupts off.
 */
#include <linux/irqflags.h>
#include "interp.h"

struct dmaf_segment dmaf_c_segments[DMAF_SG_MAX];

/* Operations of the device and of the world around are not the driver's: the harness does them. */
static dmaf_c_op *const ops[DMAF_OP_COUNT] = {
	[DMAF_OP_ALLOC] = dmaf_c_alloc,
	[DMAF_OP_FREE] = dmaf_c_free,
	[DMAF_OP_FILL] = dmaf_c_fill,
	[DMAF_OP_CHECK] = dmaf_c_check,
	[DMAF_OP_MAP] = dmaf_c_map,
	[DMAF_OP_UNMAP] = dmaf_c_unmap,
	[DMAF_OP_SYNC_CPU] = dmaf_c_sync_cpu,
	[DMAF_OP_SYNC_DEV] = dmaf_c_sync_dev,
	[DMAF_OP_SG_ALLOC] = dmaf_c_sg_alloc,
	[DMAF_OP_SG_MAP] = dmaf_c_sg_map,
	[DMAF_OP_SG_UNMAP] = dmaf_c_sg_unmap,
	[DMAF_OP_SG_FREE] = dmaf_c_sg_free,
	[DMAF_OP_COH_ALLOC] = dmaf_c_coh_alloc,
	[DMAF_OP_COH_FREE] = dmaf_c_coh_free,
	[DMAF_OP_COH_SGTABLE] = dmaf_c_coh_sgtable,
	[DMAF_OP_POOL_CREATE] = dmaf_c_pool_create,
	[DMAF_OP_POOL_DESTROY] = dmaf_c_pool_destroy,
	[DMAF_OP_POOL_ALLOC] = dmaf_c_pool_alloc,
	[DMAF_OP_POOL_FREE] = dmaf_c_pool_free,
	[DMAF_OP_SET_MASK] = dmaf_c_set_mask,
	[DMAF_OP_SET_MAX_SEG] = dmaf_c_set_max_seg,
	[DMAF_OP_SET_BOUNDARY] = dmaf_c_set_boundary,
	[DMAF_OP_SET_MIN_ALIGN] = dmaf_c_set_min_align,
	[DMAF_OP_QUERY] = dmaf_c_query,
	[DMAF_OP_UNBIND] = dmaf_c_unbind,
	[DMAF_OP_BIND] = dmaf_c_bind,
};

static void begin(void *state, void *dev, const struct dmaf_config *config)
{
	struct dmaf_c *s = state;

	s->dev = dev;
}

static void exec(void *state, const struct dmaf_op *op, struct dmaf_result *result)
{
	unsigned long flags;

	if (op->code >= DMAF_OP_COUNT || !ops[op->code]) {
		result->status = DMAF_ST_NOT_OFFERED;
		return;
	}
	if (op->flags & DMAF_F_ATOMIC) {
		local_irq_save(flags);
		ops[op->code](state, op, result);
		local_irq_restore(flags);
	} else {
		ops[op->code](state, op, result);
	}
}

static void end(void *state)
{
}

const struct dmaf_backend dmaf_backend_c = {
	.abi = DMAF_ABI,
	.state_size = sizeof(struct dmaf_c),
	.name = "c",
	.begin = begin,
	.exec = exec,
	.end = end,
};
