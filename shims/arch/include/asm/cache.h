/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_CACHE_H
#define _ASM_DMAFUZZ_CACHE_H

/* Lines of 64 bytes. kmalloc does not align to them (as on arm64 today): small buffers of a non-snooping device bounce.
 */
#define L1_CACHE_SHIFT	      6
#define L1_CACHE_BYTES	      (1 << L1_CACHE_SHIFT)
#define ARCH_DMA_MINALIGN     L1_CACHE_BYTES
#define ARCH_KMALLOC_MINALIGN 8

#endif
