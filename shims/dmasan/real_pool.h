/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mm/dmapool.c is compiled with (kernel-files.cmake), so that its functions have other names for the linker, and
 * ours stand before them (pools.c). Names that a tree lacks do no harm.
 *
 * A managed pool is destroyed by the file's own functions, whose calls of one another keep their real names. Each way
 * ends with kfree() of the pool: that is what ours hear.
 */
#pragma redefine_extname dma_pool_create real_dma_pool_create
#pragma redefine_extname dma_pool_create_node real_dma_pool_create_node
#pragma redefine_extname dma_pool_alloc real_dma_pool_alloc
#pragma redefine_extname dma_pool_free real_dma_pool_free
#pragma redefine_extname dmam_pool_create real_dmam_pool_create
#pragma redefine_extname kfree dmaf_pool_kfree
