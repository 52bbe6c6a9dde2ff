// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receiving end of the stack: a handler for all packets, as a raw socket has one. A packet that comes up is
 * checked, every byte of it is read as code under test reads (so that AddressSanitizer and DmaSan look at it), and the
 * frame goes to the harness.
 *
 * Simplified: no protocols above, so nobody keeps a packet, merges or answers it.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/sprintf.h>
#include "net/net.h"
#include "host_bus.h"

/* Of what may come up: a packet of the largest size that GRO makes, and its header. */
#define FRAME_MAX (GRO_LEGACY_MAX_SIZE + VLAN_ETH_HLEN)

/* Not among what a reset copies back: only what was written just before is read. */
static u8 frame[FRAME_MAX] __section("dmaf_scratch");

static bool bad(const struct sk_buff *skb, const char *what, unsigned long a, unsigned long b)
{
	char text[200];

	snprintf(text, sizeof(text), "%s (%lu, %lu); len %u, data_len %u, head %u, fragments %u", what, a, b, skb->len,
		 skb->data_len, skb_headroom(skb), skb_shinfo(skb)->nr_frags);
	host_finding("bad-packet", text);
	return false;
}

static bool check_frag(const struct sk_buff *skb, const skb_frag_t *frag)
{
	struct page *page = skb_frag_page(frag), *head;
	unsigned long end;

	if (!page)
		return bad(skb, "a fragment has no page", 0, 0);
	if (!pfn_valid(page_to_pfn(page)))
		return bad(skb, "a fragment's page is no memory", page_to_pfn(page), 0);
	head = compound_head(page);
	if (!page_ref_count(head))
		return bad(skb, "a fragment lies in a page that is free", page_to_pfn(page), skb_frag_off(frag));
	end = (page_to_pfn(page) - page_to_pfn(head)) * PAGE_SIZE + skb_frag_off(frag) + skb_frag_size(frag);
	if (end > page_size(head))
		return bad(skb, "a fragment reaches beyond its pages", end, page_size(head));
	return true;
}

/* The same of a packet and of those in its list. */
static bool check_part(const struct sk_buff *skb, unsigned int depth)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	const struct sk_buff *part;
	unsigned long bytes = 0;
	unsigned int i;

	if (skb->data < skb->head || skb_tail_pointer(skb) < skb->data || skb->tail > skb->end)
		return bad(skb, "data is not within the head", skb->data - skb->head, skb->end);
	if (skb->data_len > skb->len || skb_headlen(skb) != skb_tail_pointer(skb) - skb->data)
		return bad(skb, "the lengths of head and packet differ", skb_tail_pointer(skb) - skb->data, 0);
	if (info->nr_frags > MAX_SKB_FRAGS)
		return bad(skb, "too many fragments", info->nr_frags, MAX_SKB_FRAGS);
	for (i = 0; i < info->nr_frags; i++) {
		if (!check_frag(skb, &info->frags[i]))
			return false;
		bytes += skb_frag_size(&info->frags[i]);
	}
	for (part = info->frag_list; part; part = part->next) {
		if (depth)
			return bad(skb, "a list of packets in a list of packets", depth, 0);
		if (!check_part(part, depth + 1))
			return false;
		bytes += part->len;
	}
	if (bytes != skb->data_len)
		return bad(skb, "the fragments are not as long as data_len", bytes, skb->data_len);
	return true;
}

static bool check(struct sk_buff *skb, const struct net_device *dev)
{
	unsigned int mac_len;
	__be16 type;

	if (!refcount_read(&skb->users))
		return bad(skb, "the packet has been freed", 0, 0);
	if (!check_part(skb, 0))
		return false;
	if (skb->dev != dev)
		return bad(skb, "it is not of the device that received it", 0, 0);
	if (!skb_mac_header_was_set(skb))
		return bad(skb, "no MAC header: eth_type_trans() was not called", 0, 0);
	mac_len = skb->data - skb_mac_header(skb);
	if (mac_len != ETH_HLEN)
		return bad(skb, "data does not start behind the Ethernet header", mac_len, ETH_HLEN);
	if (skb->len + mac_len > FRAME_MAX)
		return bad(skb, "longer than any packet", skb->len, FRAME_MAX);
	type = eth_hdr(skb)->h_proto;
	if (eth_proto_is_802_3(type) ? skb->protocol != type
				     : skb->protocol != htons(ETH_P_802_2) && skb->protocol != htons(ETH_P_802_3))
		return bad(skb, "the protocol is not that of its header", ntohs(skb->protocol), ntohs(type));
	return true;
}

static int receive(struct sk_buff *skb, struct net_device *dev, struct packet_type *type, struct net_device *orig)
{
	unsigned int len = skb->len + ETH_HLEN;

	if (check(skb, dev)) {
		/* Negative: from the MAC header on. */
		if (skb_copy_bits(skb, -ETH_HLEN, frame, len))
			bad(skb, "its bytes cannot be read", len, 0);
		else
			host_net_received(frame, len, ntohs(skb->protocol));
	}
	consume_skb(skb);
	return NET_RX_SUCCESS;
}

static struct packet_type all_packets = {
	.type = cpu_to_be16(ETH_P_ALL),
	.func = receive,
	.af_packet_net = &init_net,
	/* Not those that are transmitted. */
	.ignore_outgoing = true,
};

static int __init receive_init(void)
{
	dev_add_pack(&all_packets);
	return 0;
}
device_initcall(receive_init);
