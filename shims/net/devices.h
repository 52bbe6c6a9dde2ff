/* SPDX-License-Identifier: GPL-2.0-only */
/* What functions of net/core are called where ours stand before them (devices.c, pace.c). */
#ifndef DMAF_NET_DEVICES_H
#define DMAF_NET_DEVICES_H

struct net_device;

struct net_device *real_alloc_netdev_mqs(int sizeof_priv, const char *name, unsigned char name_assign_type,
					 void (*setup)(struct net_device *), unsigned int txqs, unsigned int rxqs);
void dmaf_net_kvfree(const void *memory);
/* pace.c */
void dmaf_net_open_softirq(int nr, void (*action)(void));

#endif
