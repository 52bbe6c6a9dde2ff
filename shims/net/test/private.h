/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the test driver's files. */
#ifndef DMAF_TESTS_NET_PRIVATE_H
#define DMAF_TESTS_NET_PRIVATE_H

#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/netdevice.h>
#include "net/test/driver.h"

#define RING_MAX 64

struct priv {
	struct net_device *dev;
	struct napi_struct napi;
	struct page_pool *pool;
	struct sk_buff *ring[RING_MAX];
	/* What went up last. */
	struct sk_buff *last;
	u8 *last_bytes;
	unsigned int head, tail; /* of packets that wait for the device */
	struct mii_if_info mii;
	u16 phy[32];
	u8 eeprom[64];
	u32 messages, wol, rx_ring, tx_ring;
	struct ethtool_coalesce coalesce;
	struct ethtool_pauseparam pause;
};

static inline struct priv *priv_of(struct net_device *dev)
{
	return netdev_priv(dev);
}

extern const struct ethtool_ops net_test_ethtool_ops;
int net_test_mdio_read(struct net_device *dev, int phy, int reg);
void net_test_mdio_write(struct net_device *dev, int phy, int reg, int value);
int net_test_ioctl(struct net_device *dev, struct ifreq *request, int cmd);
int net_test_mistake(void);

#endif
