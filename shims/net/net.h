/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the network shims, and what the rest of the userspace kernel may ask of them.
 */
#ifndef DMAF_NET_H
#define DMAF_NET_H

#include <linux/types.h>

struct kmem_cache;
struct net_device;
struct sk_buff;

/* Network devices that are registered or allocated and not freed, those of boot aside. */
unsigned long dmaf_net_devices(void);

/* The device under test: the first that is registered besides the loopback device, or null. RTNL is the caller's. */
struct net_device *dmaf_net_device(void);

/* How net/core/skbuff.c has its cache of heads (skb_cache.h). */
bool dmaf_skb_reserve(struct kmem_cache *cache, gfp_t gfp, size_t count, void **heads);
void *dmaf_skb_take(bool must);
bool dmaf_skb_give_back(void *head);

#endif
