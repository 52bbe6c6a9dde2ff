// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// A device, in two states: before its driver said which addresses it can drive, and after. All that maps or allocates
// takes the second; so a driver that forgets the mask does not compile (dma-api-howto.rst, "DMA addressing
// capabilities": drivers must say so in their probe routine).
//
//	auto ready = dma::unmasked_device(dev).set_masks(dma::mask::bits(64));
//
// Neither owns anything: they are the address of a struct device, which must live as long as they and all that was made
// with them do: from probe to remove. They can be copied.
#ifndef DMAXX_DEVICE_H
#define DMAXX_DEVICE_H

#include "result.h"
#include "types.h"

namespace dma
{

class device
{
      public:
	constexpr device() noexcept = default; // none: what uses it must not be called
	struct ::device *raw() const noexcept
	{
		return dev_;
	}

	// Again, and only while nothing is mapped or allocated for the device.
	result<void> set_mask(mask m) const noexcept
	{
		return result<void>::of(dmaxx_set_mask(dev_, m.value()));
	}
	result<void> set_coherent_mask(mask m) const noexcept
	{
		return result<void>::of(dmaxx_set_coherent_mask(dev_, m.value()));
	}
	result<void> set_masks(mask m) const noexcept
	{
		return result<void>::of(dmaxx_set_both_masks(dev_, m.value()));
	}

	// What a segment of a list may be, bytes; where it may not cross, as 2^n - 1; what part of an address a bounce
	// buffer keeps, as 2^n - 1.
	void set_max_segment(unsigned bytes) const noexcept
	{
		dmaxx_set_max_segment(dev_, bytes);
	}
	void set_segment_boundary(mask m) const noexcept
	{
		dmaxx_set_boundary(dev_, m.value());
	}
	void set_min_align(unsigned m) const noexcept
	{
		dmaxx_set_min_align(dev_, m);
	}

	size max_mapping_size() const noexcept
	{
		return dmaxx_max_mapping_size(dev_);
	}
	size opt_mapping_size() const noexcept
	{
		return dmaxx_opt_mapping_size(dev_);
	}
	dmaxx_u64 merge_boundary() const noexcept
	{
		return dmaxx_merge_boundary(dev_);
	}
	dmaxx_u64 required_mask() const noexcept
	{
		return dmaxx_required_mask(dev_);
	}
	bool addressing_limited() const noexcept
	{
		return dmaxx_addressing_limited(dev_);
	}
	bool can_mmap() const noexcept
	{
		return dmaxx_can_mmap(dev_);
	}
	bool needs_sync() const noexcept
	{
		return dmaxx_need_sync(dev_);
	}

      private:
	friend class unmasked_device;
	explicit device(struct ::device *dev) noexcept : dev_(dev)
	{
	}
	struct ::device *dev_ = nullptr;
};

class unmasked_device
{
      public:
	explicit unmasked_device(struct ::device *dev) noexcept : dev_(dev)
	{
	}

	// The kernel may refuse (-EIO): ask for less then, or give up.
	result<device> set_masks(mask m) const noexcept
	{
		return made(dmaxx_set_both_masks(dev_, m.value()));
	}
	result<device> set_mask(mask m) const noexcept
	{
		return made(dmaxx_set_mask(dev_, m.value()));
	}
	result<device> set_coherent_mask(mask m) const noexcept
	{
		return made(dmaxx_set_coherent_mask(dev_, m.value()));
	}
	// The masks that the bus gave it, 32 bits unless the bus says otherwise. Said aloud, for it is seldom meant.
	device with_default_masks() const noexcept
	{
		return device(dev_);
	}

      private:
	result<device> made(int code) const noexcept
	{
		if (code)
			return error(code);
		return device(dev_);
	}
	struct ::device *dev_;
};

// Orders accesses to coherent memory as the device sees them (dma_wmb(), dma_rmb(), dma_mb()).
inline void write_barrier() noexcept
{
	dmaxx_write_barrier();
}
inline void read_barrier() noexcept
{
	dmaxx_read_barrier();
}
inline void barrier() noexcept
{
	dmaxx_barrier();
}

} // namespace dma

#endif
