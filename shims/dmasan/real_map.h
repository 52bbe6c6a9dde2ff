/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kernel/dma/mapping.c is compiled with (kernel-files.cmake), so that the functions that map memory have other
 * names for the linker, and ours stand before them (map_memory.c). Not macros: dma_map_phys is a tracepoint's name too.
 * Names that a tree lacks do no harm.
 */
#pragma redefine_extname dma_map_phys real_dma_map_phys
#pragma redefine_extname dma_map_page_attrs real_dma_map_page_attrs
#pragma redefine_extname dma_map_sg_attrs real_dma_map_sg_attrs
#pragma redefine_extname dma_map_sgtable real_dma_map_sgtable
