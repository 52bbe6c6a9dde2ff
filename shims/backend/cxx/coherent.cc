// SPDX-License-Identifier: GPL-2.0-only
//
// Memory that the DMA API allocates, and pools of it, through dmaxx.
#include "backend/cxx/state.h"

namespace dmaf_cxx
{
namespace
{

// Shows the object, keeps it in its slot.
template <class Made, class Slot> void keep(state &s, dmaf_result &r, Made &&made, Slot &slot)
{
	if (!made.ok()) {
		r.status = made.code();
		return;
	}
	auto object = std::move(made).value();
	if constexpr (requires { object.data(); })
		r.cpu = object.data();
	add_segment(s, r, object.dma(), object.bytes());
	slot.hold(std::move(object));
}

template <class Made> void keep_lent(state &s, dmaf_result &r, Made &&made, lent &turns)
{
	if (!made.ok()) {
		r.status = made.code();
		return;
	}
	auto object = std::move(made).value();
	// Until it is handed over it is the CPU's, who may ask where it is, if not write what the device is to fill.
	r.cpu = const_cast<dma::byte *>(object.view().data());
	object.for_each_segment([&](dma::address at, dma::size n) { add_segment(s, r, at, n); });
	turns.hold(std::move(object));
}

void alloc_lent(state &s, const dmaf_op &op, dmaf_result &r)
{
	lent &turns = s.coh[op.h].turns;
	const bool any = with_direction(op.dir, [&]<dma::direction D>() {
		if (op.kind == DMAF_COH_PAGES)
			return keep_lent(s, r, dma::alloc_pages<D>(s.device(), op.len, gfp_of(op)), turns);
		if (op.kind == DMAF_COH_NONCOHERENT)
			return keep_lent(s, r, dma::alloc_noncoherent<D>(s.device(), op.len, gfp_of(op)), turns);
		keep_lent(s, r, dma::alloc_noncontiguous<D>(s.device(), op.len, gfp_of(op), attributes_of(op)), turns);
	});

	if (!any)
		refuse(r);
}

// f(the object) for whichever of those that the CPU sees and never takes turns for; false: it is none of them.
template <class F> bool with_shared(memory_slot &c, F &&f)
{
	if (c.coherent.live())
		return f(*c.coherent), true;
	if (c.managed.live())
		return f(*c.managed), true;
	return false;
}

} // namespace

void coh_alloc(state &s, const dmaf_op &op, dmaf_result &r)
{
	memory_slot &c = s.coh[op.h];
	const dma::attributes attrs = attributes_of(op);
	const bool opaque = op.attrs & DMAF_A_NO_KERNEL_MAPPING;

	c.coherent.drop();
	c.managed.drop();
	c.opaque.drop();
	c.managed_opaque.drop();
	c.turns.drop();
	if (!s.bound || op.attrs & DMAF_A_SKIP_CPU_SYNC)
		return refuse(r);
	switch (op.kind) {
	case DMAF_COH_COHERENT:
		if (opaque)
			return keep(s, r, dma::coherent_opaque::alloc(s.device(), op.len, gfp_of(op), attrs), c.opaque);
		return keep(s, r, dma::coherent<dma::byte[]>::alloc(s.device(), op.len, gfp_of(op), attrs), c.coherent);
	case DMAF_COH_MANAGED:
		if (opaque)
			return keep(s, r, dma::managed_opaque::alloc(s.device(), op.len, gfp_of(op), attrs),
				    c.managed_opaque);
		return keep(s, r, dma::managed_coherent<dma::byte[]>::alloc(s.device(), op.len, gfp_of(op), attrs),
			    c.managed);
	}
	// The others take no attributes, or one.
	if (op.attrs & (op.kind == DMAF_COH_NONCONTIGUOUS ? ~DMAF_A_ALLOC_SINGLE_PAGES : ~0))
		return refuse(r);
	if (op.kind == DMAF_COH_WC)
		return keep(s, r, dma::coherent<dma::byte[]>::alloc_wc(s.device(), op.len, gfp_of(op)), c.coherent);
	alloc_lent(s, op, r);
}

void coh_free(state &s, const dmaf_op &op, dmaf_result &r)
{
	memory_slot &c = s.coh[op.h];

	if (!c.live())
		return dead(op, r);
	// free() has no arguments, and managed_opaque has no free().
	if (op.flags & (DMAF_F_WRONG_SIZE | DMAF_F_WRONG_DEV) || c.managed_opaque.live())
		return refuse(r);
	if (by_scope(op) && !c.managed.live()) {
		c.coherent.drop();
		c.opaque.drop();
		c.turns.drop();
	} else if (c.coherent.live()) {
		std::move(*c.coherent).free();
		c.coherent.gone();
	} else if (c.managed.live()) {
		r.status = std::move(*c.managed).free().code();
		if (!r.status)
			c.managed.gone();
	} else if (c.opaque.live()) {
		std::move(*c.opaque).free();
		c.opaque.gone();
	} else {
		c.turns.visit([](auto &object) { std::move(object).free(); });
		c.turns.gone();
	}
}

void coh_sgtable(state &s, const dmaf_op &op, dmaf_result &r)
{
	memory_slot &c = s.coh[op.h];

	if (!c.live())
		return dead(op, r);
	const bool shared = with_shared(c, [&](auto &object) {
		auto made = object.list();

		if (!made.ok()) {
			r.status = made.code();
			return;
		}
		dma::exported_list list = std::move(made).value();
		r.value = list.entries();
		for (dma::list_entry entry = list.first(); entry; entry = entry.next()) {
			dma::size n;
			const dma::physical at = entry.phys(n);

			add_segment(s, r, at, n);
		}
	});
	if (!shared)
		refuse(r);
}

void sync_cpu_coh(state &s, const dmaf_op &op, dmaf_result &r)
{
	lent &turns = s.coh[op.h].turns;

	if (!s.coh[op.h].live())
		return dead(op, r);
	if (!turns.live())
		return refuse(r); // coherent memory is not synced
	if (turns.handed_over_whole())
		return turns.visit([&](auto &object) { whole_to_cpu(turns, object, r); });
	range_to_cpu(turns, op, r);
}

void sync_dev_coh(state &s, const dmaf_op &op, dmaf_result &r)
{
	lent &turns = s.coh[op.h].turns;

	if (!s.coh[op.h].live())
		return dead(op, r);
	if (!turns.live())
		return refuse(r);
	if (turns.handed_over_whole())
		return turns.visit([&](auto &object) { whole_to_device(turns, object, r); });
	range_to_device(turns, op, r);
}

void pool_create(state &s, const dmaf_op &op, dmaf_result &r)
{
	const dma::size boundary = op.val ? dma::size(1) << (op.val & 63) : 0;

	s.pool[op.h].drop();
	if (!s.bound)
		return refuse(r);
	auto made = op.kind == DMAF_POOL_MANAGED
			    ? byte_pool::create_managed("dmafuzz", s.device(), op.len, op.off, boundary)
			    : byte_pool::create("dmafuzz", s.device(), op.len, op.off, boundary);
	if (!made.ok()) {
		r.status = made.code();
		return;
	}
	s.pool[op.h].hold(std::move(made).value());
}

void pool_destroy(state &s, const dmaf_op &op, dmaf_result &r)
{
	if (!s.pool[op.h].live())
		return dead(op, r);
	// A managed one that goes out of scope is left to the kernel.
	if (by_scope(op) && !s.pool[op.h]->managed())
		return s.pool[op.h].drop();
	std::move(*s.pool[op.h]).destroy();
	s.pool[op.h].gone();
}

void pool_alloc(state &s, const dmaf_op &op, dmaf_result &r)
{
	if (!s.pool[op.src].live())
		return dead(op, r);
	s.blk[op.h].drop();
	keep(s, r, s.pool[op.src]->alloc(gfp_of(op)), s.blk[op.h]);
}

void pool_free(state &s, const dmaf_op &op, dmaf_result &r)
{
	if (!s.blk[op.h].live())
		return dead(op, r);
	if (by_scope(op))
		return s.blk[op.h].drop();
	std::move(*s.blk[op.h]).free();
	s.blk[op.h].gone();
}

} // namespace dmaf_cxx
