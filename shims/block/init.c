// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brings the block layer up, before the initcalls of its parts, and what it asks of the rest of the kernel.
 *
 * Simplified: one user, no modules to ask for, no randomness to add to. The cache of bios is empty.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/cpuhotplug.h>
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

/* After init_bio(): without its cache a bio that is freed is free, so that its use is seen and nothing is left. */
static int __init dmaf_block_no_cache(void)
{
	cpuhp_state_remove_instance_nocalls(CPUHP_BIO_DEAD, &fs_bio_set.cpuhp_dead);
	free_percpu(fs_bio_set.cache);
	fs_bio_set.cache = NULL;
	return 0;
}
fs_initcall(dmaf_block_no_cache);

/* There is nothing to load. */
int __request_module(bool wait, const char *name, ...)
{
	return -ENOENT;
}

/* When a disk answers is no source of entropy. */
void rand_initialize_disk(struct gendisk *disk)
{
}

void add_disk_randomness(struct gendisk *disk)
{
}
