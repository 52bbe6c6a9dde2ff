/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An Ethernet driver without hardware, for tests: what it transmits comes back to it, through NAPI. Between the driver
 * (kernel C) and the test (C++).
 */
#ifndef DMAF_NET_TEST_DRIVER_H
#define DMAF_NET_TEST_DRIVER_H

#ifdef __cplusplus
extern "C" {
#endif

/* How a received packet is made. */
enum net_test_receive {
	NET_TEST_COPY = 0,  /* napi_alloc_skb(), bytes copied into the head */
	NET_TEST_FRAGS = 1, /* napi_get_frags(), bytes in page fragments, napi_gro_frags() */
	NET_TEST_BUILD = 2, /* a page fragment of its own becomes the head: napi_build_skb(); long packets as COPY */
	NET_TEST_RX = 3,    /* netdev_alloc_skb() and netif_rx(), as drivers without NAPI */
	NET_TEST_POOL = 4   /* headers copied, the rest in pages of a page_pool that it goes back to */
};

/* Mistakes that it makes when it is told to. */
enum net_test_mistake {
	NET_TEST_NONE = 0,
	NET_TEST_FREES_TWICE = 1,	 /* a transmitted packet */
	NET_TEST_WRITES_BEYOND = 2,	 /* one byte behind the head of a received one */
	NET_TEST_READS_BEYOND_FRAG = 3,	 /* one byte behind the last fragment of a transmitted one */
	NET_TEST_USES_AFTER_UP = 4,	 /* a packet that it gave to the stack */
	NET_TEST_USES_HEAD_AFTER_UP = 5, /* its bytes */
	NET_TEST_NO_TYPE = 6,		 /* no eth_type_trans() */
	NET_TEST_WRONG_LENGTH = 7,	 /* a fragment is longer than data_len says */
	NET_TEST_STILL_MAPPED = 8,	 /* the device still owns what goes up */
	NET_TEST_FORGETS = 9,		 /* to free what it transmitted */
	NET_TEST_REGS_TOO_LONG = 11,	 /* one byte more than it said */
	NET_TEST_KEEPS_DEVICE = 10,	 /* a reference of the device, over unregistration */
};

struct net_test_options {
	int receive, mistake;
	int ring;     /* packets that wait for the device; then the queue is stopped */
	int features; /* scatter/gather, checksums, segmentation */
	int busy;     /* says NETDEV_TX_BUSY when the ring is full, where others stop the queue */
	int queues;   /* transmit queues, 0 is 1 */
	void *parent; /* a device that does DMA, or null */
};

/* Registers the device and takes it away again. */
int net_test_load(const struct net_test_options *options);
void net_test_unload(void);
/* While it holds, it completes nothing. */
void net_test_hold(int hold);
unsigned net_test_timeouts(void);
/* Of the last packet that it was told to transmit. */
struct net_test_sent {
	unsigned len, headlen, frags, gso_size, csum_start, csum_offset;
	int csum_partial, odd;
};
struct net_test_sent net_test_sent(void);
/* What it was last told to listen to. */
struct net_test_filter {
	unsigned flags, multicasts;
};
struct net_test_filter net_test_filter(void);
unsigned long net_test_devices(void);
/* Checksums of bytes by the kernel's functions: crc32_le, crc32_be, crc32c, the hash of a multicast address. */
struct net_test_crcs {
	unsigned le, be, c, ether;
};
struct net_test_crcs net_test_crcs(const unsigned char *bytes, unsigned len);

#ifdef __cplusplus
}
#endif
#endif
