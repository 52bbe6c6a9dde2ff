// SPDX-License-Identifier: GPL-2.0-only
/*
 * The users of a disk: opens it, and submits what the harness says in the way of file systems, bios over memory of the
 * shape that it asks for. Memory is filled before, and read when the disk says that it is done.
 *
 * Simplified: no page cache and no direct I/O above, one bio each time, nobody waits. The first disk is the one that is
 * used.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <block/blk.h>
#include "block/block.h"
#include "host_bus.h"

/* Longer ones nobody submits in one bio. */
#define BYTES_MAX SZ_1M

struct segment {
	struct page *page;
	unsigned int order, offset, len;
};

struct io {
	unsigned int token, op, count;
	struct segment segments[];
};

static struct file *opened;
static struct blk_plug plug;

int kernel_block_offered(void)
{
	return 1;
}

static struct gendisk *first_disk(unsigned int *count)
{
	struct class_dev_iter iter;
	struct gendisk *disk = NULL;
	struct device *dev;

	*count = 0;
	class_dev_iter_init(&iter, &block_class, NULL, &disk_type);
	while ((dev = class_dev_iter_next(&iter)) != NULL) {
		if (!disk)
			disk = dev_to_disk(dev);
		++*count;
	}
	class_dev_iter_exit(&iter);
	return disk;
}

struct gendisk *dmaf_first_disk(void)
{
	unsigned int count;

	return first_disk(&count);
}

int kernel_block_registered(void)
{
	unsigned int count;

	first_disk(&count);
	return count;
}

int kernel_block_open(void)
{
	unsigned int count;
	struct gendisk *disk = first_disk(&count);
	struct file *file;

	if (!disk)
		return -ENODEV;
	if (opened)
		return -EBUSY;
	file = bdev_file_open_by_dev(disk_devt(disk), BLK_OPEN_READ | BLK_OPEN_WRITE, NULL, NULL);
	if (IS_ERR(file))
		return PTR_ERR(file);
	opened = file;
	return 0;
}

void kernel_block_unplug(void)
{
	if (current->plug == &plug)
		blk_finish_plug(&plug);
}

int kernel_block_close(void)
{
	if (!opened)
		return -ENODEV;
	kernel_block_unplug();
	fput(opened);
	opened = NULL;
	return 0;
}

int kernel_block_info(struct kernel_block_info *info)
{
	struct block_device *bdev;

	if (!opened)
		return -ENODEV;
	bdev = file_bdev(opened);
	info->sectors = bdev_nr_sectors(bdev);
	info->block = bdev_logical_block_size(bdev);
	info->discard = bdev_max_discard_sectors(bdev) != 0;
	info->write_zeroes = bdev_write_zeroes_sectors(bdev) != 0;
	info->read_only = bdev_read_only(bdev);
	return 0;
}

static void free_io(struct io *io)
{
	unsigned int i;

	for (i = 0; i < io->count; i++)
		if (io->segments[i].page)
			__free_pages(io->segments[i].page, io->segments[i].order);
	kfree(io);
}

static void done(struct bio *bio)
{
	struct io *io = bio->bi_private;
	int error = blk_status_to_errno(bio->bi_status);
	unsigned int i;

	if (!error && io->op == KERNEL_BLOCK_READ) {
		for (i = 0; i < io->count; i++) {
			const struct segment *s = &io->segments[i];

			/* A user looks at each byte. */
			host_dmasan_access(page_address(s->page) + s->offset, s->len, 0);
			host_block_data(io->token, page_address(s->page) + s->offset, s->len);
		}
	}
	bio_put(bio);
	host_block_done(io->token, error);
	free_io(io);
}

static bool has_data(unsigned int op)
{
	return op == KERNEL_BLOCK_READ || op == KERNEL_BLOCK_WRITE;
}

static bool add_memory(struct io *io, struct bio *bio, const struct kernel_block_io *what, unsigned int block)
{
	unsigned int blocks = what->bytes / block, align = bdev_dma_alignment(bio->bi_bdev) + 1, at = 0, i;

	for (i = 0; i < io->count; i++) {
		struct segment *s = &io->segments[i];

		s->len = (blocks / io->count + (i < blocks % io->count)) * block;
		s->offset = round_down(what->offset % PAGE_SIZE, align);
		s->order = get_order(s->offset + s->len);
		s->page = alloc_pages(GFP_KERNEL, s->order);
		if (!s->page)
			return false;
		if (what->op == KERNEL_BLOCK_WRITE)
			memcpy(page_address(s->page) + s->offset, what->bytes_to_write + at, s->len);
		at += s->len;
		if (bio_add_page(bio, s->page, s->len, s->offset) != s->len)
			return false;
	}
	return true;
}

static blk_opf_t operation(const struct kernel_block_io *what)
{
	blk_opf_t flags = what->flags & KERNEL_BLOCK_FUA ? REQ_FUA : 0;

	switch (what->op) {
	case KERNEL_BLOCK_READ:
		return REQ_OP_READ;
	case KERNEL_BLOCK_WRITE:
		return REQ_OP_WRITE | REQ_SYNC | flags;
	case KERNEL_BLOCK_FLUSH:
		return REQ_OP_WRITE | REQ_PREFLUSH;
	case KERNEL_BLOCK_DISCARD:
		return REQ_OP_DISCARD;
	default:
		return REQ_OP_WRITE_ZEROES;
	}
}

int kernel_block_submit(const struct kernel_block_io *what)
{
	struct block_device *bdev;
	unsigned int block, segments = 0;
	struct bio *bio;
	struct io *io;

	if (!opened)
		return -ENODEV;
	bdev = file_bdev(opened);
	block = bdev_logical_block_size(bdev);
	if (what->op != KERNEL_BLOCK_FLUSH && (!what->bytes || what->bytes % block))
		return -EINVAL;
	if (has_data(what->op)) {
		if (what->bytes > BYTES_MAX)
			return -EINVAL;
		segments = clamp(what->segments, 1u, min_t(unsigned int, what->bytes / block, BIO_MAX_VECS));
	}
	io = kzalloc(struct_size(io, segments, segments), GFP_KERNEL);
	if (!io)
		return -ENOMEM;
	io->token = what->token;
	io->op = what->op;
	io->count = segments;
	bio = bio_alloc(bdev, segments, operation(what), GFP_KERNEL);
	bio->bi_iter.bi_sector = what->sector;
	bio->bi_private = io;
	bio->bi_end_io = done;
	if (has_data(what->op)) {
		if (!add_memory(io, bio, what, block)) {
			bio_put(bio);
			free_io(io);
			return -ENOMEM;
		}
	} else if (what->op != KERNEL_BLOCK_FLUSH) {
		bio->bi_iter.bi_size = what->bytes;
	}
	if (what->flags & KERNEL_BLOCK_PLUG) {
		if (!current->plug)
			blk_start_plug(&plug);
	} else {
		kernel_block_unplug();
	}
	submit_bio(bio);
	return 0;
}
