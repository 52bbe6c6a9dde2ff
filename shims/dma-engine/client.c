// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of a DMA engine: requests the channels of what the driver registered, copies memory over them and is told of
 * each copy's end, as drivers/dma/dmatest.c does.
 *
 * Simplified: memory to memory only. Each copy has two buffers of its own, of which exactly the bytes that are copied
 * are mapped; what lies around them is for the harness to look at. There is no thread that waits: the end is a
 * callback.
 */
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "host_bus.h"

#define CHANNELS 32
/* Around what is copied. Whole lines of any cache, so that what the CPU keeps there is in no line of the device's. */
#define GUARD 128

struct copy {
	struct copy *next;
	unsigned int token, channel;
	struct dmaengine_unmap_data *um;
	u8 *src, *dst;
	unsigned int bytes, src_at, dst_at, size;
	dma_cookie_t cookie;
	bool terminated;
};

static struct dma_chan *channels[CHANNELS];
static unsigned int unissued, unsynced; /* by channel */
static struct copy *under_way;

static bool is_it(struct dma_chan *chan, void *wanted)
{
	return chan->chan_id == *(int *)wanted;
}

int kernel_copy_offered(void)
{
	return 1;
}

int kernel_copy_open(unsigned int channel)
{
	dma_cap_mask_t mask;
	int wanted = channel;

	if (channel >= CHANNELS)
		return -EINVAL;
	if (channels[channel])
		return 1;
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	channels[channel] = dma_request_channel(mask, is_it, &wanted);
	return channels[channel] ? 1 : 0;
}

int kernel_copy_may_stay(void)
{
	unsigned int i;

	for (i = 0; i < CHANNELS; i++)
		if (channels[i] && !channels[i]->device->device_release)
			return 0;
	return 1;
}

static void free_copy(struct copy *copy)
{
	dmaengine_unmap_put(copy->um);
	kfree(copy->src);
	kfree(copy->dst);
	kfree(copy);
}

static struct copy *take(unsigned int token)
{
	struct copy **at, *copy;

	for (at = &under_way; (copy = *at); at = &copy->next) {
		if (copy->token == token) {
			*at = copy->next;
			return copy;
		}
	}
	return NULL;
}

static void ended(void *param, const struct dmaengine_result *result)
{
	unsigned int token = (unsigned long)param;
	struct copy *copy = take(token);
	int error = 0;

	if (!copy) {
		host_copy_done(token, 0, NULL, 0, 0);
		return;
	}
	if (result && result->result != DMA_TRANS_NOERROR)
		error = result->result == DMA_TRANS_ABORTED ? -ECANCELED : -EIO;
	/* From here on it is the CPU's. */
	dmaengine_unmap_put(copy->um);
	host_copy_done(token, error, copy->dst, copy->size, copy->dst_at);
	kfree(copy->src);
	kfree(copy->dst);
	kfree(copy);
}

/* Those of a channel that will not be told of any more: all, or what was terminated. */
static void drop(unsigned int channel, bool all)
{
	struct copy **at = &under_way, *copy;

	while ((copy = *at)) {
		if (copy->channel != channel || !(all || copy->terminated)) {
			at = &copy->next;
			continue;
		}
		*at = copy->next;
		host_copy_dropped(copy->token);
		free_copy(copy);
	}
}

static int map(struct device *dev, struct copy *copy)
{
	struct dmaengine_unmap_data *um = dmaengine_get_unmap_data(dev, 2, GFP_KERNEL);
	u8 *src = copy->src + copy->src_at, *dst = copy->dst + copy->dst_at;

	if (!um)
		return -ENOMEM;
	copy->um = um;
	um->len = copy->bytes;
	um->addr[0] = dma_map_page(dev, virt_to_page(src), offset_in_page(src), copy->bytes, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, um->addr[0]))
		return -EIO;
	um->to_cnt = 1;
	um->addr[1] = dma_map_page(dev, virt_to_page(dst), offset_in_page(dst), copy->bytes, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, um->addr[1]))
		return -EIO;
	um->from_cnt = 1;
	return 0;
}

/* Offsets as the engine can take them, and a length that one mapping can have. */
static void fit(struct dma_device *device, const struct kernel_copy *what, struct copy *copy)
{
	unsigned int align = 1u << device->copy_align;
	size_t most = min_t(size_t, dma_max_mapping_size(device->dev), KERNEL_COPY_MAX);

	copy->bytes = clamp_t(unsigned int, round_up(what->bytes, align), align, round_down(most, align));
	copy->src_at = GUARD + round_down(what->src_at % GUARD, align);
	copy->dst_at = GUARD + round_down(what->dst_at % GUARD, align);
	copy->size = round_up(copy->dst_at + copy->bytes, GUARD) + GUARD;
}

int kernel_copy_submit(const struct kernel_copy *what)
{
	struct dma_async_tx_descriptor *tx;
	struct dma_chan *chan;
	struct copy *copy;
	int ret = -ENOMEM;

	if (what->channel >= CHANNELS || !channels[what->channel])
		return -ENODEV;
	chan = channels[what->channel];
	copy = kzalloc(sizeof(*copy), GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	copy->token = what->token;
	copy->channel = what->channel;
	fit(chan->device, what, copy);
	copy->src = kmalloc(copy->src_at + copy->bytes, GFP_KERNEL);
	copy->dst = kmalloc(copy->size, GFP_KERNEL);
	if (!copy->src || !copy->dst)
		goto refused;
	memset(copy->src, 0, copy->src_at);
	memcpy(copy->src + copy->src_at, host_copy_bytes(copy->token, copy->bytes), copy->bytes);
	memset(copy->dst, KERNEL_COPY_FILL, copy->size);
	ret = map(chan->device->dev, copy);
	if (ret)
		goto refused;
	/* The engine has no room: as dmatest, it is asked no further. */
	ret = -EAGAIN;
	tx = dmaengine_prep_dma_memcpy(chan, copy->um->addr[1], copy->um->addr[0], copy->bytes,
				       DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!tx)
		goto refused;
	tx->callback_result = ended;
	tx->callback_param = (void *)(unsigned long)copy->token;
	/* Before: another channel's interrupt may come at any time. */
	copy->next = under_way;
	under_way = copy;
	copy->cookie = dmaengine_submit(tx);
	if (dma_submit_error(copy->cookie)) {
		take(copy->token);
		ret = copy->cookie;
		goto refused;
	}
	unissued |= 1u << what->channel;
	if (!what->held)
		kernel_copy_issue();
	return 0;

refused:
	if (copy->um)
		dmaengine_unmap_put(copy->um);
	kfree(copy->src);
	kfree(copy->dst);
	kfree(copy);
	return ret;
}

void kernel_copy_issue(void)
{
	unsigned int i;

	for (i = 0; i < CHANNELS; i++) {
		if (!channels[i])
			continue;
		if (unsynced & 1u << i) {
			dmaengine_synchronize(channels[i]);
			drop(i, false);
		}
		if (unissued & 1u << i) {
			dma_async_issue_pending(channels[i]);
		}
	}
	unissued = unsynced = 0;
}

int kernel_copy_terminate(unsigned int channel, int later)
{
	struct copy *copy;
	int ret;

	if (channel >= CHANNELS || !channels[channel])
		return -ENODEV;
	ret = dmaengine_terminate_async(channels[channel]);
	if (ret)
		return ret;
	for (copy = under_way; copy; copy = copy->next)
		copy->terminated |= copy->channel == channel;
	unsynced |= 1u << channel;
	if (!later)
		kernel_copy_issue();
	return 0;
}

int kernel_copy_release(unsigned int channel)
{
	struct dma_chan *chan;

	if (channel >= CHANNELS || !channels[channel])
		return -ENODEV;
	chan = channels[channel];
	channels[channel] = NULL;
	unissued &= ~(1u << channel);
	unsynced &= ~(1u << channel);
	dma_release_channel(chan);
	drop(channel, true);
	return 0;
}

int kernel_copy_status(unsigned int channel, unsigned int *residue)
{
	struct dma_tx_state state = {};
	struct copy *copy;
	enum dma_status status;

	if (channel >= CHANNELS || !channels[channel])
		return -ENODEV;
	/* The one that was submitted last: it is the first of the list. */
	for (copy = under_way; copy; copy = copy->next)
		if (copy->channel == channel)
			break;
	if (!copy)
		return -ENOENT;
	/* Asking may end it. */
	*residue = copy->bytes;
	status = dmaengine_tx_status(channels[channel], copy->cookie, &state);
	if (state.residue > *residue)
		return -ERANGE;
	*residue = state.residue;
	return status;
}
