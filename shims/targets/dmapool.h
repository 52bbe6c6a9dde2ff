/* SPDX-License-Identifier: GPL-2.0-only */
/* DMA pools for target dmapool: mm/dmapool.c behind a C ABI. */
#ifndef DMAF_TARGETS_DMAPOOL_H
#define DMAF_TARGETS_DMAPOOL_H

#ifdef __cplusplus
extern "C" {
#endif

enum kernel_pool_kind {
	KERNEL_POOL_PLAIN = 0,
	KERNEL_POOL_MANAGED = 1, /* dmam_pool_create */
	KERNEL_POOL_DEBUG = 2	 /* mm/dmapool.c once more, with its checks (DMAPOOL_DEBUG) compiled in */
};

#define KERNEL_POOL_ZERO   1u /* __GFP_ZERO */
#define KERNEL_POOL_ATOMIC 2u /* interrupts off, GFP_ATOMIC */

/* 0 or a negative errno. */
int kernel_pool_set_mask(void *dev, unsigned bits);
void *kernel_pool_create(void *dev, int kind, unsigned long size, unsigned long align, unsigned long boundary);
void kernel_pool_destroy(void *pool, int kind);
void *kernel_pool_alloc(void *pool, int kind, unsigned flags, unsigned long long *dma);
void kernel_pool_free(void *pool, int kind, void *block, unsigned long long dma);
/* The CPU's accesses to a block. */
void kernel_pool_write(void *block, unsigned long offset, const void *bytes, unsigned long n);
void kernel_pool_read(const void *block, unsigned long offset, void *bytes, unsigned long n);

#ifdef __cplusplus
}
#endif
#endif
