// SPDX-License-Identifier: GPL-2.0-only
//
// Streaming mappings of one range, through dmaxx.
#include "backend/cxx/state.h"

namespace dmaf_cxx
{
namespace
{

// Takes part in the result of whatever mapped: the object lives, or the error is said.
template <class Mapped> void mapped(state &s, map_slot &m, const dmaf_op &op, dmaf_result &r, Mapped &&made)
{
	if (!made.ok()) {
		// As backend c says it of dma_iova_try_alloc().
		r.status = made.failure() == dma::not_supported ? DMAF_ST_NOT_OFFERED : made.code();
		return;
	}
	auto object = std::move(made).value();
	object.for_each_segment([&](dma::address at, dma::size n) { add_segment(s, r, at, n); });
	m.object.hold(std::move(object));
	m.src = op.src;
	m.off = op.off;
	m.len = op.len;
}

template <dma::direction D> void map_memory(state &s, map_slot &m, const dmaf_op &op, dmaf_result &r, dma::memory &&all)
{
	const dma::attributes attrs = attributes_of(op);
	const bool unsynced = op.attrs & DMAF_A_SKIP_CPU_SYNC;
	auto part = std::move(all).part(op.off, op.len);

	if (!part.ok()) {
		r.status = part.code();
		return;
	}
	dma::memory bytes = std::move(part).value();
	switch (op.kind) {
	case DMAF_MAP_SINGLE:
		if (unsynced)
			return mapped(s, m, op, r, dma::map_unsynced<D>(s.device(), std::move(bytes), attrs));
		return mapped(s, m, op, r, dma::map<D>(s.device(), std::move(bytes), attrs));
	case DMAF_MAP_PAGE:
		if (unsynced)
			return mapped(s, m, op, r, dma::map_page_unsynced<D>(s.device(), std::move(bytes), attrs));
		return mapped(s, m, op, r, dma::map_page<D>(s.device(), std::move(bytes), attrs));
	case DMAF_MAP_PHYS:
		if (unsynced)
			return mapped(s, m, op, r, dma::map_phys_unsynced<D>(s.device(), std::move(bytes), attrs));
		return mapped(s, m, op, r, dma::map_phys<D>(s.device(), std::move(bytes), attrs));
	case DMAF_MAP_IOVA:
		if (unsynced)
			return mapped(s, m, op, r, dma::link_unsynced<D>(s.device(), std::move(bytes), attrs));
		return mapped(s, m, op, r, dma::link<D>(s.device(), std::move(bytes), attrs));
	}
	refuse(r); // memory is no register_range
}

template <dma::direction D>
void map_vmalloc(state &s, map_slot &m, const dmaf_op &op, dmaf_result &r, const dmaf_cxx_buffer &b)
{
	const dma::attributes attrs = attributes_of(op);
	const bool unsynced = op.attrs & DMAF_A_SKIP_CPU_SYNC;

	if (op.kind != DMAF_MAP_PAGE && op.kind != DMAF_MAP_PHYS)
		return refuse(r); // a vmalloc_part is no memory
	auto part = dma::vmalloc_part::of(b.cpu, b.len, op.off, op.len);
	if (!part.ok()) {
		r.status = part.code();
		return;
	}
	dma::vmalloc_part bytes = std::move(part).value();
	if (op.kind == DMAF_MAP_PHYS) {
		if (unsynced)
			return mapped(s, m, op, r, dma::map_phys_unsynced<D>(s.device(), std::move(bytes), attrs));
		return mapped(s, m, op, r, dma::map_phys<D>(s.device(), std::move(bytes), attrs));
	}
	if (unsynced)
		return mapped(s, m, op, r, dma::map_page_unsynced<D>(s.device(), std::move(bytes), attrs));
	mapped(s, m, op, r, dma::map_page<D>(s.device(), std::move(bytes), attrs));
}

template <dma::direction D>
void map_registers(state &s, map_slot &m, const dmaf_op &op, dmaf_result &r, const dmaf_cxx_buffer &b)
{
	if (op.kind != DMAF_MAP_RESOURCE || op.attrs & DMAF_A_SKIP_CPU_SYNC)
		return refuse(r);
	auto part = dma::register_range(b.phys, b.len).part(op.off, op.len);
	if (!part.ok()) {
		r.status = part.code();
		return;
	}
	mapped(s, m, op, r, dma::map_registers<D>(s.device(), part.value(), attributes_of(op)));
}

// The token of those bytes is in another mapping.
bool token_is_away(const state &s, unsigned src, dmaf_u32 off, dmaf_u32 len)
{
	for (const map_slot &m : s.map)
		if (m.object.live() && m.src == src && off < dmaf_u64(m.off) + m.len && m.off < dmaf_u64(off) + len)
			return true;
	return false;
}

} // namespace

void map(state &s, const dmaf_op &op, dmaf_result &r)
{
	map_slot &m = s.map[op.h];
	dmaf_cxx_buffer b;

	dmaf_cxx_find_buffer(s.c, op.src, &b);
	if (!b.live)
		return dead(op, r);
	// A result is asked before there is an address; NO_KERNEL_MAPPING is no attribute of a mapping.
	if (op.flags & DMAF_F_UNCHECKED || op.attrs & DMAF_A_NO_KERNEL_MAPPING || !s.bound)
		return refuse(r);
	if (b.kind != DMAF_ALLOC_RESOURCE && token_is_away(s, op.src, op.off, op.len))
		return refuse(r);
	m.object.drop();
	const bool any = with_direction(op.dir, [&]<dma::direction D>() {
		switch (b.kind) {
		case DMAF_ALLOC_KMALLOC:
		case DMAF_ALLOC_KMALLOC_DMA:
		case DMAF_ALLOC_CACHE:
			return map_memory<D>(s, m, op, r, dma::memory::kmalloced(b.cpu, b.len));
		case DMAF_ALLOC_PAGES:
		case DMAF_ALLOC_PAGES_DMA32:
		case DMAF_ALLOC_PAGES_DMA:
			return map_memory<D>(s, m, op, r, dma::memory::of_pages(b.cpu, b.len));
		case DMAF_ALLOC_VMALLOC:
			return map_vmalloc<D>(s, m, op, r, b);
		case DMAF_ALLOC_RESOURCE:
			return map_registers<D>(s, m, op, r, b);
		}
		refuse(r); // of the image, of the stack: nothing makes a token of it
	});
	if (!any)
		refuse(r);
}

void unmap(state &s, const dmaf_op &op, dmaf_result &r)
{
	map_slot &m = s.map[op.h];

	if (!m.object.live())
		return dead(op, r);
	// unmap() has no arguments.
	if (op.flags & (DMAF_F_WRONG_SIZE | DMAF_F_WRONG_DIR | DMAF_F_WRONG_CALL | DMAF_F_WRONG_DEV))
		return refuse(r);
	m.object.visit([&](auto &object) {
		if (attributes_of(op) != object.attrs())
			return refuse(r);
		if (!(op.attrs & DMAF_A_SKIP_CPU_SYNC)) {
			if (by_scope(op))
				return m.object.drop();
			(void)std::move(object).unmap();
			return m.object.gone();
		}
		if constexpr (requires { std::move(object).unmap_unsynced(); }) {
			(void)std::move(object).unmap_unsynced();
			m.object.gone();
		} else {
			refuse(r);
		}
	});
}

void sync_cpu(state &s, const dmaf_op &op, dmaf_result &r)
{
	if (op.flags & DMAF_F_WRONG_DIR)
		return refuse(r);
	if (op.cls == DMAF_SG)
		return sync_cpu_sg(s, op, r);
	if (op.cls == DMAF_COH)
		return sync_cpu_coh(s, op, r);
	if (op.cls != DMAF_MAP || !s.map[op.h].object.live())
		return dead(op, r);
	range_to_cpu(s.map[op.h].object, op, r);
}

void sync_dev(state &s, const dmaf_op &op, dmaf_result &r)
{
	if (op.flags & DMAF_F_WRONG_DIR)
		return refuse(r);
	if (op.cls == DMAF_SG)
		return sync_dev_sg(s, op, r);
	if (op.cls == DMAF_COH)
		return sync_dev_coh(s, op, r);
	if (op.cls != DMAF_MAP || !s.map[op.h].object.live())
		return dead(op, r);
	range_to_device(s.map[op.h].object, op, r);
}

} // namespace dmaf_cxx
