/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same sequences of a driver, in C and over dmaxx: what the wrapper costs (harness/tests/cxx_cost).
 */
#ifndef DMAXX_COST_COST_H
#define DMAXX_COST_COST_H

#ifdef __cplusplus
extern "C" {
#endif

struct device;
/* Each runs `n` times and returns a sum of what it read, so that nothing of it can be left out. */
typedef unsigned long cost_sequence(struct device *dev, void *bytes, unsigned long n);
cost_sequence cost_c_streaming, cost_cxx_streaming; /* map, hand over and back, unmap 256 bytes */
cost_sequence cost_c_coherent, cost_cxx_coherent;   /* allocate, fill 64 descriptors, read them, free */
cost_sequence cost_c_pool, cost_cxx_pool;	    /* a pool's block: allocate, write, read, free; 16 times a pool */
/* 256 bytes of kmalloc(), and back. */
void *cost_buffer(void);
void cost_forget(void *bytes);

#ifdef __cplusplus
}
#endif
#endif
