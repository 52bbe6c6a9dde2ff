/* SPDX-License-Identifier: GPL-2.0-only */
/* Declares what kernel/dma/debug.c defines once it is compiled with rename.h. */
#include <linux/dma-mapping.h>
#include "dmasan/rename.h"
#undef _KERNEL_DMA_DEBUG_H
#include <../kernel/dma/debug.h>
void debug_dma_map_single(struct device *dev, const void *addr, unsigned long len);
void debug_dma_mapping_error(struct device *dev, dma_addr_t dma);
#undef debug_dma_map_single
#undef debug_dma_map_phys
#undef debug_dma_unmap_phys
#undef debug_dma_map_page
#undef debug_dma_unmap_page
#undef debug_dma_map_resource
#undef debug_dma_unmap_resource
#undef debug_dma_mapping_error
#undef debug_dma_map_sg
#undef debug_dma_unmap_sg
#undef debug_dma_alloc_coherent
#undef debug_dma_free_coherent
#undef debug_dma_alloc_pages
#undef debug_dma_free_pages
#undef debug_dma_sync_single_for_cpu
#undef debug_dma_sync_single_for_device
#undef debug_dma_sync_sg_for_cpu
#undef debug_dma_sync_sg_for_device
