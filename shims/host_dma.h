/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the harness asks of the DMA API and of memory below the code under test. Plain C and free of both sides'
 * headers, as host.h.
 */
#ifndef DMAFUZZ_HOST_DMA_H
#define DMAFUZZ_HOST_DMA_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The `after`-th streaming mapping from now on (of a page, a piece of memory or a list) fails, once, as when there is
 * no room for bounce buffers or in an IOMMU's space. 0: none does. A reset of the machine takes it back.
 */
void kernel_fail_map(unsigned int after);

/* Whether an object of a slab is in the reserve of a mempool (mm/mempool.c): its pool has it, so it is not lost. */
int kernel_mempool_holds(const void *object);

#ifdef __cplusplus
}
#endif

#endif
