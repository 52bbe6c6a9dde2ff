// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transmits what the harness says, as a raw socket and the protocols above a device would: a packet of the shape that
 * it asks for, through the queueing discipline.
 *
 * Simplified: no socket owns the packet, so nobody hears when it is sent. Headers that a checksum or segmentation needs
 * lie in the head, as the protocols put them there.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>
#include <net/sch_generic.h>
#include <net/tcp.h>
#include "net/net.h"
#include "host_bus.h"

/* Sockets make fragments of up to 32 KiB. */
#define FRAGMENT_MAX SZ_32K
/* Packets that may wait for a device whose queue is stopped. */
#define WAITING_MAX 16

/* Where the headers of a frame of TCP or UDP are. */
struct headers {
	bool ipv6;
	unsigned int transport, end; /* offsets in the frame */
	u8 protocol;		     /* 0: something else */
};

static struct headers parse(const u8 *bytes, unsigned int len)
{
	struct headers h = {};
	unsigned int type = len >= ETH_HLEN ? bytes[12] << 8 | bytes[13] : 0;

	if (type == ETH_P_IP && len >= ETH_HLEN + sizeof(struct iphdr)) {
		unsigned int words = bytes[ETH_HLEN] & 15;
		bool fragment = (bytes[ETH_HLEN + 6] & 0x3f) | bytes[ETH_HLEN + 7];

		if (bytes[ETH_HLEN] >> 4 != 4 || words < 5 || fragment)
			return h;
		h.transport = ETH_HLEN + words * 4;
		h.protocol = bytes[ETH_HLEN + 9];
	} else if (type == ETH_P_IPV6 && len >= ETH_HLEN + sizeof(struct ipv6hdr)) {
		if (bytes[ETH_HLEN] >> 4 != 6)
			return h;
		h.ipv6 = true;
		h.transport = ETH_HLEN + sizeof(struct ipv6hdr);
		h.protocol = bytes[ETH_HLEN + 6];
	}
	if (h.protocol == IPPROTO_TCP && len >= h.transport + sizeof(struct tcphdr))
		h.end = h.transport + (bytes[h.transport + 12] >> 4) * 4;
	else if (h.protocol == IPPROTO_UDP && len >= h.transport + sizeof(struct udphdr))
		h.end = h.transport + sizeof(struct udphdr);
	if (h.end < h.transport + sizeof(struct udphdr) || h.end > len)
		h.protocol = 0;
	return h;
}

/* What the device is to add to: the sum of the pseudo header. */
static void partial_checksum(struct sk_buff *skb, const struct headers *h)
{
	unsigned int len = skb->len - h->transport;
	__sum16 *sum;

	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + h->transport;
	if (h->protocol == IPPROTO_TCP)
		skb->csum_offset = offsetof(struct tcphdr, check);
	else
		skb->csum_offset = offsetof(struct udphdr, check);
	sum = (__sum16 *)(skb->data + h->transport + skb->csum_offset);
	if (h->ipv6) {
		const struct ipv6hdr *ip = (const struct ipv6hdr *)(skb->data + ETH_HLEN);

		*sum = ~csum_ipv6_magic(&ip->saddr, &ip->daddr, len, h->protocol, 0);
	} else {
		const struct iphdr *ip = (const struct iphdr *)(skb->data + ETH_HLEN);

		*sum = ~csum_tcpudp_magic(ip->saddr, ip->daddr, len, h->protocol, 0);
	}
}

/* Segmentation, if the device does this kind; true if it was asked for. */
static bool segmentation(struct sk_buff *skb, const struct headers *h, unsigned int mss)
{
	unsigned int payload = skb->len - h->end, type;

	if (!mss || payload <= mss || mss > U16_MAX)
		return false;
	if (h->protocol == IPPROTO_TCP)
		type = h->ipv6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
	else
		type = SKB_GSO_UDP_L4;
	if (!net_gso_ok(skb->dev->features, type) || DIV_ROUND_UP(payload, mss) > READ_ONCE(skb->dev->gso_max_segs))
		return false;
	skb_shinfo(skb)->gso_size = mss;
	skb_shinfo(skb)->gso_type = type;
	skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(payload, mss);
	return true;
}

/* The bytes behind the head, in fragments of about equal size; false when memory ran out. */
static bool add_fragments(struct sk_buff *skb, const u8 *bytes, unsigned int len, unsigned int count)
{
	struct page_frag_cache none = {};
	unsigned int i, size;

	count = clamp(count, DIV_ROUND_UP(len, FRAGMENT_MAX), min_t(unsigned int, MAX_SKB_FRAGS, len));
	for (i = 0; i < count; i++, bytes += size, len -= size) {
		void *data;
		struct page *page;

		size = len / (count - i);
		data = page_frag_alloc(&none, size, GFP_KERNEL);
		if (!data)
			return false;
		memcpy(data, bytes, size);
		page = virt_to_head_page(data);
		skb_add_rx_frag(skb, i, page, data - page_address(page), size, size);
	}
	return true;
}

static struct sk_buff *build(struct net_device *dev, const struct kernel_net_packet *p)
{
	struct headers h = parse(p->bytes, p->len);
	bool offload = p->flags & (KERNEL_NET_CSUM | KERNEL_NET_GSO) && h.protocol;
	unsigned int linear = clamp(max_t(unsigned int, p->linear, offload ? h.end : ETH_HLEN), 0u, p->len);
	unsigned int headroom = LL_RESERVED_SPACE(dev), odd = !!(p->flags & KERNEL_NET_UNALIGNED);
	struct sk_buff *skb;

	/* Without fragments all of it is in the head. */
	if (!p->frags)
		linear = p->len;
	skb = alloc_skb(headroom + odd + linear + dev->needed_tailroom, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom + odd);
	skb_put_data(skb, p->bytes, linear);
	skb->dev = dev;
	if (p->len > linear && !add_fragments(skb, p->bytes + linear, p->len - linear, p->frags)) {
		kfree_skb(skb);
		return NULL;
	}
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;
	if (!h.protocol)
		return skb;
	skb_set_transport_header(skb, h.transport);
	if (p->flags & KERNEL_NET_GSO && segmentation(skb, &h, p->mss))
		partial_checksum(skb, &h);
	else if (p->flags & KERNEL_NET_CSUM)
		partial_checksum(skb, &h);
	return skb;
}

/* Packets that wait in the queueing disciplines. */
static unsigned int waiting(struct net_device *dev)
{
	unsigned int i, count = 0;

	rcu_read_lock();
	for (i = 0; i < dev->num_tx_queues; i++)
		count += qdisc_qlen_sum(rcu_dereference(netdev_get_tx_queue(dev, i)->qdisc));
	rcu_read_unlock();
	return count;
}

int kernel_net_transmit(const struct kernel_net_packet *packet)
{
	struct net_device *dev;
	struct sk_buff *skb;
	int ret;

	rtnl_lock();
	dev = dmaf_net_device();
	rtnl_unlock();
	if (!dev)
		return -ENODEV;
	if (packet->len < ETH_HLEN || packet->len > 65535)
		return -EINVAL;
	if (!(dev->flags & IFF_UP))
		return -ENETDOWN;
	if (waiting(dev) >= WAITING_MAX)
		return -ENOBUFS;
	skb = build(dev, packet);
	if (!skb)
		return -ENOMEM;
	/* A raw socket refuses what is longer than the MTU allows (with room for a VLAN tag); segments obey it. */
	if (!skb_is_gso(skb) && skb->len > dev->mtu + VLAN_ETH_HLEN) {
		kfree_skb(skb);
		return -EMSGSIZE;
	}
	ret = dev_queue_xmit(skb);
	if (ret > 0)
		ret = net_xmit_errno(ret);
	return ret ?: waiting(dev) != 0;
}
