// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// Memory whose turns change, with the turn in its type: handed<Backing, Direction, Owner>. What there is of it is named
// in the headers of its backings: streaming<> (streaming.h), mapped_list<> (scatterlist.h), device_pages<> and its kin
// (device_pages.h).
//
//   device_owned	the device's. The CPU may neither read nor write, and there is no function that would.
//   cpu_owned		the CPU's: view(). What is from_device can be read only.
//   by_parts		each byte is somebody's, and the driver knows whose: take(), give(), at() name ranges, which are
//			checked against the size but not against what was taken before.
//
// A hand-over consumes the object and returns the one of the other type:
//
//	auto cpu = std::move(rx).sync_for_cpu();
//	...cpu.view()...
//	auto rx = std::move(cpu).sync_for_device();
//
// or lasts for the length of a call: rx.lend([](auto view) { ... }). Objects are moved, never copied; one that goes out
// of scope is unmapped (or freed) as it should be, with the size, direction, attributes and device that it was made
// with. One that was moved from is empty.
#ifndef DMAXX_HAND_OVER_H
#define DMAXX_HAND_OVER_H

#include <concepts>

#include "device.h"
#include "view.h"

namespace dma
{

namespace detail
{
// Who may make a handed<> from nothing: the functions that map and allocate.
struct made {
	explicit made() = default;
};
} // namespace detail

// What a backing is: syncs, or never changes hands; takes ranges, or is handed over whole; has an address of the CPU's;
// was mapped and is unmapped, or was allocated and is freed.
template <class B>
concept backing = requires {
	{ B::syncs } -> std::convertible_to<bool>;
	{ B::has_parts } -> std::convertible_to<bool>;
	{ B::has_cpu } -> std::convertible_to<bool>;
	{ B::allocated } -> std::convertible_to<bool>;
	typename B::returned;
};

template <class Backing, direction Dir, owner Own> class DMAXX_STARTS(unconsumed) [[nodiscard]] handed
{
      public:
	using backing_type = Backing;
	static constexpr direction dir = Dir;
	static constexpr owner own = Own;
	// The CPU does not write what the device is to fill: it would be lost, or worse (dma-api.rst,
	// dma_map_single()).
	static constexpr bool writable = Dir != from_device;

	DMAXX_RETURNS(unconsumed) handed(detail::made, Backing &&b) noexcept : backing_(std::move(b))
	{
	}
	DMAXX_RETURNS(unconsumed) handed(handed &&other) noexcept : backing_(std::move(other.backing_))
	{
	}
	DMAXX_REVIVES handed &operator=(handed &&other) noexcept
	{
		if (this != &other) {
			if (backing_.live())
				(void)backing_.finish(Dir, 0);
			backing_ = std::move(other.backing_);
		}
		return *this;
	}
	handed(const handed &) = delete;
	handed &operator=(const handed &) = delete;
	~handed()
	{
		if (backing_.live())
			(void)backing_.finish(Dir, 0);
	}

	size bytes() const noexcept
	{
		return backing_.bytes();
	}
	attributes attrs() const noexcept
	{
		return backing_.attrs();
	}
	// Where the device finds the first byte, and all that follow.
	DMAXX_ALIVE address dma() const noexcept
		requires requires(const Backing &b) { b.dma(); }
	{
		return backing_.dma();
	}
	// Calls f(address, size) for each segment.
	template <class F> DMAXX_ALIVE void for_each_segment(F &&f) const noexcept
	{
		backing_.for_each_segment(f);
	}

	// The turn goes to the CPU, with all that the device wrote (dma_sync_*_for_cpu()).
	DMAXX_GIVES_AWAY DMAXX_RETURNS(unconsumed) handed<Backing, Dir, cpu_owned> sync_for_cpu() && noexcept
		requires(Own != cpu_owned && Backing::syncs)
	{
		backing_.sync_for_cpu(Dir, 0, backing_.bytes());
		return handed<Backing, Dir, cpu_owned>(detail::made(), std::move(backing_));
	}
	// The turn goes to the device, with all that the CPU wrote (dma_sync_*_for_device()).
	DMAXX_GIVES_AWAY DMAXX_RETURNS(unconsumed) handed<Backing, Dir, device_owned> sync_for_device() && noexcept
		requires(Own != device_owned && Backing::syncs)
	{
		backing_.sync_for_device(Dir, 0, backing_.bytes());
		return handed<Backing, Dir, device_owned>(detail::made(), std::move(backing_));
	}
	// Once more for the CPU, which has it: what the CPU wrote since may be lost.
	DMAXX_ALIVE void refresh() noexcept
		requires(Own == cpu_owned && Backing::syncs)
	{
		backing_.sync_for_cpu(Dir, 0, backing_.bytes());
	}

	// The CPU's memory, while it is the CPU's.
	DMAXX_ALIVE auto view() const noexcept DMAXX_WITHIN
		requires(Own == cpu_owned && Backing::has_cpu)
	{
		return backing_.template view<writable>();
	}
	// f(view) while the CPU has it all, between two syncs.
	template <class F>
	DMAXX_ALIVE void lend(F &&f) noexcept
		requires(Own == device_owned && Backing::syncs && Backing::has_cpu)
	{
		backing_.sync_for_cpu(Dir, 0, backing_.bytes());
		f(backing_.template view<writable>());
		backing_.sync_for_device(Dir, 0, backing_.bytes());
	}
	// The same for the bytes [at, at + n) only.
	template <class F>
	DMAXX_ALIVE result<void> lend(size at, size n, F &&f) noexcept
		requires(Own == device_owned && Backing::has_parts)
	{
		if (!within(backing_.bytes(), at, n))
			return out_of_range;
		backing_.sync_for_cpu(Dir, at, n);
		f(backing_.template view<writable>(at, n));
		backing_.sync_for_device(Dir, at, n);
		return {};
	}

	// From here on by ranges.
	DMAXX_GIVES_AWAY DMAXX_RETURNS(unconsumed) handed<Backing, Dir, by_parts> in_parts() && noexcept
		requires(Own != by_parts && Backing::has_parts)
	{
		return handed<Backing, Dir, by_parts>(detail::made(), std::move(backing_));
	}
	// [at, at + n) is the CPU's from here on, and there it is.
	DMAXX_ALIVE result<cpu_view<writable>> take(size at, size n) noexcept DMAXX_WITHIN
		requires(Own == by_parts)
	{
		if (!within(backing_.bytes(), at, n))
			return out_of_range;
		backing_.sync_for_cpu(Dir, at, n);
		return backing_.template view<writable>(at, n);
	}
	// [at, at + n) is the device's from here on.
	DMAXX_ALIVE result<void> give(size at, size n) noexcept
		requires(Own == by_parts)
	{
		if (!within(backing_.bytes(), at, n))
			return out_of_range;
		backing_.sync_for_device(Dir, at, n);
		return {};
	}
	// A range that was taken, or that the CPU had from the start.
	DMAXX_ALIVE result<cpu_view<writable>> at(size at, size n) const noexcept DMAXX_WITHIN
		requires(Own == by_parts)
	{
		if (!within(backing_.bytes(), at, n))
			return out_of_range;
		return backing_.template view<writable>(at, n);
	}

	// The end of the mapping: returns what was mapped, the CPU's again, with all that the device wrote.
	DMAXX_GIVES_AWAY typename Backing::returned unmap() && noexcept
		requires(!Backing::allocated)
	{
		return backing_.finish(Dir, 0);
	}
	// Without a sync (DMA_ATTR_SKIP_CPU_SYNC): of what the CPU has already, or the device only read. by_parts: the
	// driver says that one of the two is so.
	DMAXX_GIVES_AWAY typename Backing::returned unmap_unsynced() && noexcept
		requires(!Backing::allocated && Backing::has_cpu && (Own != device_owned || Dir == to_device))
	{
		return backing_.finish(Dir, detail::skip_cpu_sync);
	}
	DMAXX_GIVES_AWAY void free() && noexcept
		requires(Backing::allocated)
	{
		backing_.finish(Dir, 0);
	}

      private:
	template <class, direction, owner> friend class handed;
	Backing backing_;
};

} // namespace dma

#endif
