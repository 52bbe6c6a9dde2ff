/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio driver with one queue for target virtio_ring: drivers/virtio/virtio_ring.c and virtio.c behind a C ABI.
 *
 * host_vring_*   the target implements: what the transport tells the device, and the kernel the driver
 * kernel_vring_* the driver and its transport
 */
#ifndef DMAF_TARGETS_VIRTIO_RING_H
#define DMAF_TARGETS_VIRTIO_RING_H

#ifdef __cplusplus
extern "C" {
#endif

/* What the device offers. */
#define KERNEL_VRING_INDIRECT	       0x01u
#define KERNEL_VRING_EVENT_IDX	       0x02u
#define KERNEL_VRING_PACKED	       0x04u
#define KERNEL_VRING_IN_ORDER	       0x08u
#define KERNEL_VRING_PLATFORM	       0x10u /* VIRTIO_F_ACCESS_PLATFORM: the DMA API is used */
#define KERNEL_VRING_ORDER_PLATFORM    0x20u
#define KERNEL_VRING_RESET	       0x40u /* queues can be reset one by one */
#define KERNEL_VRING_NOTIFICATION_DATA 0x80u

/* How the driver and its transport make the queue. */
#define KERNEL_VRING_CALLBACK	0x01u
#define KERNEL_VRING_WEAK	0x02u /* weak barriers */
#define KERNEL_VRING_MAY_REDUCE 0x04u
#define KERNEL_VRING_CONTEXT	0x08u
#define KERNEL_VRING_GIVEN	0x10u /* in memory of the transport's own: vring_new_virtqueue() */
#define KERNEL_VRING_MAP_OPS	0x20u /* the device has mapping operations of its own; trees without: of no effect */
#define KERNEL_VRING_REGISTERED 0x40u /* through the virtio bus: probed, and the queue made there */
#define KERNEL_VRING_PREMAPPED	0x80u /* every buffer is mapped by the driver: trees that say so of a queue */

struct kernel_vring_setup {
	void *parent; /* the device that does DMA */
	unsigned features, flags, num, align;
	unsigned mask_bits;
};
/* 0, or a negative errno: there is no queue then, and nothing is left. */
int kernel_vring_open(const struct kernel_vring_setup *setup);
/* Deletes the queue, whatever is on it. */
void kernel_vring_close(void);
/* The features that are in force: a tree may not know all. */
unsigned kernel_vring_features(void);
/* 1 if virtqueue_add_*_premapped() say of each buffer whether it is mapped, 0 if the queue says so. */
int kernel_vring_premaps_buffers(void);
/* 1 if virtqueue_add_inbuf_cache_clean() exists. */
int kernel_vring_has_cache_clean(void);

struct kernel_vring_state {
	unsigned num, num_free;
	int broken;
	unsigned notification;			 /* vring_notification_data() */
	unsigned long long desc, driver, device; /* where the device finds the parts of the ring */
};
void kernel_vring_look(struct kernel_vring_state *state);

/*
 * A buffer of the driver's, of pieces of memory in lists: lists_out of them for the device to read, then lists_in to
 * write. A list may be empty, unless all are. Null: no memory.
 */
#define KERNEL_VRING_LISTS  8
#define KERNEL_VRING_PIECES 40
struct kernel_vring_shape {
	unsigned lists_out, lists_in;
	unsigned char pieces[KERNEL_VRING_LISTS]; /* of each list */
	unsigned length[KERNEL_VRING_PIECES];	  /* of each piece, bytes, not 0 */
	unsigned seed;				  /* the pieces hold dmaf_pattern() of it, each from position 0 */
	int chained;				  /* the entries of a list are chained one by one */
};
void *kernel_vring_buffer(const struct kernel_vring_shape *shape);
void kernel_vring_free(void *buffer);
const void *kernel_vring_piece(const void *buffer, unsigned piece);
/* The CPU reads a piece. */
void kernel_vring_read(const void *buffer, unsigned piece, void *bytes, unsigned n);
/* The driver maps it itself, or unmaps it. Mapping: 0 or a negative errno. */
int kernel_vring_map(void *buffer);
void kernel_vring_unmap(void *buffer);
/* Of a buffer that is mapped by the driver: handed to the CPU or to the device as a whole. */
void kernel_vring_sync(void *buffer, int for_cpu);

enum kernel_vring_add {
	KERNEL_VRING_ADD_SGS = 0,
	KERNEL_VRING_ADD_OUT = 1, /* of one list */
	KERNEL_VRING_ADD_IN = 2,
	KERNEL_VRING_ADD_IN_CONTEXT = 3,
	KERNEL_VRING_ADD_IN_CLEAN = 4,
	KERNEL_VRING_ADD_OUT_MAPPED = 5,
	KERNEL_VRING_ADD_IN_MAPPED = 6 /* with a context, if the queue has such */
};
/* 0 or a negative errno. */
int kernel_vring_add(void *buffer, int how, int atomic);
/* What the context pointer of a buffer is. */
const void *kernel_vring_context(const void *buffer);

/* The buffer, or null. `context` may be null: virtqueue_get_buf(). */
void *kernel_vring_get(unsigned *length, const void **context);
void *kernel_vring_detach(void);
int kernel_vring_kick_prepare(void);
int kernel_vring_notify(void);
/* The two at once. */
int kernel_vring_kick(void);
void kernel_vring_disable_cb(void);
unsigned kernel_vring_enable_cb_prepare(void);
int kernel_vring_poll(unsigned opaque);
int kernel_vring_enable_cb(void);
int kernel_vring_enable_cb_delayed(void);
/* 1 if it was the queue's. */
int kernel_vring_interrupt(void);
/* Marks the device broken or not, or the queue alone. */
void kernel_vring_break(int on, int queue);
/* virtqueue_resize(), or virtqueue_reset() if num is ~0u. */
int kernel_vring_reset(unsigned num);
/* Maps so much for the device that `slots` of the common pool of bounce buffers are left; 0: gives it back. */
void kernel_vring_hog(unsigned slots);

/* The driver notifies the device: 0 if that fails. */
int host_vring_notify(void);
/* The queue's callback. */
void host_vring_callback(void);
/* The queue is stopped, and started again: 0 or a negative errno. */
int host_vring_stop(void);
int host_vring_start(void);
/* A buffer comes back because the queue is reset; all have. */
void host_vring_recycle(void *buffer);
void host_vring_recycled(void);

#ifdef __cplusplus
}
#endif
#endif
