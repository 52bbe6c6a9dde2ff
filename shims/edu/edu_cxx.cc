// SPDX-License-Identifier: GPL-2.0-only
//
// See edu_cxx.c: what of the driver is about DMA.
#include "edu_cxx.h"

#include <new>

#include "cxx/dmaxx/dmaxx.h"
#include "edu.h"

namespace
{

static_assert(sizeof(dma::device) == sizeof(edu_dma) && alignof(dma::device) <= alignof(edu_dma));

dma::device device_of(const edu_dma *state)
{
	return *reinterpret_cast<const dma::device *>(state);
}

} // namespace

int edu_dma_open(edu_dma *state, struct device *dev)
{
	auto ready = dma::unmasked_device(dev).set_masks(dma::mask::bits(EDU_DMA_BITS));
	if (!ready)
		return ready.code();
	new (state) dma::device(ready.value());
	return 0;
}

long edu_dma_put(const edu_dma *state, edu *edu, void *bytes, unsigned long room, unsigned at, unsigned long n)
{
	auto mapped = dma::map<dma::to_device>(device_of(state), dma::memory::kmalloced(bytes, room));
	if (!mapped)
		return mapped.code();
	auto tx = std::move(mapped).value();
	if (const int error = edu_transfer(edu, tx.dma(), at, n, 0))
		return error;
	const unsigned moved = edu_count(edu);
	if (moved > n)
		return dma::io_error.code();
	return moved;
}

long edu_dma_get(const edu_dma *state, edu *edu, void *bytes, unsigned long room, void *to, unsigned at,
		 unsigned long n)
{
	auto mapped = dma::map<dma::from_device>(device_of(state), dma::memory::kmalloced(bytes, room));
	if (!mapped)
		return mapped.code();
	auto rx = std::move(mapped).value();
	if (const int error = edu_transfer(edu, rx.dma(), at, n, 1))
		return error;
	const dma::memory came = std::move(rx).unmap();
	// The device says how many came; the view knows how many there can be.
	const unsigned moved = edu_count(edu);
	const auto all = came.view().part(0, n);
	if (!all)
		return dma::io_error.code();
	const auto part = all.value().part(0, moved);
	if (!part)
		return dma::io_error.code();
	if (const int error = edu_to_user(to, part.value().data(), moved))
		return error;
	return moved;
}
