// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// Words that the rest of dmaxx is written in: direction, owner, addresses, masks, attributes, ways to allocate.
#ifndef DMAXX_TYPES_H
#define DMAXX_TYPES_H

#include "capi.h"

namespace dma
{

using size = dmaxx_size;    // bytes, unless it is said what is counted
using address = dmaxx_u64;  // as the device sees it: dma_addr_t
using physical = dmaxx_u64; // phys_addr_t
using byte = unsigned char;

// Who writes and who reads (include/linux/dma-direction.h). There is no word for DMA_NONE: nothing is mapped so.
enum class direction : int { bidirectional = 0, to_device = 1, from_device = 2 };
inline constexpr direction bidirectional = direction::bidirectional;
inline constexpr direction to_device = direction::to_device;
inline constexpr direction from_device = direction::from_device;

// Whose turn it is with memory that both sides use (Documentation/core-api/dma-api-howto.rst, "DMA Direction").
// by_parts: some bytes are the one's and some the other's; which ones, the driver knows and the type does not.
enum class owner { device_owned, cpu_owned, by_parts };
inline constexpr owner device_owned = owner::device_owned;
inline constexpr owner cpu_owned = owner::cpu_owned;
inline constexpr owner by_parts = owner::by_parts;

// The addresses that a device can drive: its lowest n bits (DMA_BIT_MASK()). None and more than 64 are allowed to be
// asked for: a kernel refuses what it cannot serve.
class mask
{
      public:
	static constexpr mask bits(unsigned n) noexcept
	{
		return mask(n == 0 ? 0 : n >= 64 ? ~0ull : (1ull << n) - 1);
	}
	constexpr dmaxx_u64 value() const noexcept
	{
		return value_;
	}

      private:
	explicit constexpr mask(dmaxx_u64 value) noexcept : value_(value)
	{
	}
	dmaxx_u64 value_;
};

// DMA_ATTR_*, by their names (Documentation/core-api/dma-attributes.rst). Two have no name here, for they change what
// an object can do, and are functions and types instead: skip_cpu_sync (map_unsynced(), unmap_unsynced()) and
// no_kernel_mapping (coherent_opaque).
class attributes
{
      public:
	constexpr attributes() noexcept = default;
	// From the kernel's own bits; the two that have no name are left out.
	static constexpr attributes raw(unsigned long bits) noexcept
	{
		return attributes(bits & ~(1ul << 4 | 1ul << 5));
	}
	constexpr unsigned long value() const noexcept
	{
		return value_;
	}
	friend constexpr attributes operator|(attributes a, attributes b) noexcept
	{
		return attributes(a.value_ | b.value_);
	}
	friend constexpr bool operator==(attributes, attributes) noexcept = default;

      private:
	explicit constexpr attributes(unsigned long bits) noexcept : value_(bits)
	{
	}
	unsigned long value_ = 0;
};
inline constexpr attributes weak_ordering = attributes::raw(1ul << 1);
inline constexpr attributes write_combine = attributes::raw(1ul << 2);
inline constexpr attributes force_contiguous = attributes::raw(1ul << 6);
inline constexpr attributes alloc_single_pages = attributes::raw(1ul << 7);
inline constexpr attributes no_warn = attributes::raw(1ul << 8);
inline constexpr attributes privileged = attributes::raw(1ul << 9);
namespace detail
{
inline constexpr unsigned long no_kernel_mapping = 1ul << 4;
inline constexpr unsigned long skip_cpu_sync = 1ul << 5;
} // namespace detail

// How to allocate: gfp_t, as far as memory for DMA has a use for it.
class gfp
{
      public:
	constexpr unsigned value() const noexcept
	{
		return value_;
	}
	friend constexpr gfp operator|(gfp a, gfp b) noexcept
	{
		return gfp(a.value_ | b.value_);
	}

	static const gfp may_sleep; // GFP_KERNEL
	static const gfp atomic;    // GFP_ATOMIC
	static const gfp zeroed;    // __GFP_ZERO
	static const gfp quiet;	    // __GFP_NOWARN

      private:
	explicit constexpr gfp(unsigned value) noexcept : value_(value)
	{
	}
	unsigned value_;
};
inline constexpr gfp gfp::may_sleep{0};
inline constexpr gfp gfp::atomic{DMAXX_GFP_ATOMIC};
inline constexpr gfp gfp::zeroed{DMAXX_GFP_ZERO};
inline constexpr gfp gfp::quiet{DMAXX_GFP_NOWARN};

// [at, at + n) lies in an object of `whole`; whatever the three are.
constexpr bool within(size whole, size at, size n) noexcept
{
	return at <= whole && n <= whole - at;
}

} // namespace dma

#endif
