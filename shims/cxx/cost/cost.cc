// SPDX-License-Identifier: GPL-2.0-only
//
// What a driver over dmaxx does. See cost.h.
#include "cxx/cost/cost.h"

#include "cxx/dmaxx/dmaxx.h"

namespace
{

struct descriptor {
	dmaxx_u64 address;
	unsigned int length, status;
};

dma::device ready(struct device *dev)
{
	return dma::unmasked_device(dev).with_default_masks();
}

} // namespace

unsigned long cost_cxx_streaming(struct device *raw, void *bytes, unsigned long n)
{
	const dma::device dev = ready(raw);
	unsigned long sum = 0;

	while (n--) {
		auto made = dma::map<dma::bidirectional>(dev, dma::memory::kmalloced(bytes, 256));
		if (!made)
			return 0;
		auto cpu = std::move(made).value().sync_for_cpu();
		if (auto word = cpu.view().read<unsigned int>(0); word.ok())
			sum += word.value();
		if (auto set = cpu.view().write(0, static_cast<unsigned int>(n)); !set)
			return 0;
		(void)std::move(cpu).sync_for_device().unmap();
	}
	return sum;
}

unsigned long cost_cxx_coherent(struct device *raw, void *, unsigned long n)
{
	const dma::device dev = ready(raw);
	unsigned long sum = 0;

	while (n--) {
		auto made = dma::coherent<descriptor[]>::alloc(dev, 64, dma::gfp::may_sleep);
		if (!made)
			return 0;
		auto memory = std::move(made).value();
		const auto ring = memory.view();
		for (unsigned i = 0; i < 64; i++) {
			(void)ring.write(i, &descriptor::address, memory.dma() + i);
			(void)ring.write(i, &descriptor::length, 64);
		}
		for (unsigned i = 0; i < 64; i++)
			if (auto length = ring.read(i, &descriptor::length); length.ok())
				sum += length.value();
	}
	return sum;
}

unsigned long cost_cxx_pool(struct device *raw, void *, unsigned long n)
{
	const dma::device dev = ready(raw);
	unsigned long sum = 0;

	while (n--) {
		auto made = dma::pool<descriptor>::create("cost", dev, 16);
		if (!made)
			return 0;
		auto pool = std::move(made).value();
		for (unsigned i = 0; i < 16; i++) {
			auto got = pool.alloc(dma::gfp::may_sleep);
			if (!got)
				return 0;
			auto block = std::move(got).value();
			const auto d = block.view();
			(void)d.write(0, &descriptor::status, 3);
			if (auto status = d.read(0, &descriptor::status); status.ok())
				sum += status.value();
		}
	}
	return sum;
}
