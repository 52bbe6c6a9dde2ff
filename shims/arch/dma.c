// SPDX-License-Identifier: GPL-2.0-only
/*
 * The architecture's part of DMA: cache maintenance for devices that do not snoop. The cache is the harness's model.
 */
#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include "host.h"

void arch_sync_dma_for_device(phys_addr_t paddr, size_t size, enum dma_data_direction dir)
{
	host_sync_for_device(paddr, size, dir);
}

void arch_sync_dma_for_cpu(phys_addr_t paddr, size_t size, enum dma_data_direction dir)
{
	host_sync_for_cpu(paddr, size, dir);
}

void arch_dma_prep_coherent(struct page *page, size_t size)
{
	host_dma_prep_coherent(page_to_phys(page), size);
}
