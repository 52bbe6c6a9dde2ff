// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a driver tells the DMA core about its device, what it asks, and its binding.
 */
#include <linux/device.h>
#include "interp.h"

void dmaf_c_set_mask(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	u64 mask = op->val ? DMA_BIT_MASK(min_t(u32, op->val, 64)) : 0;

	switch (op->kind) {
	case DMAF_MASK_STREAMING:
		r->status = dma_set_mask(s->dev, mask);
		break;
	case DMAF_MASK_COHERENT:
		r->status = dma_set_coherent_mask(s->dev, mask);
		break;
	case DMAF_MASK_BOTH:
		r->status = dma_set_mask_and_coherent(s->dev, mask);
		break;
	}
}

void dmaf_c_set_max_seg(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	dma_set_max_seg_size(s->dev, op->len);
}

void dmaf_c_set_boundary(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	dma_set_seg_boundary(s->dev, op->val ? DMA_BIT_MASK(min_t(u32, op->val, 64)) : 0);
}

void dmaf_c_set_min_align(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	dma_set_min_align_mask(s->dev, BIT(op->val) - 1);
}

void dmaf_c_query(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	switch (op->kind) {
	case DMAF_QUERY_MAX_MAPPING_SIZE:
		r->value = dma_max_mapping_size(s->dev);
		break;
	case DMAF_QUERY_OPT_MAPPING_SIZE:
		r->value = dma_opt_mapping_size(s->dev);
		break;
	case DMAF_QUERY_MERGE_BOUNDARY:
		r->value = dma_get_merge_boundary(s->dev);
		break;
	case DMAF_QUERY_REQUIRED_MASK:
		r->value = dma_get_required_mask(s->dev);
		break;
	case DMAF_QUERY_ADDRESSING_LIMITED:
		r->value = dma_addressing_limited(s->dev);
		break;
	case DMAF_QUERY_CAN_MMAP:
		r->value = dma_can_mmap(s->dev);
		break;
	case DMAF_QUERY_NEED_SYNC:
		r->value = dma_dev_need_sync(s->dev);
		break;
	}
}

void dmaf_c_unbind(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	unsigned int h;

	device_release_driver(s->dev);
	/* What the device managed is gone. */
	for (h = 0; h < DMAF_HANDLES; h++) {
		if (s->coh[h].kind == DMAF_COH_MANAGED)
			s->coh[h].live = false;
		if (s->pool[h].kind == DMAF_POOL_MANAGED)
			s->pool[h].pool = NULL;
	}
}

void dmaf_c_bind(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	int ret = device_attach(s->dev);

	r->status = ret < 0 ? ret : ret ? 0 : -ENODEV;
}
