// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brings the block layer up, before the initcalls of its parts, and what it asks of the rest of the kernel.
 *
 * Simplified: one user, no modules to ask for, no randomness to add to.
 */
#include <linux/blkdev.h>
#include <linux/init.h>
#include <linux/kmod.h>
#include <linux/random.h>
#include <linux/user_namespace.h>
#include "block/include/fs/internal.h"

struct user_namespace init_user_ns = {
	.uid_map = {{.extent[0] = {.first = 0, .lower_first = 0, .count = 4294967295U}, .nr_extents = 1}},
	.gid_map = {{.extent[0] = {.first = 0, .lower_first = 0, .count = 4294967295U}, .nr_extents = 1}},
	.owner = GLOBAL_ROOT_UID,
	.group = GLOBAL_ROOT_GID,
};

/* Before genhd_device_init(), which is a subsys_initcall(). */
static int __init dmaf_block_boot(void)
{
	bdev_cache_init();
	return 0;
}
pure_initcall(dmaf_block_boot);

/* There is nothing to load. */
int __request_module(bool wait, const char *name, ...)
{
	return -ENOENT;
}

void rand_initialize_disk(struct gendisk *disk)
{
}
