// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a driver in C does. See cost.h.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/slab.h>
#include "cxx/cost/cost.h"

struct descriptor {
	u64 address;
	u32 length, status;
};

void *cost_buffer(void)
{
	return kzalloc(256, GFP_KERNEL);
}

void cost_forget(void *bytes)
{
	kfree(bytes);
}

unsigned long cost_c_streaming(struct device *dev, void *bytes, unsigned long n)
{
	unsigned long sum = 0;

	while (n--) {
		dma_addr_t dma = dma_map_single(dev, bytes, 256, DMA_BIDIRECTIONAL);

		if (dma_mapping_error(dev, dma))
			return 0;
		dma_sync_single_for_cpu(dev, dma, 256, DMA_BIDIRECTIONAL);
		sum += *(u32 *)bytes;
		*(u32 *)bytes = n;
		dma_sync_single_for_device(dev, dma, 256, DMA_BIDIRECTIONAL);
		dma_unmap_single(dev, dma, 256, DMA_BIDIRECTIONAL);
	}
	return sum;
}

unsigned long cost_c_coherent(struct device *dev, void *bytes, unsigned long n)
{
	unsigned long sum = 0;
	unsigned int i;

	while (n--) {
		dma_addr_t dma;
		struct descriptor *ring = dma_alloc_coherent(dev, 64 * sizeof(*ring), &dma, GFP_KERNEL);

		if (!ring)
			return 0;
		for (i = 0; i < 64; i++) {
			WRITE_ONCE(ring[i].address, dma + i);
			WRITE_ONCE(ring[i].length, 64);
		}
		for (i = 0; i < 64; i++)
			sum += READ_ONCE(ring[i].length);
		dma_free_coherent(dev, 64 * sizeof(*ring), ring, dma);
	}
	return sum;
}

unsigned long cost_c_pool(struct device *dev, void *bytes, unsigned long n)
{
	unsigned long sum = 0;
	unsigned int i;

	while (n--) {
		struct dma_pool *pool = dma_pool_create("cost", dev, sizeof(struct descriptor), 16, 0);

		if (!pool)
			return 0;
		for (i = 0; i < 16; i++) {
			dma_addr_t dma;
			struct descriptor *d = dma_pool_alloc(pool, GFP_KERNEL, &dma);

			if (!d)
				return 0;
			WRITE_ONCE(d->status, 3);
			sum += READ_ONCE(d->status);
			dma_pool_free(pool, d, dma);
		}
		dma_pool_destroy(pool);
	}
	return sum;
}
