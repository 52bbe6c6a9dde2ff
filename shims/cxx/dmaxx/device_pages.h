// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// Memory that the DMA API allocates for one direction and that changes hands by syncs
// (Documentation/core-api/dma-api.rst, "Part II"). The CPU has it first; the rest is as with streaming mappings
// (hand_over.h), but that it is freed, not unmapped.
//
//   device_pages<Dir, Own>		dma_alloc_pages()
//   noncoherent<Dir, Own>		dma_alloc_noncoherent()
//   noncontiguous<Dir, Own>		dma_alloc_noncontiguous(), mapped for the CPU as well; handed over whole
#ifndef DMAXX_DEVICE_PAGES_H
#define DMAXX_DEVICE_PAGES_H

#include "hand_over.h"

namespace dma
{

namespace detail
{

enum class lent { pages, noncoherent, noncontiguous };

// `token` is what the kernel frees by: its page, its address, its table.
template <lent Kind> class lent_memory
{
      public:
	static constexpr bool syncs = true, has_parts = Kind != lent::noncontiguous, has_cpu = true, allocated = true;
	using returned = void;

	lent_memory(device dev, void *token, void *cpu, address at, size bytes) noexcept
	    : dev_(dev.raw()), token_(token), cpu_(static_cast<byte *>(cpu)), at_(at), bytes_(bytes)
	{
	}
	lent_memory(lent_memory &&other) noexcept
	    : dev_(std::exchange(other.dev_, nullptr)), token_(other.token_), cpu_(other.cpu_), at_(other.at_),
	      bytes_(other.bytes_)
	{
	}
	lent_memory &operator=(lent_memory &&other) noexcept
	{
		dev_ = std::exchange(other.dev_, nullptr);
		token_ = other.token_;
		cpu_ = other.cpu_;
		at_ = other.at_;
		bytes_ = other.bytes_;
		return *this;
	}
	bool live() const noexcept
	{
		return dev_;
	}
	size bytes() const noexcept
	{
		return bytes_;
	}
	address dma() const noexcept
	{
		return at_;
	}
	attributes attrs() const noexcept
	{
		return {};
	}
	template <class F> void for_each_segment(F &f) const noexcept
	{
		size n = bytes_;

		if constexpr (Kind == lent::noncontiguous)
			(void)dmaxx_noncontiguous_dma(token_, &n);
		f(at_, n);
	}
	template <bool W> cpu_view<W> view() const noexcept
	{
		return {cpu_, bytes_};
	}
	template <bool W> cpu_view<W> view(size at, size n) const noexcept
	{
		return {cpu_ + at, n};
	}
	void sync_for_cpu(direction dir, size at, size n) const noexcept
	{
		if constexpr (Kind == lent::noncontiguous)
			dmaxx_sync_noncontiguous_for_cpu(dev_, token_, cpu_, bytes_, static_cast<int>(dir));
		else
			dmaxx_sync_for_cpu(dev_, at_ + at, n, static_cast<int>(dir));
	}
	void sync_for_device(direction dir, size at, size n) const noexcept
	{
		if constexpr (Kind == lent::noncontiguous)
			dmaxx_sync_noncontiguous_for_device(dev_, token_, cpu_, bytes_, static_cast<int>(dir));
		else
			dmaxx_sync_for_device(dev_, at_ + at, n, static_cast<int>(dir));
	}
	void finish(direction direction, unsigned long) noexcept
	{
		if (!live())
			return;
		struct ::device *dev = std::exchange(dev_, nullptr);
		const int dir = static_cast<int>(direction);
		if constexpr (Kind == lent::pages)
			dmaxx_free_pages(dev, bytes_, static_cast<struct page *>(token_), at_, dir);
		else if constexpr (Kind == lent::noncoherent)
			dmaxx_free_noncoherent(dev, bytes_, token_, at_, dir);
		else
			dmaxx_free_noncontiguous(dev, bytes_, cpu_, token_, dir);
	}

      private:
	struct ::device *dev_; // null: moved away
	void *token_;
	byte *cpu_;
	address at_;
	size bytes_;
};

} // namespace detail

template <direction Dir, owner Own = cpu_owned>
using device_pages = handed<detail::lent_memory<detail::lent::pages>, Dir, Own>;
template <direction Dir, owner Own = cpu_owned>
using noncoherent = handed<detail::lent_memory<detail::lent::noncoherent>, Dir, Own>;
template <direction Dir, owner Own = cpu_owned>
using noncontiguous = handed<detail::lent_memory<detail::lent::noncontiguous>, Dir, Own>;

// Each in a context that may sleep.
template <direction Dir> result<device_pages<Dir>> alloc_pages(device dev, size bytes, gfp how) noexcept
{
	address at;
	struct page *page = dmaxx_alloc_pages(dev.raw(), bytes, &at, static_cast<int>(Dir), how.value());

	if (!page)
		return no_memory;
	return device_pages<Dir>(detail::made(), {dev, page, dmaxx_page_cpu(page), at, bytes});
}

template <direction Dir> result<noncoherent<Dir>> alloc_noncoherent(device dev, size bytes, gfp how) noexcept
{
	address at;
	void *cpu = dmaxx_alloc_noncoherent(dev.raw(), bytes, &at, static_cast<int>(Dir), how.value());

	if (!cpu)
		return no_memory;
	return noncoherent<Dir>(detail::made(), {dev, cpu, cpu, at, bytes});
}

// attrs: alloc_single_pages or none.
template <direction Dir>
result<noncontiguous<Dir>> alloc_noncontiguous(device dev, size bytes, gfp how, attributes attrs = {}) noexcept
{
	size whole_pages;
	void *table;
	void *cpu =
		dmaxx_alloc_noncontiguous(dev.raw(), bytes, &table, static_cast<int>(Dir), how.value(), attrs.value());

	if (!cpu)
		return no_memory;
	const address at = dmaxx_noncontiguous_dma(table, &whole_pages);
	return noncontiguous<Dir>(detail::made(), {dev, table, cpu, at, bytes});
}

} // namespace dma

#endif
