/* SPDX-License-Identifier: GPL-2.0-only */
/* One IOVA domain for target iova: drivers/iommu/iova.c behind a C ABI. Page frame numbers throughout. */
#ifndef DMAF_TARGETS_IOVA_H
#define DMAF_TARGETS_IOVA_H

#ifdef __cplusplus
extern "C" {
#endif

/* A range of the domain's tree, both ends included. */
struct kernel_iova_range {
	unsigned long lo, hi;
};

/* Makes the domain; 0 or a negative errno, after which nothing is left. */
int kernel_iova_open(unsigned long granule, unsigned long start_pfn);
/*
 * Whether the making may run out of memory: 6.12 then frees magazines that it never got (kmem_cache_free() of null;
 * in 7.3 that is mended).
 */
int kernel_iova_open_may_fail(void);
/* Destroys it with all that is in it. */
void kernel_iova_close(void);
/* 0 if there was none. */
int kernel_iova_alloc(unsigned long size, unsigned long limit, int aligned, struct kernel_iova_range *range);
/* __free_iova() of the range that holds pfn, found first; 0 if there is none. */
int kernel_iova_free_found(unsigned long pfn);
void kernel_iova_free(unsigned long pfn);
unsigned long kernel_iova_alloc_fast(unsigned long size, unsigned long limit, int flush);
void kernel_iova_free_fast(unsigned long pfn, unsigned long size);
int kernel_iova_reserve(unsigned long lo, unsigned long hi, struct kernel_iova_range *range);
int kernel_iova_find(unsigned long pfn, struct kernel_iova_range *range);
/* The CPU leaves: its cached ranges go back to the tree. */
void kernel_iova_cpu_dead(void);
/* Bytes up to which ranges are cached, as dma_opt_mapping_size() tells drivers. */
unsigned long kernel_iova_cached_size(void);

#ifdef __cplusplus
}
#endif
#endif
