// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver of a disk in memory, for harness/tests/block: the smallest that uses a queue of blk-mq, with a few habits to
 * choose from.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include "block/test/driver.h"

#define DELAY (HZ / 10)

struct pdu {
	struct request *rq;
	struct timer_list timer;
	blk_status_t status;
};

static struct block_test_options options;
static struct blk_mq_tag_set set;
static struct gendisk *disk;
static unsigned char *memory;
static unsigned int requests, major;

unsigned int block_test_requests(void)
{
	return requests;
}

static blk_status_t do_request(struct request *rq)
{
	loff_t at = blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iter;
	struct bio_vec bvec;

	if (options.fail_every && requests % options.fail_every == 0)
		return BLK_STS_IOERR;
	switch (req_op(rq)) {
	case REQ_OP_READ:
		rq_for_each_segment(bvec, rq, iter)
		{
			memcpy(page_address(bvec.bv_page) + bvec.bv_offset, memory + at, bvec.bv_len);
			at += bvec.bv_len;
		}
		return BLK_STS_OK;
	case REQ_OP_WRITE:
		rq_for_each_segment(bvec, rq, iter)
		{
			memcpy(memory + at, page_address(bvec.bv_page) + bvec.bv_offset, bvec.bv_len);
			at += bvec.bv_len;
		}
		return BLK_STS_OK;
	case REQ_OP_FLUSH:
		return BLK_STS_OK;
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		memset(memory + at, 0, blk_rq_bytes(rq));
		return BLK_STS_OK;
	default:
		return BLK_STS_NOTSUPP;
	}
}

static void finish(struct timer_list *timer)
{
	struct pdu *pdu = container_of(timer, struct pdu, timer);

	blk_mq_end_request(pdu->rq, pdu->status);
}

static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *data)
{
	struct pdu *pdu = blk_mq_rq_to_pdu(data->rq);

	requests++;
	blk_mq_start_request(data->rq);
	if (options.lose)
		return BLK_STS_OK;
	pdu->rq = data->rq;
	pdu->status = do_request(data->rq);
	if (options.later) {
		timer_setup(&pdu->timer, finish, 0);
		mod_timer(&pdu->timer, jiffies + DELAY);
	} else {
		blk_mq_end_request(data->rq, pdu->status);
	}
	return BLK_STS_OK;
}

static enum blk_eh_timer_return timeout(struct request *rq)
{
	blk_mq_end_request(rq, BLK_STS_TIMEOUT);
	return BLK_EH_DONE;
}

static const struct blk_mq_ops ops = {.queue_rq = queue_rq, .timeout = timeout};
static const struct block_device_operations fops = {.owner = THIS_MODULE};

int block_test_load(const struct block_test_options *o)
{
	struct queue_limits limits = {
		.logical_block_size = o->block ?: SECTOR_SIZE,
		.max_hw_sectors = 256,
		.max_segments = 16,
		.virt_boundary_mask = o->gaps ? 0 : PAGE_SIZE - 1,
		.max_hw_discard_sectors = 1024,
		.max_write_zeroes_sectors = 1024,
		.features = BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA,
	};
	int ret;

	options = *o;
	requests = 0;
	ret = register_blkdev(0, "dmaf-test");
	if (ret < 0)
		return ret;
	major = ret;
	ret = -ENOMEM;
	memory = vzalloc(o->sectors * SECTOR_SIZE);
	if (!memory)
		goto unregister;
	set = (struct blk_mq_tag_set){.ops = &ops,
				      .nr_hw_queues = 1,
				      .queue_depth = 4,
				      .numa_node = NUMA_NO_NODE,
				      .cmd_size = sizeof(struct pdu)};
	ret = blk_mq_alloc_tag_set(&set);
	if (ret)
		goto free;
	disk = blk_mq_alloc_disk(&set, &limits, NULL);
	if (IS_ERR(disk)) {
		ret = PTR_ERR(disk);
		goto free_set;
	}
	disk->major = major;
	disk->minors = 1;
	disk->fops = &fops;
	snprintf(disk->disk_name, DISK_NAME_LEN, "test0");
	set_capacity(disk, o->sectors);
	ret = add_disk(disk);
	if (!ret)
		return 0;
	put_disk(disk);
free_set:
	blk_mq_free_tag_set(&set);
free:
	vfree(memory);
unregister:
	unregister_blkdev(major, "dmaf-test");
	return ret;
}

void block_test_unload(void)
{
	del_gendisk(disk);
	put_disk(disk);
	blk_mq_free_tag_set(&set);
	vfree(memory);
	unregister_blkdev(major, "dmaf-test");
}
