// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// Streaming mappings: the CPU's own memory, lent to the device for a while.
//
//   streaming<Dir, Own, Memory>	one range (dma_map_single(), _page(), _phys()); Memory is the token that it
//   returns linked<Dir, Own>			one range through the IOVA API (dma_iova_*()), of devices behind an
//   IOMMU register_window<Dir>		registers of another device (dma_map_resource()); no turns, no memory of the
//   CPU's
//
// What maps takes the token of the memory and leaves it with its holder if it fails. A mapping that failed has no
// address: there is no dma_mapping_error() to forget.
#ifndef DMAXX_STREAMING_H
#define DMAXX_STREAMING_H

#include "hand_over.h"
#include "memory.h"

namespace dma
{

namespace detail
{

// What the three have in common: a device, an address, and the attributes that unmapping must repeat.
class mapped_at
{
      public:
	mapped_at(device dev, address at, attributes attrs) noexcept : dev_(dev.raw()), at_(at), attrs_(attrs)
	{
	}
	mapped_at(mapped_at &&other) noexcept
	    : dev_(std::exchange(other.dev_, nullptr)), at_(other.at_), attrs_(other.attrs_)
	{
	}
	mapped_at &operator=(mapped_at &&other) noexcept
	{
		dev_ = std::exchange(other.dev_, nullptr);
		at_ = other.at_;
		attrs_ = other.attrs_;
		return *this;
	}
	bool live() const noexcept
	{
		return dev_;
	}
	address dma() const noexcept
	{
		return at_;
	}
	attributes attrs() const noexcept
	{
		return attrs_;
	}

      protected:
	struct ::device *dev_; // null: moved away
	address at_;
	attributes attrs_;
};

template <class Memory> class mapped : public mapped_at
{
      public:
	static constexpr bool syncs = true, has_parts = true, has_cpu = true, allocated = false;
	using returned = Memory;

	mapped(device dev, address at, attributes attrs, Memory &&memory) noexcept
	    : mapped_at(dev, at, attrs), memory_(std::move(memory))
	{
	}
	size bytes() const noexcept
	{
		return memory_.bytes();
	}
	template <class F> void for_each_segment(F &f) const noexcept
	{
		f(at_, memory_.bytes());
	}
	template <bool W> cpu_view<W> view() const noexcept
	{
		return {memory_.view().data(), memory_.bytes()};
	}
	template <bool W> cpu_view<W> view(size at, size n) const noexcept
	{
		return {memory_.view().data() + at, n};
	}
	void sync_for_cpu(direction dir, size at, size n) const noexcept
	{
		dmaxx_sync_for_cpu(dev_, at_ + at, n, static_cast<int>(dir));
	}
	void sync_for_device(direction dir, size at, size n) const noexcept
	{
		dmaxx_sync_for_device(dev_, at_ + at, n, static_cast<int>(dir));
	}
	Memory finish(direction dir, unsigned long skip) noexcept
	{
		if (live())
			dmaxx_unmap(std::exchange(dev_, nullptr), at_, memory_.bytes(), static_cast<int>(dir),
				    attrs_.value() | skip);
		return std::move(memory_);
	}

      private:
	Memory memory_;
};

class linked_iova : public mapped_at
{
      public:
	static constexpr bool syncs = false, has_parts = false, has_cpu = true, allocated = false;
	using returned = memory;

	linked_iova(device dev, const dmaxx_iova &iova, attributes attrs, memory &&m) noexcept
	    : mapped_at(dev, iova.addr, attrs), iova_(iova), memory_(std::move(m))
	{
	}
	size bytes() const noexcept
	{
		return memory_.bytes();
	}
	template <class F> void for_each_segment(F &f) const noexcept
	{
		f(at_, memory_.bytes());
	}
	template <bool W> cpu_view<W> view() const noexcept
	{
		return {memory_.view().data(), memory_.bytes()};
	}
	memory finish(direction dir, unsigned long skip) noexcept
	{
		if (live())
			dmaxx_iova_destroy(std::exchange(dev_, nullptr), &iova_, memory_.bytes(), static_cast<int>(dir),
					   attrs_.value() | skip);
		return std::move(memory_);
	}

      private:
	dmaxx_iova iova_;
	memory memory_;
};

class window : public mapped_at
{
      public:
	static constexpr bool syncs = false, has_parts = false, has_cpu = false, allocated = false;
	using returned = register_range;

	window(device dev, address at, attributes attrs, register_range range) noexcept
	    : mapped_at(dev, at, attrs), range_(range)
	{
	}
	size bytes() const noexcept
	{
		return range_.bytes();
	}
	template <class F> void for_each_segment(F &f) const noexcept
	{
		f(at_, range_.bytes());
	}
	register_range finish(direction dir, unsigned long) noexcept
	{
		if (live())
			dmaxx_unmap_resource(std::exchange(dev_, nullptr), at_, range_.bytes(), static_cast<int>(dir),
					     attrs_.value());
		return range_;
	}

      private:
	register_range range_;
};

template <direction Dir, owner Own, class Memory, class Map>
result<handed<mapped<Memory>, Dir, Own>> map_with(Map *map, device dev, Memory &&memory, attributes attrs,
						  unsigned long skip) noexcept
{
	if (!memory.bytes())
		return invalid_argument;
	const address at =
		map(dev.raw(), memory.view().data(), memory.bytes(), static_cast<int>(Dir), attrs.value() | skip);
	if (at == DMAXX_NO_ADDRESS)
		return no_memory;
	return handed<mapped<Memory>, Dir, Own>(made(), mapped<Memory>(dev, at, attrs, std::move(memory)));
}

} // namespace detail

template <direction Dir, owner Own = device_owned, class Memory = memory>
using streaming = handed<detail::mapped<Memory>, Dir, Own>;
template <direction Dir, owner Own = device_owned> using linked = handed<detail::linked_iova, Dir, Own>;
template <direction Dir> using register_window = handed<detail::window, Dir, device_owned>;

// map(): dma_map_single(). What it maps is the device's.
template <direction Dir> result<streaming<Dir>> map(device dev, memory &&m, attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, device_owned>(dmaxx_map_single, dev, std::move(m), attrs, 0);
}
// The same by page, and by physical address.
template <direction Dir> result<streaming<Dir>> map_page(device dev, memory &&m, attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, device_owned>(dmaxx_map_page, dev, std::move(m), attrs, 0);
}
template <direction Dir> result<streaming<Dir>> map_phys(device dev, memory &&m, attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, device_owned>(dmaxx_map_phys, dev, std::move(m), attrs, 0);
}
template <direction Dir>
result<streaming<Dir, device_owned, vmalloc_part>> map_page(device dev, vmalloc_part &&m,
							    attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, device_owned>(dmaxx_map_page_vmalloc, dev, std::move(m), attrs, 0);
}
template <direction Dir>
result<streaming<Dir, device_owned, vmalloc_part>> map_phys(device dev, vmalloc_part &&m,
							    attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, device_owned>(dmaxx_map_phys_vmalloc, dev, std::move(m), attrs, 0);
}

// Without a sync (DMA_ATTR_SKIP_CPU_SYNC): what is mapped stays the CPU's until it is handed over, whole or by ranges.
template <direction Dir>
result<streaming<Dir, cpu_owned>> map_unsynced(device dev, memory &&m, attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, cpu_owned>(dmaxx_map_single, dev, std::move(m), attrs, detail::skip_cpu_sync);
}
template <direction Dir>
result<streaming<Dir, cpu_owned>> map_page_unsynced(device dev, memory &&m, attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, cpu_owned>(dmaxx_map_page, dev, std::move(m), attrs, detail::skip_cpu_sync);
}
template <direction Dir>
result<streaming<Dir, cpu_owned>> map_phys_unsynced(device dev, memory &&m, attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, cpu_owned>(dmaxx_map_phys, dev, std::move(m), attrs, detail::skip_cpu_sync);
}
template <direction Dir>
result<streaming<Dir, cpu_owned, vmalloc_part>> map_page_unsynced(device dev, vmalloc_part &&m,
								  attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, cpu_owned>(dmaxx_map_page_vmalloc, dev, std::move(m), attrs,
						detail::skip_cpu_sync);
}
template <direction Dir>
result<streaming<Dir, cpu_owned, vmalloc_part>> map_phys_unsynced(device dev, vmalloc_part &&m,
								  attributes attrs = {}) noexcept
{
	return detail::map_with<Dir, cpu_owned>(dmaxx_map_phys_vmalloc, dev, std::move(m), attrs,
						detail::skip_cpu_sync);
}

namespace detail
{
template <direction Dir, owner Own>
result<linked<Dir, Own>> link_with(device dev, memory &&m, attributes attrs, unsigned long skip) noexcept
{
	struct ::device *raw = dev.raw();
	const size n = m.bytes();
	const unsigned long all = attrs.value() | skip;
	dmaxx_iova iova = {};

	if (!n)
		return invalid_argument;
	if (!dmaxx_iova_try_alloc(raw, &iova, m.view().data(), n))
		return not_supported;
	if (int code = dmaxx_iova_link(raw, &iova, m.view().data(), 0, n, static_cast<int>(Dir), all)) {
		dmaxx_iova_free(raw, &iova);
		return error(code);
	}
	if (int code = dmaxx_iova_sync(raw, &iova, 0, n)) {
		dmaxx_iova_destroy(raw, &iova, n, static_cast<int>(Dir), all);
		return error(code);
	}
	return linked<Dir, Own>(made(), linked_iova(dev, iova, attrs, std::move(m)));
}
} // namespace detail

// link(): a range of IOVAs, and the memory linked into it. not_supported: the device is not behind an IOMMU that does
// it, or the kernel is older than 6.16; use map() then.
template <direction Dir> result<linked<Dir>> link(device dev, memory &&m, attributes attrs = {}) noexcept
{
	return detail::link_with<Dir, device_owned>(dev, std::move(m), attrs, 0);
}
// Whole, unsynced and for good: the IOVA API has no syncs, so the CPU keeps it until it is unmapped.
template <direction Dir>
result<linked<Dir, cpu_owned>> link_unsynced(device dev, memory &&m, attributes attrs = {}) noexcept
{
	return detail::link_with<Dir, cpu_owned>(dev, std::move(m), attrs, detail::skip_cpu_sync);
}

template <direction Dir>
result<register_window<Dir>> map_registers(device dev, register_range range, attributes attrs = {}) noexcept
{
	if (!range.bytes())
		return invalid_argument;
	const address at =
		dmaxx_map_resource(dev.raw(), range.at(), range.bytes(), static_cast<int>(Dir), attrs.value());
	if (at == DMAXX_NO_ADDRESS)
		return no_memory;
	return register_window<Dir>(detail::made(), detail::window(dev, at, attrs, range));
}

} // namespace dma

#endif
