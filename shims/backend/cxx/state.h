// SPDX-License-Identifier: GPL-2.0-only
//
// What backend `cxx` holds of a program: for each handle an object of dmaxx. The types of those objects say whose turn
// it is; programs are dynamic; so a handle is one of many types, and an operation asks the type that it has whether
// there is a function for it (`if constexpr (requires ...)`). There is none: DMAF_ST_REFUSED_BY_TYPE.
#ifndef DMAF_BACKEND_CXX_STATE_H
#define DMAF_BACKEND_CXX_STATE_H

#include "backend/cxx/driver.h"
#include "cxx/dmaxx/dmaxx.h"

namespace dmaf_cxx
{

// One of handed<B, any direction, any owner>, for any of some backings; or none.
template <class... Backings> class turns
{
      public:
	bool live() const
	{
		return live_;
	}

	template <class B, dma::direction D, dma::owner O> void hold(dma::handed<B, D, O> &&object)
	{
		new (bytes_) dma::handed<B, D, O>(std::move(object));
		backing_ = index_of<B>();
		dir_ = static_cast<dmaf_u8>(D);
		owner_ = static_cast<dmaf_u8>(O);
		live_ = true;
	}
	// f(the object, as what it is).
	template <class F> void visit(F &&f)
	{
		unsigned char i = 0;
		(void)((backing_ == i++ && (with_direction<Backings>(f), true)) || ...);
	}
	// What was moved out of the object in it.
	void gone()
	{
		live_ = false;
	}
	void drop()
	{
		if (!live_)
			return;
		live_ = false;
		visit([](auto &object) {
			using object_type = std::remove_reference_t<decltype(object)>;
			object.~object_type();
		});
	}
	bool device_has_it() const
	{
		return owner_ == static_cast<dmaf_u8>(dma::device_owned);
	}
	bool handed_over_whole()
	{
		bool whole = false;
		visit([&](auto &object) {
			whole = !std::remove_reference_t<decltype(object)>::backing_type::has_parts;
		});
		return whole;
	}
	// The CPU may not write: the device's, or to be filled by it.
	bool read_only() const
	{
		return dir_ == static_cast<dmaf_u8>(dma::from_device) && owner_ != parts();
	}

      private:
	static constexpr dmaf_u8 parts()
	{
		return static_cast<dmaf_u8>(dma::by_parts);
	}
	template <class B> static constexpr unsigned char index_of()
	{
		unsigned char i = 0, found = 0;
		((std::is_same_v<B, Backings> ? void(found = i++) : void(i++)), ...);
		return found;
	}
	template <class B, class F> void with_direction(F &f)
	{
		switch (static_cast<dma::direction>(dir_)) {
		case dma::direction::bidirectional:
			return with_owner<B, dma::bidirectional>(f);
		case dma::direction::to_device:
			return with_owner<B, dma::to_device>(f);
		case dma::direction::from_device:
			return with_owner<B, dma::from_device>(f);
		}
	}
	template <class B, dma::direction D, class F> void with_owner(F &f)
	{
		switch (static_cast<dma::owner>(owner_)) {
		case dma::owner::device_owned:
			return f(*reinterpret_cast<dma::handed<B, D, dma::device_owned> *>(bytes_));
		case dma::owner::cpu_owned:
			return f(*reinterpret_cast<dma::handed<B, D, dma::cpu_owned> *>(bytes_));
		case dma::owner::by_parts:
			if constexpr (B::has_parts)
				return f(*reinterpret_cast<dma::handed<B, D, dma::by_parts> *>(bytes_));
		}
	}

	static constexpr dma::size largest()
	{
		dma::size n = 0;
		((n = sizeof(Backings) > n ? sizeof(Backings) : n), ...);
		return n;
	}
	alignas(16) unsigned char bytes_[largest()];
	unsigned char backing_;
	dmaf_u8 dir_, owner_;
	bool live_;
};

using mapping = turns<dma::detail::mapped<dma::memory>, dma::detail::mapped<dma::vmalloc_part>,
		      dma::detail::linked_iova, dma::detail::window>;
using mapped_list = turns<dma::detail::mapped_table<true>, dma::detail::mapped_table<false>>;
using lent = turns<dma::detail::lent_memory<dma::detail::lent::pages>,
		   dma::detail::lent_memory<dma::detail::lent::noncoherent>,
		   dma::detail::lent_memory<dma::detail::lent::noncontiguous>>;

// An object of one type, or none.
template <class T> class slot
{
      public:
	bool live() const
	{
		return live_;
	}
	T &operator*()
	{
		return *reinterpret_cast<T *>(bytes_);
	}
	T *operator->()
	{
		return &**this;
	}
	void hold(T &&object)
	{
		new (bytes_) T(std::move(object));
		live_ = true;
	}
	void gone()
	{
		live_ = false;
	}
	void drop()
	{
		if (!live_)
			return;
		live_ = false;
		(**this).~T();
	}

      private:
	alignas(16) unsigned char bytes_[sizeof(T)];
	bool live_;
};

struct map_slot {
	mapping object;
	dmaf_u32 off, len; // of the buffer
	dmaf_u8 src;
};

struct list_slot {
	slot<dma::list> list;
	mapped_list mapped; // one of the two lives
	bool chained;
};

// Memory of the DMA API: one of the five lives.
struct memory_slot {
	slot<dma::coherent<dma::byte[]>> coherent;
	slot<dma::managed_coherent<dma::byte[]>> managed;
	slot<dma::coherent_opaque> opaque;
	slot<dma::managed_opaque> managed_opaque;
	lent turns;
	bool live() const
	{
		return coherent.live() || managed.live() || opaque.live() || managed_opaque.live() || turns.live();
	}
};

using byte_pool = dma::pool<dma::byte[]>;
using byte_block = dma::pool_block<dma::byte>;

struct state {
	struct ::device *raw;
	struct dmaf_c *c;
	bool bound, masked;
	dma::device masked_device;
	map_slot map[DMAF_HANDLES];
	list_slot sg[DMAF_HANDLES];
	memory_slot coh[DMAF_HANDLES];
	slot<byte_pool> pool[DMAF_HANDLES];
	slot<byte_block> blk[DMAF_HANDLES];
	dmaf_segment segments[DMAF_SG_MAX];

	// A driver that never set a mask takes the bus's.
	dma::device device() const
	{
		return masked ? masked_device : dma::unmasked_device(raw).with_default_masks();
	}
};
// Zeroed is what the harness makes of it, and that is none of everything.
static_assert(sizeof(state) <= DMAF_CXX_STATE_SIZE);

using op_function = void(state &s, const dmaf_op &op, dmaf_result &r);

op_function map, unmap, sg_alloc, sg_map, sg_unmap, sg_free;
op_function coh_alloc, coh_free, coh_sgtable, pool_create, pool_destroy, pool_alloc, pool_free;
op_function set_mask, set_max_seg, set_boundary, set_min_align, query, unbind, bind;
op_function alloc, free_buffer, fill, check, sync_cpu, sync_dev;
op_function sync_cpu_sg, sync_dev_sg, sync_cpu_coh, sync_dev_coh;
void drop(state &s);

// A driver releases by name, or lets the object go out of scope: both do the same, so the handle chooses.
inline bool by_scope(const dmaf_op &op)
{
	return op.h & 1;
}

inline void refuse(dmaf_result &r)
{
	r.status = DMAF_ST_REFUSED_BY_TYPE;
}

// What is not there: gone objects cannot be named (their variables are consumed), and never made ones do not exist.
inline void dead(const dmaf_op &op, dmaf_result &r)
{
	r.status = op.flags & DMAF_F_STALE ? DMAF_ST_REFUSED_BY_TYPE : DMAF_ST_DEAD_HANDLE;
}

inline void add_segment(state &s, dmaf_result &r, dmaf_u64 at, dmaf_u64 len)
{
	s.segments[r.nseg].dma = at;
	s.segments[r.nseg].len = len;
	r.nseg++;
	r.seg = s.segments;
}

inline dma::gfp gfp_of(const dmaf_op &op)
{
	dma::gfp how = dma::gfp::may_sleep | dma::gfp::quiet;

	if (op.flags & DMAF_F_ATOMIC)
		how = how | dma::gfp::atomic;
	if (op.flags & DMAF_F_ZERO)
		how = how | dma::gfp::zeroed;
	return how;
}

// The attributes that have names; those that have none are functions of their own.
inline dma::attributes attributes_of(const dmaf_op &op)
{
	dma::attributes attrs;

	if (op.attrs & DMAF_A_WEAK_ORDERING)
		attrs = attrs | dma::weak_ordering;
	if (op.attrs & DMAF_A_WRITE_COMBINE)
		attrs = attrs | dma::write_combine;
	if (op.attrs & DMAF_A_FORCE_CONTIGUOUS)
		attrs = attrs | dma::force_contiguous;
	if (op.attrs & DMAF_A_ALLOC_SINGLE_PAGES)
		attrs = attrs | dma::alloc_single_pages;
	if (op.attrs & DMAF_A_NO_WARN)
		attrs = attrs | dma::no_warn;
	if (op.attrs & DMAF_A_PRIVILEGED)
		attrs = attrs | dma::privileged;
	return attrs;
}

// f.operator()<direction>(); false: there is no such direction.
template <class F> bool with_direction(unsigned dir, F &&f)
{
	switch (dir) {
	case DMAF_BIDIRECTIONAL:
		f.template operator()<dma::bidirectional>();
		return true;
	case DMAF_TO_DEVICE:
		f.template operator()<dma::to_device>();
		return true;
	case DMAF_FROM_DEVICE:
		f.template operator()<dma::from_device>();
		return true;
	}
	return false;
}

// A whole hand-over to the CPU of an object of `turns`, as the type that it has allows.
template <class Turns, class Object> void whole_to_cpu(Turns &turns, Object &object, dmaf_result &r)
{
	if constexpr (requires { std::move(object).sync_for_cpu(); }) {
		auto next = std::move(object).sync_for_cpu();
		turns.hold(std::move(next));
	} else if constexpr (requires { object.refresh(); }) {
		object.refresh();
	} else {
		refuse(r);
	}
}

template <class Turns, class Object> void whole_to_device(Turns &turns, Object &object, dmaf_result &r)
{
	if constexpr (requires { std::move(object).sync_for_device(); }) {
		auto next = std::move(object).sync_for_device();
		turns.hold(std::move(next));
	} else {
		refuse(r);
	}
}

// The same by range. One that is the whole is a whole hand-over; a driver that names a part of what it has whole goes
// on by parts.
template <class Turns> void range_to_cpu(Turns &turns, const dmaf_op &op, dmaf_result &r)
{
	turns.visit([&](auto &object) {
		if (op.off == 0 && op.len == object.bytes()) {
			whole_to_cpu(turns, object, r);
		} else if (!dma::within(object.bytes(), op.off, op.len)) {
			r.status = dma::out_of_range.code();
		} else if constexpr (requires { object.take(op.off, op.len); }) {
			r.status = object.take(op.off, op.len).code();
		} else if constexpr (requires { std::move(object).in_parts(); }) {
			auto parts = std::move(object).in_parts();
			r.status = parts.take(op.off, op.len).code();
			turns.hold(std::move(parts));
		} else {
			refuse(r);
		}
	});
}

template <class Turns> void range_to_device(Turns &turns, const dmaf_op &op, dmaf_result &r)
{
	turns.visit([&](auto &object) {
		if (op.off == 0 && op.len == object.bytes()) {
			whole_to_device(turns, object, r);
		} else if (!dma::within(object.bytes(), op.off, op.len)) {
			r.status = dma::out_of_range.code();
		} else if constexpr (requires { object.give(op.off, op.len); }) {
			r.status = object.give(op.off, op.len).code();
		} else if constexpr (requires {
					     std::move(object).in_parts();
					     object.view();
				     }) {
			// Not of what the device has: it has nothing of the CPU's to be given.
			auto parts = std::move(object).in_parts();
			r.status = parts.give(op.off, op.len).code();
			turns.hold(std::move(parts));
		} else {
			refuse(r);
		}
	});
}

} // namespace dmaf_cxx

#endif
