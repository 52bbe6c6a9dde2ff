// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ethernet headers and addresses, as every Ethernet driver calls them (the tree has them in net/ethernet, which is not
 * among the folders that ci/setup unpacks). Code under test in DmaSan's eyes: what reads the header of a packet that
 * the device still owns is seen.
 *
 * Simplified: no DSA tags and no IPX inside of 802.3 frames, no neighbours whose headers are cached, no address from
 * firmware, no offloads for Ethernet in Ethernet.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/flow_dissector.h>
#include <net/pkt_sched.h>

__be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	const struct ethhdr *eth;
	const __be16 *word;

	skb->dev = dev;
	skb_reset_mac_header(skb);
	eth = (const struct ethhdr *)skb->data;
	skb_pull_inline(skb, ETH_HLEN);
	eth_skb_pkt_type(skb, dev);
	if (eth_proto_is_802_3(eth->h_proto))
		return eth->h_proto;
	/* A length: 802.3, with raw IPX or a header of 802.2 behind. */
	word = skb->len >= sizeof(*word) && skb_headlen(skb) >= sizeof(*word) ? (const __be16 *)skb->data : NULL;
	return word && *word == cpu_to_be16(0xffff) ? htons(ETH_P_802_3) : htons(ETH_P_802_2);
}

/* Bytes up to the end of the headers that the flow dissector knows. */
u32 eth_get_headlen(const struct net_device *dev, const void *data, u32 len)
{
	const struct ethhdr *eth = data;
	struct flow_keys_basic keys;

	if (len < sizeof(*eth))
		return len;
	if (!skb_flow_dissect_flow_keys_basic(dev_net(dev), NULL, &keys, data, eth->h_proto, sizeof(*eth), len,
					      FLOW_DISSECTOR_F_PARSE_1ST_FRAG))
		return max_t(u32, keys.control.thoff, sizeof(*eth));
	return min_t(u32, __skb_get_poff(NULL, data, &keys, len), len);
}

/* ---- headers ---- */

int eth_header(struct sk_buff *skb, struct net_device *dev, unsigned short type, const void *daddr, const void *saddr,
	       unsigned int len)
{
	struct ethhdr *eth = skb_push(skb, ETH_HLEN);

	eth->h_proto = htons(type == ETH_P_802_3 || type == ETH_P_802_2 ? len : type);
	memcpy(eth->h_source, saddr ?: dev->dev_addr, ETH_ALEN);
	if (daddr) {
		memcpy(eth->h_dest, daddr, ETH_ALEN);
		return ETH_HLEN;
	}
	if (dev->flags & (IFF_LOOPBACK | IFF_NOARP)) {
		eth_zero_addr(eth->h_dest);
		return ETH_HLEN;
	}
	/* Not complete: somebody has yet to fill the destination in. */
	return -ETH_HLEN;
}

int eth_header_parse(const struct sk_buff *skb, const struct net_device *dev, unsigned char *addr)
{
	memcpy(addr, eth_hdr(skb)->h_source, ETH_ALEN);
	return ETH_ALEN;
}

__be16 eth_header_parse_protocol(const struct sk_buff *skb)
{
	return eth_hdr(skb)->h_proto;
}

const struct header_ops eth_header_ops ____cacheline_aligned = {
	.create = eth_header,
	.parse = eth_header_parse,
	.parse_protocol = eth_header_parse_protocol,
};

/* ---- addresses ---- */

int eth_prepare_mac_addr_change(struct net_device *dev, void *p)
{
	struct sockaddr *addr = p;

	if (!(dev->priv_flags & IFF_LIVE_ADDR_CHANGE) && netif_running(dev))
		return -EBUSY;
	return is_valid_ether_addr((const u8 *)addr->sa_data) ? 0 : -EADDRNOTAVAIL;
}

void eth_commit_mac_addr_change(struct net_device *dev, void *p)
{
	struct sockaddr *addr = p;

	eth_hw_addr_set(dev, (const u8 *)addr->sa_data);
}

int eth_mac_addr(struct net_device *dev, void *p)
{
	int ret = eth_prepare_mac_addr_change(dev, p);

	if (!ret)
		eth_commit_mac_addr_change(dev, p);
	return ret;
}

int eth_validate_addr(struct net_device *dev)
{
	return is_valid_ether_addr(dev->dev_addr) ? 0 : -EADDRNOTAVAIL;
}

int eth_platform_get_mac_address(struct device *dev, u8 *addr)
{
	return -ENODEV;
}

int platform_get_ethdev_address(struct device *dev, struct net_device *netdev)
{
	return -ENODEV;
}

int device_get_ethdev_address(struct device *dev, struct net_device *netdev)
{
	return -ENOENT;
}

ssize_t sysfs_format_mac(char *buf, const unsigned char *addr, int len)
{
	return scnprintf(buf, PAGE_SIZE, "%*phC\n", len, addr);
}

/* ---- devices ---- */

void ether_setup(struct net_device *dev)
{
	dev->header_ops = &eth_header_ops;
	dev->type = ARPHRD_ETHER;
	dev->hard_header_len = ETH_HLEN;
	dev->min_header_len = ETH_HLEN;
	dev->mtu = ETH_DATA_LEN;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_DATA_LEN;
	dev->addr_len = ETH_ALEN;
	dev->tx_queue_len = DEFAULT_TX_QUEUE_LEN;
	dev->flags = IFF_BROADCAST | IFF_MULTICAST;
	dev->priv_flags |= IFF_TX_SKB_SHARING;
	eth_broadcast_addr(dev->broadcast);
}

struct net_device *alloc_etherdev_mqs(int sizeof_priv, unsigned int txqs, unsigned int rxqs)
{
	return alloc_netdev_mqs(sizeof_priv, "eth%d", NET_NAME_ENUM, ether_setup, txqs, rxqs);
}

static void free_managed(struct device *dev, void *res)
{
	free_netdev(*(struct net_device **)res);
}

static void unregister_managed(struct device *dev, void *res)
{
	unregister_netdev(*(struct net_device **)res);
}

struct net_device *devm_alloc_etherdev_mqs(struct device *dev, int sizeof_priv, unsigned int txqs, unsigned int rxqs)
{
	struct net_device **res = devres_alloc(free_managed, sizeof(*res), GFP_KERNEL);

	if (!res)
		return NULL;
	*res = alloc_etherdev_mqs(sizeof_priv, txqs, rxqs);
	if (!*res) {
		devres_free(res);
		return NULL;
	}
	devres_add(dev, res);
	return *res;
}

int devm_register_netdev(struct device *dev, struct net_device *netdev)
{
	struct net_device **res = devres_alloc(unregister_managed, sizeof(*res), GFP_KERNEL);
	int ret;

	if (!res)
		return -ENOMEM;
	ret = register_netdev(netdev);
	if (ret) {
		devres_free(res);
		return ret;
	}
	*res = netdev;
	devres_add(dev, res);
	return 0;
}
