/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the driver of target virtio_ring share. */
#ifndef DMAF_TARGETS_VIRTIO_RING_INTERNAL_H
#define DMAF_TARGETS_VIRTIO_RING_INTERNAL_H

#include <linux/virtio.h>
#include "targets/virtio_ring.h"

struct dmaf_vring {
	struct kernel_vring_setup setup;
	struct virtio_device *vdev;
	struct virtqueue *vq;
	u8 status;
	void *given; /* the queue's memory, if it is the transport's */
	size_t given_size;
};
extern struct dmaf_vring dmaf_vring;

/* What differs between the trees: virtio_ring_map.c. */
struct virtqueue *dmaf_vring_create(unsigned int num, unsigned int align, struct virtio_device *vdev, bool weak,
				    bool may_reduce, bool context, bool (*notify)(struct virtqueue *vq),
				    void (*callback)(struct virtqueue *vq));
int dmaf_vring_premap_queue(struct virtqueue *vq);
void dmaf_vring_map_ops(struct virtio_device *vdev);
bool dmaf_vring_mapped_by_ops(const struct virtio_device *vdev);

#endif
