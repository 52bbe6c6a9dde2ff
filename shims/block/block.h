/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the shims of the block layer. */
#ifndef DMAF_BLOCK_H
#define DMAF_BLOCK_H

struct gendisk;

/* The first that is registered, or null. */
struct gendisk *dmaf_first_disk(void);
/* kernel_block_control() of a kind of disks that has its own; weak: -ENOTTY. */
int dmaf_disk_control(struct gendisk *disk, unsigned int which);
/* Disks and partitions that are not freed and files that hold them open, and character devices; weak: none. */
unsigned long dmaf_block_disks(void);
unsigned long dmaf_char_devices(void);

#endif
