// SPDX-License-Identifier: GPL-2.0-only
/*
 * See driver.h. Plain kernel C, as an Ethernet driver is written; the tests for its mistakes too.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/page_pool/helpers.h>
#include "net/net.h"
#include "net/test/private.h"

/* Bytes of one fragment of a received packet: seventeen hold the longest. */
#define FRAG_BYTES 4000
/* Copied into the head where the rest comes in pages. */
#define HEADERS 128

static struct net_test_options options;
static struct net_device *the_device;
static bool holding;
static unsigned int timeouts;
static struct net_test_sent sent;
static struct net_test_filter seen;

/* ---- receive ---- */

static struct sk_buff *receive_copy(struct priv *p, const struct sk_buff *from)
{
	struct sk_buff *skb = options.receive == NET_TEST_RX ? netdev_alloc_skb(p->dev, from->len)
							     : napi_alloc_skb(&p->napi, from->len);

	if (!skb)
		return NULL;
	if (skb_copy_bits(from, 0, skb_put(skb, from->len), from->len))
		BUG();
	if (options.mistake == NET_TEST_WRITES_BEYOND)
		skb_end_pointer(skb)[SKB_DATA_ALIGN(sizeof(struct skb_shared_info))] = 0;
	return skb;
}

static struct sk_buff *receive_build(struct priv *p, const struct sk_buff *from)
{
	unsigned int size = SKB_HEAD_ALIGN(NET_SKB_PAD + from->len);
	void *data;
	struct sk_buff *skb;

	if (size > PAGE_SIZE)
		return receive_copy(p, from);
	data = napi_alloc_frag(size);
	if (!data)
		return NULL;
	if (skb_copy_bits(from, 0, data + NET_SKB_PAD, from->len))
		BUG();
	skb = napi_build_skb(data, size);
	if (!skb) {
		skb_free_frag(data);
		return NULL;
	}
	skb_reserve(skb, NET_SKB_PAD);
	skb_put(skb, from->len);
	return skb;
}

static struct sk_buff *receive_pool(struct priv *p, const struct sk_buff *from)
{
	unsigned int at = min_t(unsigned int, from->len, HEADERS), size;
	struct sk_buff *skb = napi_alloc_skb(&p->napi, HEADERS);

	if (!skb)
		return NULL;
	skb_mark_for_recycle(skb);
	if (skb_copy_bits(from, 0, skb_put(skb, at), at))
		BUG();
	for (; at < from->len; at += size) {
		struct page *page = page_pool_dev_alloc_pages(p->pool);

		size = min_t(unsigned int, from->len - at, PAGE_SIZE);
		if (!page) {
			kfree_skb(skb);
			return NULL;
		}
		if (p->pool->dma_map)
			dma_sync_single_for_cpu(p->dev->dev.parent, page_pool_get_dma_addr(page), size,
						DMA_FROM_DEVICE);
		if (skb_copy_bits(from, at, page_address(page), size))
			BUG();
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, size, PAGE_SIZE);
	}
	return skb;
}

static struct sk_buff *receive_frags(struct priv *p, const struct sk_buff *from)
{
	struct sk_buff *skb = napi_get_frags(&p->napi);
	unsigned int at = 0, size;

	if (!skb)
		return NULL;
	for (; at < from->len; at += size) {
		void *data;

		size = min_t(unsigned int, from->len - at, FRAG_BYTES);
		data = napi_alloc_frag(size);
		if (!data) {
			napi_free_frags(&p->napi);
			return NULL;
		}
		if (skb_copy_bits(from, at, data, size))
			BUG();
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, virt_to_head_page(data),
				data - page_address(virt_to_head_page(data)), size, SKB_DATA_ALIGN(size));
	}
	if (options.mistake == NET_TEST_WRONG_LENGTH)
		skb->len -= 2, skb->data_len -= 2;
	return skb;
}

/* Gives the memory of a packet to a device that never gives it back. */
static void map_for_good(struct priv *p, struct sk_buff *skb)
{
	dma_addr_t dma = dma_map_single(p->dev->dev.parent, skb->data, skb->len, DMA_FROM_DEVICE);

	WARN_ON(dma_mapping_error(p->dev->dev.parent, dma));
}

/* False: it could not be received. */
static bool receive(struct priv *p, const struct sk_buff *from)
{
	struct sk_buff *skb;
	unsigned int len = from->len;

	/* In seventeen fragments. */
	if (options.receive == NET_TEST_FRAGS) {
		skb = len > MAX_SKB_FRAGS * FRAG_BYTES ? NULL : receive_frags(p, from);
		if (!skb)
			return false;
		napi_gro_frags(&p->napi);
	} else {
		switch (options.receive) {
		case NET_TEST_BUILD:
			skb = receive_build(p, from);
			break;
		case NET_TEST_POOL:
			skb = receive_pool(p, from);
			break;
		default:
			skb = receive_copy(p, from);
		}
		if (!skb)
			return false;
		p->last = skb;
		p->last_bytes = skb->data;
		if (options.mistake == NET_TEST_STILL_MAPPED)
			map_for_good(p, skb);
		if (options.mistake == NET_TEST_NO_TYPE)
			skb->dev = p->dev;
		else
			skb->protocol = eth_type_trans(skb, p->dev);
		if (options.receive == NET_TEST_RX)
			netif_rx(skb);
		else
			napi_gro_receive(&p->napi, skb);
	}
	dev_sw_netstats_rx_add(p->dev, len);
	return true;
}

/* ---- transmit ---- */

static bool ring_full(const struct priv *p)
{
	return p->head - p->tail >= options.ring;
}

static void note(const struct sk_buff *skb)
{
	sent = (struct net_test_sent){
		.len = skb->len,
		.headlen = skb_headlen(skb),
		.frags = skb_shinfo(skb)->nr_frags,
		.gso_size = skb_shinfo(skb)->gso_size,
		.csum_partial = skb->ip_summed == CHECKSUM_PARTIAL,
		.odd = (unsigned long)skb->data & 1,
	};
	if (sent.csum_partial) {
		sent.csum_start = skb_checksum_start_offset(skb);
		sent.csum_offset = skb->csum_offset;
	}
}

static netdev_tx_t start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct priv *p = netdev_priv(dev);

	if (ring_full(p)) {
		if (!options.busy)
			netdev_err(dev, "transmission with a full ring\n");
		return NETDEV_TX_BUSY;
	}
	note(skb);
	netdev_sent_queue(dev, skb->len);
	p->ring[p->head++ % RING_MAX] = skb;
	if (ring_full(p) && !options.busy)
		netif_stop_queue(dev);
	/* The device is quick. */
	if (!holding)
		napi_schedule(&p->napi);
	return NETDEV_TX_OK;
}

static int poll(struct napi_struct *napi, int budget)
{
	struct priv *p = container_of(napi, struct priv, napi);
	unsigned int packets = 0, bytes = 0;
	int done = 0;

	while (p->tail != p->head && done < budget && !holding) {
		struct sk_buff *skb = p->ring[p->tail++ % RING_MAX];

		if (!receive(p, skb))
			p->dev->stats.rx_dropped++;
		done++;
		packets++;
		bytes += skb->len;
		dev_sw_netstats_tx_add(p->dev, 1, skb->len);
		if (options.mistake == NET_TEST_READS_BEYOND_FRAG) {
			const skb_frag_t *frag = &skb_shinfo(skb)->frags[skb_shinfo(skb)->nr_frags - 1];

			READ_ONCE(((char *)skb_frag_address(frag))[skb_frag_size(frag)]);
		}
		if (options.mistake == NET_TEST_FORGETS)
			continue;
		napi_consume_skb(skb, budget);
		if (options.mistake == NET_TEST_FREES_TWICE)
			napi_consume_skb(skb, budget);
	}
	netdev_completed_queue(p->dev, packets, bytes);
	if (netif_queue_stopped(p->dev) && !ring_full(p))
		netif_wake_queue(p->dev);
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static void drop_ring(struct priv *p)
{
	while (p->tail != p->head)
		dev_kfree_skb_any(p->ring[p->tail++ % RING_MAX]);
}

static void timed_out(struct net_device *dev, unsigned int queue)
{
	struct priv *p = netdev_priv(dev);

	timeouts++;
	drop_ring(p);
	netdev_reset_queue(dev);
	netif_wake_queue(dev);
}

static int open(struct net_device *dev)
{
	struct priv *p = netdev_priv(dev);

	if (options.receive == NET_TEST_POOL) {
		struct page_pool_params params = {
			.pool_size = RING_MAX,
			.nid = NUMA_NO_NODE,
			.dev = dev->dev.parent,
			.napi = &p->napi,
			.netdev = dev,
			.dma_dir = DMA_FROM_DEVICE,
			.max_len = PAGE_SIZE,
			.flags = dev->dev.parent ? PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV : 0,
		};

		p->pool = page_pool_create(&params);
		if (IS_ERR(p->pool))
			return PTR_ERR(p->pool);
	}
	napi_enable(&p->napi);
	netdev_reset_queue(dev);
	netif_start_queue(dev);
	netif_carrier_on(dev);
	return 0;
}

static int stop(struct net_device *dev)
{
	struct priv *p = netdev_priv(dev);

	netif_stop_queue(dev);
	netif_carrier_off(dev);
	napi_disable(&p->napi);
	drop_ring(p);
	if (options.receive == NET_TEST_POOL)
		page_pool_destroy(p->pool);
	if (options.mistake == NET_TEST_USES_AFTER_UP)
		WARN_ON(READ_ONCE(p->last->len) == 1);
	if (options.mistake == NET_TEST_USES_HEAD_AFTER_UP)
		WARN_ON(READ_ONCE(*p->last_bytes) == 0x77);
	return 0;
}

static void set_rx_mode(struct net_device *dev)
{
	struct netdev_hw_addr *address;

	seen.flags = dev->flags;
	seen.multicasts = 0;
	netdev_for_each_mc_addr (address, dev)
		seen.multicasts++;
}

static const struct net_device_ops ops = {
	.ndo_open = open,
	.ndo_stop = stop,
	.ndo_start_xmit = start_xmit,
	.ndo_tx_timeout = timed_out,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_set_rx_mode = set_rx_mode,
	.ndo_eth_ioctl = net_test_ioctl,
};

int net_test_load(const struct net_test_options *o)
{
	static const u8 mac[ETH_ALEN] = {0x02, 0, 0, 0, 0, 1};
	struct net_device *dev;
	struct priv *p;
	int ret;

	options = *o;
	options.ring = clamp(options.ring ?: 16, 1, RING_MAX);
	holding = false;
	timeouts = 0;
	dev = alloc_etherdev_mqs(sizeof(*p), max(options.queues, 1), 1);
	if (!dev)
		return -ENOMEM;
	p = netdev_priv(dev);
	p->dev = dev;
	p->mii = (struct mii_if_info){.dev = dev,
				      .phy_id_mask = 31,
				      .reg_num_mask = 31,
				      .mdio_read = net_test_mdio_read,
				      .mdio_write = net_test_mdio_write};
	p->phy[MII_BMCR] = BMCR_ANENABLE;
	p->phy[MII_BMSR] = BMSR_ANEGCAPABLE | BMSR_LSTATUS | BMSR_100FULL | BMSR_100HALF;
	p->rx_ring = p->tx_ring = options.ring;
	dev->netdev_ops = &ops;
	dev->ethtool_ops = &net_test_ethtool_ops;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->min_mtu = 0;
	dev->max_mtu = 65535;
	dev->watchdog_timeo = 2 * HZ;
	if (options.features) {
		dev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_GSO_UDP_L4;
		dev->features = dev->hw_features | NETIF_F_HIGHDMA;
	}
	if (options.parent)
		SET_NETDEV_DEV(dev, (struct device *)options.parent);
	eth_hw_addr_set(dev, mac);
	netif_napi_add(dev, &p->napi, poll);
	ret = register_netdev(dev);
	if (ret) {
		free_netdev(dev);
		return ret;
	}
	netif_carrier_off(dev);
	the_device = dev;
	return 0;
}

void net_test_unload(void)
{
	struct net_device *dev = the_device;

	the_device = NULL;
	if (options.mistake == NET_TEST_KEEPS_DEVICE)
		dev_hold(dev);
	unregister_netdev(dev);
	free_netdev(dev);
}

void net_test_hold(int hold)
{
	struct priv *p = netdev_priv(the_device);

	holding = hold;
	if (!hold) {
		local_bh_disable();
		napi_schedule(&p->napi);
		local_bh_enable();
	}
}

unsigned int net_test_timeouts(void)
{
	return timeouts;
}

struct net_test_sent net_test_sent(void)
{
	return sent;
}

struct net_test_filter net_test_filter(void)
{
	return seen;
}

int net_test_mistake(void)
{
	return options.mistake;
}

unsigned long net_test_devices(void)
{
	return dmaf_net_devices();
}
