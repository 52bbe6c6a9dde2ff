// SPDX-License-Identifier: GPL-2.0-only
/*
 * What single drivers call of parts of the network that are not linked (sockets, netlink, ethtool).
 *
 * Simplified: a page that is filled piece by piece is left for another after its first piece, so that what goes beyond
 * a piece leaves the page; the key of receive hashing is a constant; nobody configures receive hashing.
 */
#include <linux/ethtool.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/version.h>
#include <net/netdev_queues.h>
#include <net/sock.h>

bool skb_page_frag_refill(unsigned int size, struct page_frag *frag, gfp_t gfp)
{
	unsigned int order = get_order(size);

	if (frag->page) {
		if (page_ref_count(frag->page) == 1 && size <= frag->size) {
			frag->offset = 0;
			return true;
		}
		put_page(frag->page);
	}
	frag->offset = 0;
	frag->page = alloc_pages(order ? gfp | __GFP_COMP : gfp, order);
	frag->size = PAGE_SIZE << order;
	return frag->page;
}

/* Structures of counters of 64 bits, of which a driver sets some. */
static void add_counters(u64 *sum, const u64 *add, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes / sizeof(*sum); i++)
		if (sum[i] != U64_MAX && add[i] != U64_MAX)
			sum[i] += add[i];
}

void netdev_stat_queue_sum(struct net_device *dev, int rx_start, int rx_end, struct netdev_queue_stats_rx *rx_sum,
			   int tx_start, int tx_end, struct netdev_queue_stats_tx *tx_sum)
{
	struct netdev_queue_stats_rx rx;
	struct netdev_queue_stats_tx tx;
	int i;

	for (i = rx_start; i < rx_end; i++) {
		memset(&rx, 0xff, sizeof(rx));
		if (dev->stat_ops->get_queue_stats_rx)
			dev->stat_ops->get_queue_stats_rx(dev, i, &rx);
		add_counters((u64 *)rx_sum, (const u64 *)&rx, sizeof(rx));
	}
	for (i = tx_start; i < tx_end; i++) {
		memset(&tx, 0xff, sizeof(tx));
		if (dev->stat_ops->get_queue_stats_tx)
			dev->stat_ops->get_queue_stats_tx(dev, i, &tx);
		add_counters((u64 *)tx_sum, (const u64 *)&tx, sizeof(tx));
	}
}

void netdev_rss_key_fill(void *buffer, size_t len)
{
	size_t i;

	BUG_ON(len > NETDEV_RSS_KEY_LEN);
	for (i = 0; i < len; i++)
		((u8 *)buffer)[i] = i * 37 + 11;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
bool netif_is_rxfh_configured(const struct net_device *dev)
{
	return false;
}
#endif
