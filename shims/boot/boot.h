/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the boot tell each other. */
#ifndef DMAF_BOOT_H
#define DMAF_BOOT_H

struct device;
struct dmaf_config;

/* Makes and binds one device a path. */
void dmaf_devices_init(void);
/* What a configuration says of caches and bouncing. */
void dmaf_device_configure(struct device *dev, const struct dmaf_config *config);
/* Unbinds the device of path direct and binds it again with a probe that fails and leaves memory behind: a self-test.
 */
void dmaf_device_fail_probe(void);
/* Bytes of the pools for atomic allocations that are in use. */
unsigned long dmaf_atomic_pools_used(void);
/* Takes some and forgets them: a self-test. */
void dmaf_atomic_pools_lose(void);
struct io_tlb_mem;
/* Remembers what the books of a bounce pool look like when all is free: now. */
void dmaf_bounce_pool_note(struct io_tlb_mem *mem);
struct gen_pool;
/* Pages in use of the memory that is a device's own. */
unsigned long dmaf_device_pool_used(void);
/* What kernel/dma/pool.c calls for gen_pool_create(), and kernel/dma/coherent.c for bitmap_zalloc(). */
struct gen_pool *dmaf_gen_pool_create(int min_alloc_order, int nid);
unsigned long *dmaf_bitmap_zalloc(unsigned int nbits, gfp_t flags);
/* Whether a test asked for the warning that is being raised; with `count`, the test counts it. */
bool dmaf_warning_expected(bool count);

#endif
