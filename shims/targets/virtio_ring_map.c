// SPDX-License-Identifier: GPL-2.0-only
/*
 * Target virtio_ring: the driver's buffers, and how they are mapped, which is where the trees differ: 6.12 says of a
 * queue that its buffers are mapped by the driver, 7.3 of a buffer; 7.3 lets a device map in a way of its own.
 */
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/swiotlb.h>
#include <linux/version.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include "host.h"
#include "targets/virtio_ring.h"
#include "targets/virtio_ring_internal.h"

#define BUFFERS_SAY (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0))
#define HAS_MAP_OPS (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0))
#define HAS_CLEAN   (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))

#define state	    dmaf_vring

struct piece {
	void *mem;
	unsigned int len;
	dma_addr_t dma;
};

struct buffer {
	unsigned int count, out; /* pieces; the first `out` are for the device to read */
	unsigned int lists_out, lists_in;
	char context;
	struct scatterlist *lists[KERNEL_VRING_LISTS];
	struct piece piece[KERNEL_VRING_PIECES];
	struct scatterlist sg[];
};

int kernel_vring_premaps_buffers(void)
{
	return BUFFERS_SAY;
}

int kernel_vring_has_cache_clean(void)
{
	return HAS_CLEAN;
}

/* ---- buffers ---- */

void kernel_vring_free(void *p)
{
	struct buffer *b = p;

	while (b->count)
		kfree(b->piece[--b->count].mem);
	kfree(b);
}

/* The entries of one list, from `sg` on; each but the last is followed by a link if they are chained. */
static struct scatterlist *fill_list(struct scatterlist *sg, struct piece *piece, unsigned int n, bool chained)
{
	unsigned int i;

	if (!chained) {
		sg_init_table(sg, n);
		for (i = 0; i < n; i++)
			sg_set_buf(&sg[i], piece[i].mem, piece[i].len);
		return sg + n;
	}
	for (i = 0; i < n; i++, sg += 2) {
		sg_init_table(sg, i + 1 < n ? 2 : 1);
		sg_set_buf(sg, piece[i].mem, piece[i].len);
		if (i + 1 < n)
			sg_chain(sg, 2, sg + 2);
	}
	return sg;
}

void *kernel_vring_buffer(const struct kernel_vring_shape *shape)
{
	unsigned int lists = shape->lists_out + shape->lists_in, count = 0, i;
	struct scatterlist *sg;
	struct piece *piece;
	struct buffer *b;

	for (i = 0; i < lists; i++)
		count += shape->pieces[i];
	b = kmalloc(struct_size(b, sg, count * (shape->chained ? 2 : 1)), GFP_KERNEL);
	if (!b)
		return NULL;
	b->count = b->out = 0;
	b->lists_out = shape->lists_out;
	b->lists_in = shape->lists_in;
	for (i = 0; i < count; i++) {
		b->piece[i].len = shape->length[i];
		b->piece[i].mem = kmalloc(shape->length[i], GFP_KERNEL);
		if (!b->piece[i].mem) {
			kernel_vring_free(b);
			return NULL;
		}
		b->count++;
		dmaf_pattern_bytes(b->piece[i].mem, shape->seed + i, 0, shape->length[i]);
	}
	sg = b->sg;
	piece = b->piece;
	for (i = 0; i < lists; i++) {
		unsigned int n = shape->pieces[i];

		b->lists[i] = n ? sg : NULL;
		if (n)
			sg = fill_list(sg, piece, n, shape->chained);
		piece += n;
		if (i < b->lists_out)
			b->out += n;
	}
	return b;
}

const void *kernel_vring_piece(const void *p, unsigned piece)
{
	const struct buffer *b = p;

	return b->piece[piece].mem;
}

const void *kernel_vring_context(const void *p)
{
	const struct buffer *b = p;

	return &b->context;
}

void kernel_vring_read(const void *p, unsigned piece, void *bytes, unsigned n)
{
	const struct buffer *b = p;

	memcpy(bytes, b->piece[piece].mem, n);
}

/* ---- mapped by the driver ---- */

#if BUFFERS_SAY && HAS_MAP_OPS
#define map_single   virtqueue_map_single_attrs
#define unmap_single virtqueue_unmap_single_attrs
#define map_error    virtqueue_map_mapping_error
#define wants_sync   virtqueue_map_need_sync
#define sync_cpu     virtqueue_map_sync_single_range_for_cpu
#define sync_device  virtqueue_map_sync_single_range_for_device
#else
#define map_single   virtqueue_dma_map_single_attrs
#define unmap_single virtqueue_dma_unmap_single_attrs
#define map_error    virtqueue_dma_mapping_error
#define wants_sync   virtqueue_dma_need_sync
#define sync_cpu     virtqueue_dma_sync_single_range_for_cpu
#define sync_device  virtqueue_dma_sync_single_range_for_device
#endif

static enum dma_data_direction direction(const struct buffer *b, unsigned int piece)
{
	return piece < b->out ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
}

static void unmap(struct buffer *b, unsigned int count)
{
	while (count--)
		unmap_single(state.vq, b->piece[count].dma, b->piece[count].len, direction(b, count), 0);
}

int kernel_vring_map(void *p)
{
	struct buffer *b = p;
	unsigned int list, i = 0;
	struct scatterlist *sg;

	for (list = 0; list < b->lists_out + b->lists_in; list++) {
		for (sg = b->lists[list]; sg; sg = sg_next(sg), i++) {
			struct piece *piece = &b->piece[i];

			piece->dma = map_single(state.vq, piece->mem, piece->len, direction(b, i), 0);
			if (map_error(state.vq, piece->dma)) {
				unmap(b, i);
				return -ENOMEM;
			}
			sg_dma_address(sg) = piece->dma;
			sg_dma_len(sg) = piece->len;
		}
	}
	return 0;
}

void kernel_vring_unmap(void *p)
{
	struct buffer *b = p;

	unmap(b, b->count);
}

void kernel_vring_sync(void *p, int for_cpu)
{
	struct buffer *b = p;
	unsigned int i;

	for (i = b->out; i < b->count; i++) {
		struct piece *piece = &b->piece[i];

		/* Asked, and done all the same: DmaSan holds the same driver to what it must do on any machine. */
		wants_sync(state.vq, piece->dma);
		if (for_cpu)
			sync_cpu(state.vq, piece->dma, 0, piece->len, DMA_FROM_DEVICE);
		else
			sync_device(state.vq, piece->dma, 0, piece->len, DMA_FROM_DEVICE);
	}
}

int dmaf_vring_premap_queue(struct virtqueue *vq)
{
#if BUFFERS_SAY
	return 0;
#else
	return virtqueue_set_dma_premapped(vq);
#endif
}

/* ---- adding ---- */

int kernel_vring_add(void *p, int how, int atomic)
{
	gfp_t gfp = atomic ? GFP_ATOMIC : GFP_KERNEL;
	struct virtqueue *vq = state.vq;
	struct buffer *b = p;
	void *context = state.setup.flags & KERNEL_VRING_CONTEXT ? &b->context : NULL;
	unsigned long irqs;
	int ret;

	if (atomic)
		local_irq_save(irqs);
	switch (how) {
	case KERNEL_VRING_ADD_OUT:
		ret = virtqueue_add_outbuf(vq, b->lists[0], b->count, b, gfp);
		break;
	case KERNEL_VRING_ADD_IN:
		ret = virtqueue_add_inbuf(vq, b->lists[0], b->count, b, gfp);
		break;
	case KERNEL_VRING_ADD_IN_CONTEXT:
		ret = virtqueue_add_inbuf_ctx(vq, b->lists[0], b->count, b, context, gfp);
		break;
#if HAS_CLEAN
	case KERNEL_VRING_ADD_IN_CLEAN:
		ret = virtqueue_add_inbuf_cache_clean(vq, b->lists[0], b->count, b, gfp);
		break;
#endif
#if BUFFERS_SAY
	case KERNEL_VRING_ADD_OUT_MAPPED:
		ret = virtqueue_add_outbuf_premapped(vq, b->lists[0], b->count, b, gfp);
		break;
	case KERNEL_VRING_ADD_IN_MAPPED:
		ret = virtqueue_add_inbuf_premapped(vq, b->lists[0], b->count, b, context, gfp);
		break;
#endif
	default:
		ret = virtqueue_add_sgs(vq, b->lists, b->lists_out, b->lists_in, b, gfp);
	}
	if (atomic)
		local_irq_restore(irqs);
	return ret;
}

/* ---- what the trees make queues with ---- */

#if HAS_MAP_OPS
static dma_addr_t ops_map_page(union virtio_map map, struct page *page, unsigned long offset, size_t size,
			       enum dma_data_direction dir, unsigned long attrs)
{
	return dma_map_page_attrs(map.dma_dev, page, offset, size, dir, attrs);
}

static void ops_unmap_page(union virtio_map map, dma_addr_t dma, size_t size, enum dma_data_direction dir,
			   unsigned long attrs)
{
	dma_unmap_page_attrs(map.dma_dev, dma, size, dir, attrs);
}

static void ops_sync_cpu(union virtio_map map, dma_addr_t dma, size_t size, enum dma_data_direction dir)
{
	dma_sync_single_for_cpu(map.dma_dev, dma, size, dir);
}

static void ops_sync_device(union virtio_map map, dma_addr_t dma, size_t size, enum dma_data_direction dir)
{
	dma_sync_single_for_device(map.dma_dev, dma, size, dir);
}

static void *ops_alloc(union virtio_map map, size_t size, dma_addr_t *dma, gfp_t gfp)
{
	return dma_alloc_coherent(map.dma_dev, size, dma, gfp);
}

static void ops_free(union virtio_map map, size_t size, void *vaddr, dma_addr_t dma, unsigned long attrs)
{
	dma_free_coherent(map.dma_dev, size, vaddr, dma);
}

static bool ops_need_sync(union virtio_map map, dma_addr_t dma)
{
	return dma_need_sync(map.dma_dev, dma);
}

static int ops_mapping_error(union virtio_map map, dma_addr_t dma)
{
	return dma_mapping_error(map.dma_dev, dma);
}

static size_t ops_max_mapping_size(union virtio_map map)
{
	return dma_max_mapping_size(map.dma_dev);
}

/* As a device does that is software: here of the parent's DMA all the same. */
static const struct virtio_map_ops map_ops = {
	.map_page = ops_map_page,
	.unmap_page = ops_unmap_page,
	.sync_single_for_cpu = ops_sync_cpu,
	.sync_single_for_device = ops_sync_device,
	.alloc = ops_alloc,
	.free = ops_free,
	.need_sync = ops_need_sync,
	.mapping_error = ops_mapping_error,
	.max_mapping_size = ops_max_mapping_size,
};

void dmaf_vring_map_ops(struct virtio_device *vdev)
{
	if (!(state.setup.flags & KERNEL_VRING_MAP_OPS))
		return;
	vdev->map = &map_ops;
	vdev->vmap.dma_dev = state.setup.parent;
}

bool dmaf_vring_mapped_by_ops(const struct virtio_device *vdev)
{
	return vdev->map;
}
#else
void dmaf_vring_map_ops(struct virtio_device *vdev)
{
}

bool dmaf_vring_mapped_by_ops(const struct virtio_device *vdev)
{
	return false;
}
#endif

struct virtqueue *dmaf_vring_create(unsigned int num, unsigned int align, struct virtio_device *vdev, bool weak,
				    bool may_reduce, bool context, bool (*notify)(struct virtqueue *vq),
				    void (*callback)(struct virtqueue *vq))
{
#if HAS_MAP_OPS
	union virtio_map map = {.dma_dev = state.setup.parent};

	/* A software device says whose memory it is, as does a queue of its own. */
	if (vdev->map)
		return vring_create_virtqueue_map(0, num, align, vdev, weak, may_reduce, context, notify, callback,
						  "queue", map);
#else
	if (state.setup.flags & KERNEL_VRING_MAP_OPS)
		return vring_create_virtqueue_dma(0, num, align, vdev, weak, may_reduce, context, notify, callback,
						  "queue", state.setup.parent);
#endif
	return vring_create_virtqueue(0, num, align, vdev, weak, may_reduce, context, notify, callback, "queue");
}

/* ---- bounce buffers that run out ---- */

#define HOG_SIZE SZ_128K
#define HOG_MAX	 32

/*
 * One buffer is mapped again and again, in pieces as large as there is room for: the device would only read it, and
 * nothing is copied.
 */
static struct {
	void *mem;
	unsigned int count;
	struct {
		dma_addr_t dma;
		size_t size;
	} map[HOG_MAX];
} hog;

static void hog_end(struct device *dev)
{
	while (hog.count) {
		hog.count--;
		dma_unmap_single_attrs(dev, hog.map[hog.count].dma, hog.map[hog.count].size, DMA_TO_DEVICE,
				       DMA_ATTR_SKIP_CPU_SYNC);
	}
	kfree(hog.mem);
	hog.mem = NULL;
}

void kernel_vring_hog(unsigned slots)
{
	struct device *dev = state.setup.parent;
	struct io_tlb_mem *pool = dev->dma_io_tlb_mem;
	size_t size = HOG_SIZE;

	hog_end(dev);
	if (!slots)
		return;
	hog.mem = kmalloc(HOG_SIZE, GFP_KERNEL);
	while (hog.mem && hog.count < HOG_MAX && size >= IO_TLB_SIZE) {
		unsigned long used = atomic_long_read(&pool->total_used);
		dma_addr_t dma;

		if (pool->nslabs < used + slots + size / IO_TLB_SIZE) {
			size /= 2;
			continue;
		}
		dma = dma_map_single_attrs(dev, hog.mem, size, DMA_TO_DEVICE,
					   DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN);
		if (dma_mapping_error(dev, dma)) {
			size /= 2;
			continue;
		}
		hog.map[hog.count].dma = dma;
		hog.map[hog.count++].size = size;
	}
}
