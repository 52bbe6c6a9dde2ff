/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entry points of kernel/dma/debug.c under other names: what it is compiled with (kernel-files.cmake), so that the
 * hooks' own names are ours (hooks.c). Names that a tree lacks do no harm.
 */
#define debug_dma_map_single		 real_debug_dma_map_single
#define debug_dma_map_phys		 real_debug_dma_map_phys
#define debug_dma_unmap_phys		 real_debug_dma_unmap_phys
#define debug_dma_map_page		 real_debug_dma_map_page
#define debug_dma_unmap_page		 real_debug_dma_unmap_page
#define debug_dma_map_resource		 real_debug_dma_map_resource
#define debug_dma_unmap_resource	 real_debug_dma_unmap_resource
#define debug_dma_mapping_error		 real_debug_dma_mapping_error
#define debug_dma_map_sg		 real_debug_dma_map_sg
#define debug_dma_unmap_sg		 real_debug_dma_unmap_sg
#define debug_dma_alloc_coherent	 real_debug_dma_alloc_coherent
#define debug_dma_free_coherent		 real_debug_dma_free_coherent
#define debug_dma_alloc_pages		 real_debug_dma_alloc_pages
#define debug_dma_free_pages		 real_debug_dma_free_pages
#define debug_dma_sync_single_for_cpu	 real_debug_dma_sync_single_for_cpu
#define debug_dma_sync_single_for_device real_debug_dma_sync_single_for_device
#define debug_dma_sync_sg_for_cpu	 real_debug_dma_sync_sg_for_cpu
#define debug_dma_sync_sg_for_device	 real_debug_dma_sync_sg_for_device
/* What it hears of drivers that go by (unbound.c). */
#define bus_register_notifier dmaf_debug_bus_notifier
