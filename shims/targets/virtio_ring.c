// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of target virtio_ring: a transport without registers and a driver that owns one queue.
 *
 * Simplified: as a rule the virtio device is not registered with its bus, only filled in as far as virtio_ring.c looks
 * at it; an input that says so goes through register_virtio_device() and a probe. The transport's operations do what
 * virtio-pci's do, without a device to tell but the harness's.
 */
#include <linux/dma-mapping.h>
#include <linux/swiotlb.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include "host.h"
#include "targets/virtio_ring.h"
#include "targets/virtio_ring_internal.h"

struct dmaf_vring dmaf_vring;
#define state dmaf_vring

static const struct {
	unsigned int flag, bit;
} feature_bits[] = {
	{KERNEL_VRING_INDIRECT, VIRTIO_RING_F_INDIRECT_DESC},
	{KERNEL_VRING_EVENT_IDX, VIRTIO_RING_F_EVENT_IDX},
	{KERNEL_VRING_PACKED, VIRTIO_F_RING_PACKED},
	{KERNEL_VRING_IN_ORDER, VIRTIO_F_IN_ORDER},
	{KERNEL_VRING_PLATFORM, VIRTIO_F_ACCESS_PLATFORM},
	{KERNEL_VRING_ORDER_PLATFORM, VIRTIO_F_ORDER_PLATFORM},
	{KERNEL_VRING_RESET, VIRTIO_F_RING_RESET},
	{KERNEL_VRING_NOTIFICATION_DATA, VIRTIO_F_NOTIFICATION_DATA},
};

/* ---- the transport ---- */

static u64 get_features(struct virtio_device *vdev)
{
	u64 bits = BIT_ULL(VIRTIO_F_VERSION_1);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(feature_bits); i++)
		if (state.setup.features & feature_bits[i].flag)
			bits |= BIT_ULL(feature_bits[i].bit);
	return bits;
}

static int finalize_features(struct virtio_device *vdev)
{
	bool reset = __virtio_test_bit(vdev, VIRTIO_F_RING_RESET);

	vring_transport_features(vdev);
	if (reset)
		__virtio_set_bit(vdev, VIRTIO_F_RING_RESET);
	return 0;
}

static u8 get_status(struct virtio_device *vdev)
{
	return state.status;
}

static void set_status(struct virtio_device *vdev, u8 status)
{
	state.status = status;
}

static void reset(struct virtio_device *vdev)
{
	state.status = 0;
}

static void get(struct virtio_device *vdev, unsigned offset, void *buf, unsigned len)
{
	memset(buf, 0, len);
}

static void set(struct virtio_device *vdev, unsigned offset, const void *buf, unsigned len)
{
}

static const char *bus_name(struct virtio_device *vdev)
{
	return "dmafuzz";
}

static bool notify(struct virtqueue *vq)
{
	return host_vring_notify();
}

static void callback(struct virtqueue *vq)
{
	host_vring_callback();
}

static void free_given(void)
{
	if (state.given)
		free_pages_exact(state.given, state.given_size);
	state.given = NULL;
}

static void del_vqs(struct virtio_device *vdev)
{
	vring_del_virtqueue(state.vq);
	state.vq = NULL;
	free_given();
}

static struct virtqueue *make_in_given(const struct kernel_vring_setup *s, void (*cb)(struct virtqueue *vq))
{
	struct virtqueue *vq;

	state.given_size = PAGE_ALIGN(vring_size(s->num, s->align));
	state.given = alloc_pages_exact(state.given_size, GFP_KERNEL | __GFP_ZERO);
	if (!state.given)
		return NULL;
	vq = vring_new_virtqueue(0, s->num, s->align, state.vdev, s->flags & KERNEL_VRING_WEAK,
				 s->flags & KERNEL_VRING_CONTEXT, state.given, notify, cb, "queue");
	if (!vq)
		free_given();
	return vq;
}

static int make_queue(void)
{
	const struct kernel_vring_setup *s = &state.setup;
	void (*cb)(struct virtqueue *vq) = s->flags & KERNEL_VRING_CALLBACK ? callback : NULL;

	if (s->flags & KERNEL_VRING_GIVEN)
		state.vq = make_in_given(s, cb);
	else
		state.vq = dmaf_vring_create(s->num, s->align, state.vdev, s->flags & KERNEL_VRING_WEAK,
					     s->flags & KERNEL_VRING_MAY_REDUCE, s->flags & KERNEL_VRING_CONTEXT,
					     notify, cb);
	if (!state.vq)
		return -ENOMEM;
	state.vq->num_max = s->num;
	if (s->flags & KERNEL_VRING_PREMAPPED && dmaf_vring_premap_queue(state.vq))
		host_finding("model-mismatch", "an empty queue cannot be premapped");
	return 0;
}

static int find_vqs(struct virtio_device *vdev, unsigned int nvqs, struct virtqueue *vqs[],
		    struct virtqueue_info info[], struct irq_affinity *desc)
{
	int ret = make_queue();

	vqs[0] = state.vq;
	return ret;
}

static int disable_vq_and_reset(struct virtqueue *vq)
{
	int ret;

	if (!virtio_has_feature(vq->vdev, VIRTIO_F_RING_RESET))
		return -ENOENT;
	ret = host_vring_stop();
	if (ret)
		return ret;
	vq->reset = true;
	return 0;
}

static int enable_vq_after_reset(struct virtqueue *vq)
{
	if (!vq->reset)
		return -EBUSY;
	if (host_vring_start())
		return -EBUSY;
	vq->reset = false;
	return 0;
}

static const struct virtio_config_ops config_ops = {
	.get = get,
	.set = set,
	.get_status = get_status,
	.set_status = set_status,
	.reset = reset,
	.find_vqs = find_vqs,
	.del_vqs = del_vqs,
	.get_features = get_features,
	.finalize_features = finalize_features,
	.bus_name = bus_name,
	.disable_vq_and_reset = disable_vq_and_reset,
	.enable_vq_after_reset = enable_vq_after_reset,
};

/* Of a transport that cannot reset a queue. */
static const struct virtio_config_ops plain_config_ops = {
	.get = get,
	.set = set,
	.get_status = get_status,
	.set_status = set_status,
	.reset = reset,
	.find_vqs = find_vqs,
	.del_vqs = del_vqs,
	.get_features = get_features,
	.finalize_features = finalize_features,
	.bus_name = bus_name,
};

/* ---- a driver on the virtio bus ---- */

static int probe(struct virtio_device *vdev)
{
	vq_callback_t *cb = state.setup.flags & KERNEL_VRING_CALLBACK ? callback : NULL;
	int ret;

	state.vq = virtio_find_single_vq(vdev, cb, "queue");
	if (IS_ERR(state.vq)) {
		ret = PTR_ERR(state.vq);
		state.vq = NULL;
		return ret;
	}
	virtio_device_ready(vdev);
	return 0;
}

static void remove(struct virtio_device *vdev)
{
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
}

static const struct virtio_device_id ids[] = {{VIRTIO_DEV_ANY_ID, VIRTIO_DEV_ANY_ID}, {}};
/* Those of the transport are kept whatever a driver says; this one is its own. */
static const unsigned int driver_features[] = {0};

static struct virtio_driver driver = {
	.driver.name = "dmafuzz-virtio",
	.id_table = ids,
	.feature_table = driver_features,
	.feature_table_size = ARRAY_SIZE(driver_features),
	.probe = probe,
	.remove = remove,
};

static void release(struct device *dev)
{
	kfree(dev_to_virtio(dev));
}

static void unregister(void)
{
	unregister_virtio_device(state.vdev);
	unregister_virtio_driver(&driver);
	state.vdev = NULL;
}

static int register_device(void)
{
	int ret = register_virtio_driver(&driver);

	if (ret) {
		kfree(state.vdev);
		state.vdev = NULL;
		return ret;
	}
	state.vdev->dev.release = release;
	ret = register_virtio_device(state.vdev);
	if (ret) {
		put_device(&state.vdev->dev);
		unregister_virtio_driver(&driver);
		state.vdev = NULL;
		return ret;
	}
	if (state.vq)
		return 0;
	/* The probe failed: the bus keeps the device all the same. */
	unregister();
	return -ENODEV;
}

/* ---- as the target asks ---- */

/* What a driver may ask of its queue's DMA. */
static void ask(void)
{
	bool dma = state.setup.features & KERNEL_VRING_PLATFORM;
	struct device *dev = dma && !dmaf_vring_mapped_by_ops(state.vdev) ? state.setup.parent : NULL;
	size_t size = dma ? dma_max_mapping_size(state.setup.parent) : SIZE_MAX;

	if (virtio_max_dma_size(state.vdev) != size)
		host_finding("model-mismatch", "the largest size of a buffer is not the device's");
	if (virtqueue_dma_dev(state.vq) != dev)
		host_finding("model-mismatch", "the device that does DMA is not the parent");
}

int kernel_vring_open(const struct kernel_vring_setup *setup)
{
	int ret;

	state.setup = *setup;
	state.vq = NULL;
	if (setup->mask_bits && dma_set_mask_and_coherent(setup->parent, DMA_BIT_MASK(setup->mask_bits)))
		host_finding("model-mismatch", "the device's mask was refused");
	state.vdev = kzalloc(sizeof(*state.vdev), GFP_KERNEL);
	if (!state.vdev)
		return -ENOMEM;
	state.vdev->id.device = 1;
	state.vdev->dev.parent = setup->parent;
	/* Or it could, and the device cannot. */
	if (setup->features & KERNEL_VRING_RESET || setup->flags & KERNEL_VRING_REGISTERED)
		state.vdev->config = &config_ops;
	else
		state.vdev->config = &plain_config_ops;
	dmaf_vring_map_ops(state.vdev);
	if (setup->flags & KERNEL_VRING_REGISTERED) {
		ret = register_device();
		if (!ret)
			ask();
		return ret;
	}
	state.vdev->dev.init_name = "virtio";
	spin_lock_init(&state.vdev->vqs_list_lock);
	INIT_LIST_HEAD(&state.vdev->vqs);
	state.vdev->features = get_features(state.vdev);
	finalize_features(state.vdev);
	ret = make_queue();
	if (ret) {
		kfree(state.vdev);
		state.vdev = NULL;
		return ret;
	}
	ask();
	return 0;
}

void kernel_vring_close(void)
{
	if (state.setup.flags & KERNEL_VRING_REGISTERED)
		return unregister();
	del_vqs(state.vdev);
	kfree(state.vdev);
	state.vdev = NULL;
}

unsigned kernel_vring_features(void)
{
	unsigned int i, flags = 0;

	for (i = 0; i < ARRAY_SIZE(feature_bits); i++)
		if (virtio_has_feature(state.vdev, feature_bits[i].bit))
			flags |= feature_bits[i].flag;
	return flags;
}

void kernel_vring_look(struct kernel_vring_state *s)
{
	struct virtqueue *vq = state.vq;
	const struct vring *vring;

	s->num = virtqueue_get_vring_size(vq);
	s->num_free = vq->num_free;
	s->broken = virtqueue_is_broken(vq);
	s->notification = vring_notification_data(vq);
	if (!(state.setup.flags & KERNEL_VRING_GIVEN)) {
		s->desc = virtqueue_get_desc_addr(vq);
		s->driver = virtqueue_get_avail_addr(vq);
		s->device = virtqueue_get_used_addr(vq);
		return;
	}
	/* What a transport that knows its memory tells the device. */
	vring = virtqueue_get_vring(vq);
	s->desc = virt_to_phys(vring->desc);
	s->driver = virt_to_phys(vring->avail);
	s->device = virt_to_phys(vring->used);
}

void *kernel_vring_get(unsigned *length, const void **context)
{
	void *ctx = NULL, *buffer;

	if (!context)
		return virtqueue_get_buf(state.vq, length);
	buffer = virtqueue_get_buf_ctx(state.vq, length, &ctx);
	*context = ctx;
	return buffer;
}

void *kernel_vring_detach(void)
{
	return virtqueue_detach_unused_buf(state.vq);
}

int kernel_vring_kick_prepare(void)
{
	return virtqueue_kick_prepare(state.vq);
}

int kernel_vring_kick(void)
{
	return virtqueue_kick(state.vq);
}

int kernel_vring_notify(void)
{
	return virtqueue_notify(state.vq);
}

void kernel_vring_disable_cb(void)
{
	virtqueue_disable_cb(state.vq);
}

unsigned kernel_vring_enable_cb_prepare(void)
{
	return virtqueue_enable_cb_prepare(state.vq);
}

int kernel_vring_poll(unsigned opaque)
{
	return virtqueue_poll(state.vq, opaque);
}

int kernel_vring_enable_cb(void)
{
	return virtqueue_enable_cb(state.vq);
}

int kernel_vring_enable_cb_delayed(void)
{
	return virtqueue_enable_cb_delayed(state.vq);
}

int kernel_vring_interrupt(void)
{
	return vring_interrupt(0, state.vq) == IRQ_HANDLED;
}

void kernel_vring_break(int on, int queue)
{
	if (queue && on)
		__virtqueue_break(state.vq);
	else if (queue)
		__virtqueue_unbreak(state.vq);
	else if (on)
		virtio_break_device(state.vdev);
	else
		__virtio_unbreak_device(state.vdev);
}

static void recycle(struct virtqueue *vq, void *buffer)
{
	host_vring_recycle(buffer);
}

static void recycled(struct virtqueue *vq)
{
	host_vring_recycled();
}

int kernel_vring_reset(unsigned num)
{
	if (num == ~0u)
		return virtqueue_reset(state.vq, recycle, recycled);
	return virtqueue_resize(state.vq, num, recycle, recycled);
}
