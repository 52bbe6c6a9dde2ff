// SPDX-License-Identifier: GPL-2.0-only
//
// Scatterlists, through dmaxx.
#include "backend/cxx/state.h"

namespace dmaf_cxx
{
namespace
{

constexpr unsigned kPage = DMAXX_PAGE_SIZE;

dma::gfp list_gfp(const dmaf_op &op)
{
	dmaf_op plain = op;

	plain.flags &= static_cast<dmaf_u8>(~DMAF_F_ZERO);
	return gfp_of(plain);
}

// Entry i: len bytes at off + i * (len + gap).
int set_entries(dma::list &list, const dmaf_cxx_buffer &b, const dmaf_op &op)
{
	dmaf_u32 off = op.off;

	for (dma::list_entry entry = list.first(); entry; entry = entry.next(), off += op.len + op.gap) {
		if (b.kind == DMAF_ALLOC_VMALLOC) {
			auto part = dma::vmalloc_part::of(b.cpu, b.len, off, op.len);

			if (!part.ok())
				return part.code();
			dma::vmalloc_part bytes = std::move(part).value();
			if (auto set = entry.set(bytes); !set)
				return set.code();
		} else {
			dma::memory all = dma::memory::kmalloced(b.cpu, b.len);
			auto part = all.view().part(off, op.len);

			if (!part.ok())
				return part.code();
			if (auto set = entry.set(part.value()); !set)
				return set.code();
		}
	}
	return 0;
}

dma::result<dma::list> appended(struct page **pages, unsigned count, unsigned first, const dmaf_op &op)
{
	const unsigned limit = (op.len + kPage - 1) / kPage * kPage, half = count / 2;
	const dma::size size = dma::size(op.val) * op.len, head = half ? half * dma::size(kPage) - first : 0;
	const dma::gfp how = list_gfp(op);
	dma::list_builder builder;

	if (half)
		if (auto done = builder.append(pages, half, first, head, limit, count - half, how); !done)
			return done.failure();
	if (auto done = builder.append(pages + half, count - half, half ? 0 : first, size - head, limit, 0, how); !done)
		return done.failure();
	return std::move(builder).finish();
}

void keep(state &s, const dmaf_op &op, dmaf_result &r, dma::result<dma::list> &&made)
{
	if (!made.ok()) {
		r.status = made.code();
		return;
	}
	dma::list list = std::move(made).value();
	r.value = list.entries();
	s.sg[op.h].list.hold(std::move(list));
}

void from_pages(state &s, const dmaf_op &op, dmaf_result &r)
{
	unsigned count, first;
	struct page **pages = dmaf_cxx_pages(s.c, &op, &count, &first);

	if (!pages) {
		r.status = dma::no_memory.code();
		return;
	}
	if (op.kind == DMAF_SG_FROM_PAGES)
		keep(s, op, r,
		     dma::list::of_pages(pages, count, first, dma::size(op.val) * op.len,
					 (op.len + kPage - 1) / kPage * kPage, list_gfp(op)));
	else
		keep(s, op, r, appended(pages, count, first, op));
	dmaf_cxx_forget_pages(pages);
}

void by_entries(state &s, const dmaf_op &op, dmaf_result &r, const dmaf_cxx_buffer &b)
{
	if (op.kind == DMAF_SG_CHAINED) {
		struct scatterlist *first = dmaf_cxx_chain(s.c, &op);

		if (!first) {
			r.status = dma::no_memory.code();
			return;
		}
		keep(s, op, r, dma::list::of_entries(first, op.val));
	} else {
		keep(s, op, r, dma::list::of(op.val, list_gfp(op)));
	}
	if (r.status)
		return;
	r.status = set_entries(*s.sg[op.h].list, b, op);
	if (!r.status)
		return;
	s.sg[op.h].list.drop();
	if (op.kind == DMAF_SG_CHAINED)
		dmaf_cxx_free_chain(s.c, op.h);
}

template <class Mapped> void mapped(state &s, const dmaf_op &op, dmaf_result &r, Mapped &&made)
{
	if (!made.ok()) {
		r.status = made.code();
		return;
	}
	s.sg[op.h].list.gone();
	auto object = std::move(made).value();
	object.for_each_segment([&](dma::address at, dma::size n) { add_segment(s, r, at, n); });
	s.sg[op.h].mapped.hold(std::move(object));
}

} // namespace

void sg_alloc(state &s, const dmaf_op &op, dmaf_result &r)
{
	dmaf_cxx_buffer b;

	dmaf_cxx_find_buffer(s.c, op.src, &b);
	if (!b.live)
		return dead(op, r);
	if (b.kind >= DMAF_ALLOC_RESOURCE)
		return refuse(r); // no memory of the CPU's, or none that may be mapped
	s.sg[op.h].mapped.drop();
	s.sg[op.h].list.drop();
	s.sg[op.h].chained = op.kind == DMAF_SG_CHAINED;
	if (op.kind == DMAF_SG_TABLE || op.kind == DMAF_SG_CHAINED)
		by_entries(s, op, r, b);
	else
		from_pages(s, op, r);
}

void sg_map(state &s, const dmaf_op &op, dmaf_result &r)
{
	list_slot &l = s.sg[op.h];

	if (!l.list.live() && !l.mapped.live())
		return dead(op, r);
	// What is mapped is no list but a mapped_list, which has no map().
	if (!l.list.live() || op.attrs & DMAF_A_NO_KERNEL_MAPPING || !s.bound)
		return refuse(r);
	const dma::attributes attrs = attributes_of(op);
	const bool any = with_direction(op.dir, [&]<dma::direction D>() {
		dma::list &list = *l.list;

		if (op.kind == DMAF_SG_MAP_SGTABLE) {
			if (op.attrs & DMAF_A_SKIP_CPU_SYNC)
				return mapped(s, op, r, std::move(list).map_unsynced<D>(s.device(), attrs));
			return mapped(s, op, r, std::move(list).map<D>(s.device(), attrs));
		}
		if (op.attrs & DMAF_A_SKIP_CPU_SYNC)
			return mapped(s, op, r, std::move(list).map_sg_unsynced<D>(s.device(), attrs));
		mapped(s, op, r, std::move(list).map_sg<D>(s.device(), attrs));
	});
	if (!any)
		refuse(r);
}

void sg_unmap(state &s, const dmaf_op &op, dmaf_result &r)
{
	list_slot &l = s.sg[op.h];

	if (!l.list.live() && !l.mapped.live())
		return dead(op, r);
	if (!l.mapped.live() || op.flags & (DMAF_F_WRONG_SIZE | DMAF_F_WRONG_DIR | DMAF_F_WRONG_DEV))
		return refuse(r);
	l.mapped.visit([&](auto &object) {
		if (attributes_of(op) != object.attrs())
			return refuse(r);
		if (!(op.attrs & DMAF_A_SKIP_CPU_SYNC)) {
			l.list.hold(std::move(object).unmap());
			return l.mapped.gone();
		}
		if constexpr (requires { std::move(object).unmap_unsynced(); }) {
			l.list.hold(std::move(object).unmap_unsynced());
			l.mapped.gone();
		} else {
			refuse(r);
		}
	});
}

void sg_free(state &s, const dmaf_op &op, dmaf_result &r)
{
	list_slot &l = s.sg[op.h];

	if (!l.list.live() && !l.mapped.live())
		return dead(op, r);
	// Freed under the device's feet: the list is in the mapped_list.
	if (!l.list.live())
		return refuse(r);
	std::move(*l.list).free();
	l.list.gone();
	if (l.chained)
		dmaf_cxx_free_chain(s.c, op.h);
}

void sync_cpu_sg(state &s, const dmaf_op &op, dmaf_result &r)
{
	list_slot &l = s.sg[op.h];

	if (!l.list.live() && !l.mapped.live())
		return dead(op, r);
	if (!l.mapped.live())
		return refuse(r);
	l.mapped.visit([&](auto &object) { whole_to_cpu(l.mapped, object, r); });
}

void sync_dev_sg(state &s, const dmaf_op &op, dmaf_result &r)
{
	list_slot &l = s.sg[op.h];

	if (!l.list.live() && !l.mapped.live())
		return dead(op, r);
	if (!l.mapped.live())
		return refuse(r);
	l.mapped.visit([&](auto &object) { whole_to_device(l.mapped, object, r); });
}

} // namespace dmaf_cxx
