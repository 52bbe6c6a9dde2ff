/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam of backend `cxx` between its C (driver.c: what a driver does besides DMA) and its C++ (the rest: all DMA,
 * through dmaxx).
 */
#ifndef DMAF_BACKEND_CXX_DRIVER_H
#define DMAF_BACKEND_CXX_DRIVER_H

#include "backend/backend.h"

#ifdef __cplusplus
extern "C" {
#endif

struct device;
struct page;
struct scatterlist;
struct dmaf_c;

/* Bytes of the C++ side's state, which follows that of the C side. */
#define DMAF_CXX_STATE_SIZE 16384

/* C++, called from C. `c` holds the program's buffers. */
void dmaf_cxx_begin(void *state, struct device *dev, struct dmaf_c *c);
void dmaf_cxx_exec(void *state, const struct dmaf_op *op, struct dmaf_result *result);
/* The driver's objects go, in the reverse order of what needs what: at remove() and when a program ends. */
void dmaf_cxx_drop(void *state);

/* C, called from C++. */
struct dmaf_cxx_buffer {
	void *cpu; /* null: a register window, or memory of the stack */
	dmaf_u64 phys;
	dmaf_u32 len;
	dmaf_u8 kind, live;
};
void dmaf_cxx_find_buffer(struct dmaf_c *c, unsigned int h, struct dmaf_cxx_buffer *out);
/* ALLOC, FREE, and FILL and CHECK of buffers; UNBIND, BIND: as backend `c` does them. */
void dmaf_cxx_plain(struct dmaf_c *c, const struct dmaf_op *op, struct dmaf_result *result);
/* The pages of the bytes that a list is to have, in an array to be given to dmaf_cxx_forget_pages(). */
struct page **dmaf_cxx_pages(struct dmaf_c *c, const struct dmaf_op *op, unsigned int *count, unsigned int *offset);
void dmaf_cxx_forget_pages(struct page **pages);
/* Arrays of entries, chained, for list h; null: no memory. */
struct scatterlist *dmaf_cxx_chain(struct dmaf_c *c, const struct dmaf_op *op);
void dmaf_cxx_free_chain(struct dmaf_c *c, unsigned int h);

#ifdef __cplusplus
}
#endif
#endif
