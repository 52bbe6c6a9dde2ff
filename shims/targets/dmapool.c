// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of target dmapool: a driver that uses DMA pools.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/irqflags.h>
#include <linux/numa.h>
#include <linux/string.h>
#include <linux/version.h>
#include "targets/dmapool.h"

/* mm/dmapool.c compiled once more under these names: targets.cmake. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
struct dma_pool *dmaf_debug_pool_create_node(const char *name, struct device *dev, size_t size, size_t align,
					     size_t boundary, int node);
#define debug_create(name, dev, size, align, boundary)                                                                 \
	dmaf_debug_pool_create_node(name, dev, size, align, boundary, NUMA_NO_NODE)
#else
struct dma_pool *dmaf_debug_pool_create(const char *name, struct device *dev, size_t size, size_t align,
					size_t boundary);
#define debug_create dmaf_debug_pool_create
#endif
void dmaf_debug_pool_destroy(struct dma_pool *pool);
void *dmaf_debug_pool_alloc(struct dma_pool *pool, gfp_t mem_flags, dma_addr_t *handle);
void dmaf_debug_pool_free(struct dma_pool *pool, void *vaddr, dma_addr_t addr);

int kernel_pool_set_mask(void *dev, unsigned bits)
{
	return dma_set_mask_and_coherent(dev, DMA_BIT_MASK(bits));
}

void *kernel_pool_create(void *dev, int kind, unsigned long size, unsigned long align, unsigned long boundary)
{
	switch (kind) {
	case KERNEL_POOL_MANAGED:
		return dmam_pool_create("dmafuzz", dev, size, align, boundary);
	case KERNEL_POOL_DEBUG:
		return debug_create("dmafuzz", dev, size, align, boundary);
	default:
		return dma_pool_create("dmafuzz", dev, size, align, boundary);
	}
}

void kernel_pool_destroy(void *pool, int kind)
{
	switch (kind) {
	case KERNEL_POOL_MANAGED:
		return dmam_pool_destroy(pool);
	case KERNEL_POOL_DEBUG:
		return dmaf_debug_pool_destroy(pool);
	default:
		return dma_pool_destroy(pool);
	}
}

void *kernel_pool_alloc(void *pool, int kind, unsigned flags, unsigned long long *dma)
{
	gfp_t gfp =
		(flags & KERNEL_POOL_ATOMIC ? GFP_ATOMIC : GFP_KERNEL) | (flags & KERNEL_POOL_ZERO ? __GFP_ZERO : 0);
	dma_addr_t handle = 0;
	unsigned long irqs;
	void *block;

	if (flags & KERNEL_POOL_ATOMIC)
		local_irq_save(irqs);
	if (kind == KERNEL_POOL_DEBUG)
		block = dmaf_debug_pool_alloc(pool, gfp, &handle);
	else
		block = dma_pool_alloc(pool, gfp, &handle);
	if (flags & KERNEL_POOL_ATOMIC)
		local_irq_restore(irqs);
	*dma = handle;
	return block;
}

void kernel_pool_free(void *pool, int kind, void *block, unsigned long long dma)
{
	if (kind == KERNEL_POOL_DEBUG)
		dmaf_debug_pool_free(pool, block, dma);
	else
		dma_pool_free(pool, block, dma);
}

void kernel_pool_write(void *block, unsigned long offset, const void *bytes, unsigned long n)
{
	memcpy(block + offset, bytes, n);
}

void kernel_pool_read(const void *block, unsigned long offset, void *bytes, unsigned long n)
{
	memcpy(bytes, block + offset, n);
}
