// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// The CPU's memory that may be mapped, as tokens: who holds one may touch those bytes, and there is one of each.
// Mapping takes the token and unmapping returns it, so that a buffer that the device has cannot be touched or freed
// through it. Tokens own no memory: they are an address and a size, and the driver frees what it allocated, with
// release().
//
// There is one function for each kind of memory that the kernel allows (dma-api-howto.rst, "What memory is DMA'able?"),
// and none for what it does not: nothing makes a token of the stack, of the kernel's image, or of a plain pointer that
// nobody vouched for. Whether the caller told the truth is beyond a type.
#ifndef DMAXX_MEMORY_H
#define DMAXX_MEMORY_H

#include "view.h"

namespace dma
{

struct memory_halves;

// Of kmalloc(), of a kmem_cache or of the page allocator: in the linear map, physically in one piece.
class DMAXX_STARTS(unconsumed) memory
{
      public:
	DMAXX_RETURNS(unconsumed) static memory kmalloced(void *at, size bytes) noexcept
	{
		return memory(at, bytes);
	}
	DMAXX_RETURNS(unconsumed) static memory of_pages(void *at, size bytes) noexcept
	{
		return memory(at, bytes);
	}

	DMAXX_RETURNS(unconsumed) memory(memory &&other) noexcept : at_(other.at_), size_(other.size_)
	{
		other.at_ = nullptr;
		other.size_ = 0;
	}
	DMAXX_REVIVES memory &operator=(memory &&other) noexcept
	{
		at_ = std::exchange(other.at_, nullptr);
		size_ = std::exchange(other.size_, 0);
		return *this;
	}

	size bytes() const noexcept
	{
		return size_;
	}
	DMAXX_ALIVE cpu_view<true> view() const noexcept DMAXX_WITHIN
	{
		return {at_, size_};
	}
	// The pointer, to give the memory back to whom it came from.
	DMAXX_GIVES_AWAY void *release() && noexcept
	{
		size_ = 0;
		return std::exchange(at_, nullptr);
	}
	// [at, at + n) of it; the rest is nobody's until the whole is made anew.
	DMAXX_GIVES_AWAY result<memory> part(size at, size n) && noexcept
	{
		if (!within(size_, at, n))
			return out_of_range;
		size_ = 0;
		return memory(std::exchange(at_, nullptr) + at, n);
	}
	// Both sides of a byte offset, each a token of its own.
	DMAXX_GIVES_AWAY result<memory_halves> split(size at) && noexcept;

      private:
	explicit memory(void *at, size bytes) noexcept : at_(static_cast<byte *>(at)), size_(bytes)
	{
	}
	byte *at_;
	size size_;
};

struct memory_halves {
	memory head, tail;
};

inline result<memory_halves> memory::split(size at) && noexcept
{
	if (at > size_)
		return out_of_range;
	memory head(at_, at), tail(at_ + at, size_ - at);

	at_ = nullptr;
	size_ = 0;
	return memory_halves{std::move(head), std::move(tail)};
}

// A range of vmalloc() memory inside one page: all of it that can be mapped at once.
class DMAXX_STARTS(unconsumed) vmalloc_part
{
      public:
	static constexpr size page = DMAXX_PAGE_SIZE;

	// [at, at + n) of an area that starts at `area`, a whole page.
	static result<vmalloc_part> of(void *area, size area_bytes, size at, size n) noexcept
	{
		if (!within(area_bytes, at, n))
			return out_of_range;
		if (at % page + n > page)
			return invalid_argument;
		return vmalloc_part(static_cast<byte *>(area) + at, n);
	}
	DMAXX_RETURNS(unconsumed) vmalloc_part(vmalloc_part &&other) noexcept : at_(other.at_), size_(other.size_)
	{
		other.at_ = nullptr;
		other.size_ = 0;
	}
	DMAXX_REVIVES vmalloc_part &operator=(vmalloc_part &&other) noexcept
	{
		at_ = std::exchange(other.at_, nullptr);
		size_ = std::exchange(other.size_, 0);
		return *this;
	}
	size bytes() const noexcept
	{
		return size_;
	}
	DMAXX_ALIVE cpu_view<true> view() const noexcept DMAXX_WITHIN
	{
		return {at_, size_};
	}

      private:
	vmalloc_part(byte *at, size bytes) noexcept : at_(at), size_(bytes)
	{
	}
	byte *at_;
	size size_;
};

// Registers of a device, as another device reaches them: a physical address that is no RAM. The CPU reaches them by
// ioremap(), not through here.
class register_range
{
      public:
	register_range(physical at, size bytes) noexcept : at_(at), size_(bytes)
	{
	}
	size bytes() const noexcept
	{
		return size_;
	}
	physical at() const noexcept
	{
		return at_;
	}
	result<register_range> part(size at, size n) const noexcept
	{
		if (!within(size_, at, n))
			return out_of_range;
		return register_range(at_ + at, n);
	}

      private:
	physical at_;
	size size_;
};

} // namespace dma

#endif
