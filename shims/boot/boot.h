/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the boot tell each other. */
#ifndef DMAF_BOOT_H
#define DMAF_BOOT_H

/* Makes and binds one device a path. */
void dmaf_devices_init(void);
/* Bytes of the pools for atomic allocations that are in use. */
unsigned long dmaf_atomic_pools_used(void);
/* Takes some and forgets them: a self-test. */
void dmaf_atomic_pools_lose(void);
struct gen_pool;
/* What kernel/dma/pool.c calls for gen_pool_create(). */
struct gen_pool *dmaf_gen_pool_create(int min_alloc_order, int nid);
/* Whether a test asked for the warning that is being raised; with `count`, the test counts it. */
bool dmaf_warning_expected(bool count);

#endif
