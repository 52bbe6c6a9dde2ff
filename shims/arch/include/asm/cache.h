/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_CACHE_H
#define _ASM_DMAFUZZ_CACHE_H

/*
 * As on arm64: a kernel for machines of any line up to 128 bytes, which finds out at boot what the lines of this one
 * are. kmalloc aligns to less: small buffers of a non-snooping device bounce unless they are whole lines.
 */
#define L1_CACHE_SHIFT	      6
#define L1_CACHE_BYTES	      (1 << L1_CACHE_SHIFT)
#define ARCH_DMA_MINALIGN     128
#define ARCH_KMALLOC_MINALIGN 8

#ifndef __ASSEMBLY__
/* Bytes; the input's choice (boot/devices.c). */
int dmaf_cache_line_size(void);
#define dma_get_cache_alignment dmaf_cache_line_size
#endif

#endif
