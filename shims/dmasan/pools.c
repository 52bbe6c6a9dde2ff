// SPDX-License-Identifier: GPL-2.0-only
/*
 * DmaSan hears of pools and their blocks: ours stand before the functions of mm/dmapool.c, which real_pool.h renames.
 */
#include <linux/device.h>
#include <linux/dmapool.h>
#include <linux/slab.h>
#include <linux/version.h>
#include "host.h"

static struct dma_pool *told(struct dma_pool *pool, struct device *dev, size_t size)
{
	if (pool)
		host_dmasan_pool_create(pool, dev, size);
	return pool;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
struct dma_pool *real_dma_pool_create_node(const char *name, struct device *dev, size_t size, size_t align,
					   size_t boundary, int node);

struct dma_pool *dma_pool_create_node(const char *name, struct device *dev, size_t size, size_t align, size_t boundary,
				      int node)
{
	return told(real_dma_pool_create_node(name, dev, size, align, boundary, node), dev, size);
}
#else
struct dma_pool *real_dma_pool_create(const char *name, struct device *dev, size_t size, size_t align, size_t boundary);

struct dma_pool *dma_pool_create(const char *name, struct device *dev, size_t size, size_t align, size_t boundary)
{
	return told(real_dma_pool_create(name, dev, size, align, boundary), dev, size);
}
#endif

struct dma_pool *real_dmam_pool_create(const char *name, struct device *dev, size_t size, size_t align,
				       size_t allocation);

struct dma_pool *dmam_pool_create(const char *name, struct device *dev, size_t size, size_t align, size_t allocation)
{
	return told(real_dmam_pool_create(name, dev, size, align, allocation), dev, size);
}

void *real_dma_pool_alloc(struct dma_pool *pool, gfp_t mem_flags, dma_addr_t *handle);

void *dma_pool_alloc(struct dma_pool *pool, gfp_t mem_flags, dma_addr_t *handle)
{
	void *block = real_dma_pool_alloc(pool, mem_flags, handle);

	if (block)
		host_dmasan_pool_alloc(pool, block, *handle);
	return block;
}

void real_dma_pool_free(struct dma_pool *pool, void *vaddr, dma_addr_t dma);

void dma_pool_free(struct dma_pool *pool, void *vaddr, dma_addr_t dma)
{
	host_dmasan_pool_free(pool, vaddr, dma);
	real_dma_pool_free(pool, vaddr, dma);
}

/* The file's kfree(). What it frees may be a pool, all of whose memory that is not in use has been given back. */
void dmaf_pool_kfree(const void *object);

void dmaf_pool_kfree(const void *object)
{
	host_dmasan_pool_destroy(object);
	kfree(object);
}
