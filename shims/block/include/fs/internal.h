/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for what block/bdev.c includes of the file systems where the tree has none; what it would use of it is for
 * emergencies.
 */
#ifndef DMAF_FS_INTERNAL_H
#define DMAF_FS_INTERNAL_H

#include <linux/fs.h>

/* fs/dcache.c calls it. */
void __init bdev_cache_init(void);

#endif
