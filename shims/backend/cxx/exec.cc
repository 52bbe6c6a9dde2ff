// SPDX-License-Identifier: GPL-2.0-only
//
// The device, its binding, and the way from an operation to its function.
#include "backend/cxx/cxx.h"
#include "backend/cxx/state.h"

namespace dmaf_cxx
{
namespace
{

// Operations of the device and of the world around are not the driver's: the harness does them.
op_function *function_of(unsigned code)
{
	switch (code) {
	case DMAF_OP_ALLOC:
		return alloc;
	case DMAF_OP_FREE:
		return free_buffer;
	case DMAF_OP_FILL:
		return fill;
	case DMAF_OP_CHECK:
		return check;
	case DMAF_OP_MAP:
		return map;
	case DMAF_OP_UNMAP:
		return unmap;
	case DMAF_OP_SYNC_CPU:
		return sync_cpu;
	case DMAF_OP_SYNC_DEV:
		return sync_dev;
	case DMAF_OP_SG_ALLOC:
		return sg_alloc;
	case DMAF_OP_SG_MAP:
		return sg_map;
	case DMAF_OP_SG_UNMAP:
		return sg_unmap;
	case DMAF_OP_SG_FREE:
		return sg_free;
	case DMAF_OP_COH_ALLOC:
		return coh_alloc;
	case DMAF_OP_COH_FREE:
		return coh_free;
	case DMAF_OP_COH_SGTABLE:
		return coh_sgtable;
	case DMAF_OP_POOL_CREATE:
		return pool_create;
	case DMAF_OP_POOL_DESTROY:
		return pool_destroy;
	case DMAF_OP_POOL_ALLOC:
		return pool_alloc;
	case DMAF_OP_POOL_FREE:
		return pool_free;
	case DMAF_OP_SET_MASK:
		return set_mask;
	case DMAF_OP_SET_MAX_SEG:
		return set_max_seg;
	case DMAF_OP_SET_BOUNDARY:
		return set_boundary;
	case DMAF_OP_SET_MIN_ALIGN:
		return set_min_align;
	case DMAF_OP_QUERY:
		return query;
	case DMAF_OP_UNBIND:
		return unbind;
	case DMAF_OP_BIND:
		return bind;
	}
	return nullptr;
}

state &in(void *memory)
{
	return *static_cast<state *>(memory);
}

dma::result<dma::device> first_mask(const state &s, unsigned kind, dma::mask mask)
{
	const dma::unmasked_device dev(s.raw);

	switch (kind) {
	case DMAF_MASK_STREAMING:
		return dev.set_mask(mask);
	case DMAF_MASK_COHERENT:
		return dev.set_coherent_mask(mask);
	}
	return dev.set_masks(mask);
}

dma::result<void> another_mask(const dma::device &dev, unsigned kind, dma::mask mask)
{
	switch (kind) {
	case DMAF_MASK_STREAMING:
		return dev.set_mask(mask);
	case DMAF_MASK_COHERENT:
		return dev.set_coherent_mask(mask);
	}
	return dev.set_masks(mask);
}

} // namespace

void set_mask(state &s, const dmaf_op &op, dmaf_result &r)
{
	const dma::mask mask = dma::mask::bits(op.val);

	if (!s.bound)
		return refuse(r);
	if (s.masked) {
		r.status = another_mask(s.masked_device, op.kind, mask).code();
		return;
	}
	auto made = first_mask(s, op.kind, mask);
	if (!made.ok()) {
		r.status = made.code();
		return;
	}
	s.masked_device = made.value();
	s.masked = true;
}

void set_max_seg(state &s, const dmaf_op &op, dmaf_result &)
{
	s.device().set_max_segment(op.len);
}

void set_boundary(state &s, const dmaf_op &op, dmaf_result &)
{
	s.device().set_segment_boundary(dma::mask::bits(op.val));
}

void set_min_align(state &s, const dmaf_op &op, dmaf_result &)
{
	s.device().set_min_align((1u << (op.val & 31)) - 1);
}

void query(state &s, const dmaf_op &op, dmaf_result &r)
{
	const dma::device dev = s.device();

	switch (op.kind) {
	case DMAF_QUERY_MAX_MAPPING_SIZE:
		r.value = dev.max_mapping_size();
		break;
	case DMAF_QUERY_OPT_MAPPING_SIZE:
		r.value = dev.opt_mapping_size();
		break;
	case DMAF_QUERY_MERGE_BOUNDARY:
		r.value = dev.merge_boundary();
		break;
	case DMAF_QUERY_REQUIRED_MASK:
		r.value = dev.required_mask();
		break;
	case DMAF_QUERY_ADDRESSING_LIMITED:
		r.value = dev.addressing_limited();
		break;
	case DMAF_QUERY_CAN_MMAP:
		r.value = dev.can_mmap();
		break;
	case DMAF_QUERY_NEED_SYNC:
		r.value = dev.needs_sync();
		break;
	}
}

// As the members of a driver's structure go at remove(): what needs another before that.
void drop(state &s)
{
	for (map_slot &m : s.map)
		m.object.drop();
	for (list_slot &l : s.sg) {
		const bool live = l.mapped.live() || l.list.live();

		l.mapped.drop();
		l.list.drop();
		if (live && l.chained)
			dmaf_cxx_free_chain(s.c, static_cast<unsigned>(&l - s.sg));
	}
	for (auto &block : s.blk)
		block.drop();
	for (auto &pool : s.pool)
		pool.drop();
	for (memory_slot &c : s.coh) {
		c.coherent.drop();
		c.managed.drop();
		c.opaque.drop();
		c.managed_opaque.drop();
		c.turns.drop();
	}
}

void unbind(state &s, const dmaf_op &op, dmaf_result &r)
{
	drop(s);
	dmaf_cxx_plain(s.c, &op, &r);
	s.bound = false;
}

void bind(state &s, const dmaf_op &op, dmaf_result &r)
{
	dmaf_cxx_plain(s.c, &op, &r);
	s.bound = r.status == 0;
}

} // namespace dmaf_cxx

extern "C" {

void dmaf_cxx_begin(void *memory, struct device *dev, struct dmaf_c *c)
{
	dmaf_cxx::state &s = dmaf_cxx::in(memory);

	s.raw = dev;
	s.c = c;
	s.bound = true;
}

void dmaf_cxx_exec(void *memory, const struct dmaf_op *op, struct dmaf_result *result)
{
	if (auto *function = dmaf_cxx::function_of(op->code))
		function(dmaf_cxx::in(memory), *op, *result);
	else
		result->status = DMAF_ST_NOT_OFFERED;
}

void dmaf_cxx_drop(void *memory)
{
	dmaf_cxx::drop(dmaf_cxx::in(memory));
}

dmaf_s32 dmaf_cxx_offers(const struct dmaf_op *op, const struct dmaf_config *config)
{
	if (!dmaf_cxx::function_of(op->code))
		return DMAF_ST_NOT_OFFERED;
	if (op->flags & DMAF_F_UNLAWFUL)
		return DMAF_ST_REFUSED_BY_TYPE;
	switch (op->code) {
	case DMAF_OP_MAP:
		if (op->kind == DMAF_MAP_IOVA && config->path != DMAF_PATH_IOMMU &&
		    config->path != DMAF_PATH_IOMMU_LAZY)
			return DMAF_ST_NOT_OFFERED;
		if (op->attrs & DMAF_A_NO_KERNEL_MAPPING)
			return DMAF_ST_REFUSED_BY_TYPE;
		return op->dir == DMAF_DIR_NONE ? DMAF_ST_REFUSED_BY_TYPE : 0;
	case DMAF_OP_SG_MAP:
		if (op->attrs & DMAF_A_NO_KERNEL_MAPPING)
			return DMAF_ST_REFUSED_BY_TYPE;
		return op->dir == DMAF_DIR_NONE ? DMAF_ST_REFUSED_BY_TYPE : 0;
	case DMAF_OP_COH_ALLOC:
		return op->dir == DMAF_DIR_NONE || op->attrs & DMAF_A_SKIP_CPU_SYNC ? DMAF_ST_REFUSED_BY_TYPE : 0;
	}
	return 0;
}

} // extern "C"
