// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user does to the network device under test besides sending: up and down, MTU, addresses, ioctls, statistics,
 * and the watchdog that finds its transmission stuck. All go through the kernel's own functions for it.
 */
#include <linux/etherdevice.h>
#include <linux/if.h>
#include <linux/mii.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/version.h>
#include <net/sch_generic.h>
#include "net/net.h"
#include "sched/sched.h"
#include "host_bus.h"

#define MULTICASTS_MAX 512

/* Runs `what` on the device with the lock of configuration held. */
#define WITH_DEVICE(dev, what)                                                                                         \
	({                                                                                                             \
		struct net_device *dev;                                                                                \
		int _ret = -ENODEV;                                                                                    \
                                                                                                                       \
		rtnl_lock();                                                                                           \
		dev = dmaf_net_device();                                                                               \
		if (dev)                                                                                               \
			_ret = (what);                                                                                 \
		rtnl_unlock();                                                                                         \
		_ret;                                                                                                  \
	})

int kernel_net_registered(void)
{
	return WITH_DEVICE(dev, 1) == 1;
}

/*
 * Byte queue limits begin with one packet and grow with each completion, so a device that completes nothing is never
 * given a full ring. Here they begin as an administrator may set them, where they limit nothing.
 */
#define BYTES_IN_FLIGHT (16 * GSO_LEGACY_MAX_SIZE)

static int open(struct net_device *dev)
{
	int ret = dev_open(dev, NULL);
	unsigned int i;

	for (i = 0; !ret && i < dev->num_tx_queues; i++) {
		struct dql *dql = &netdev_get_tx_queue(dev, i)->dql;

		dql->min_limit = BYTES_IN_FLIGHT;
		dql->limit = max(dql->limit, dql->min_limit);
		dql->adj_limit = dql->limit + dql->num_completed;
	}
	return ret;
}

int kernel_net_open(void)
{
	return WITH_DEVICE(dev, open(dev));
}

static int stop(struct net_device *dev)
{
	dev_close(dev);
	return 0;
}

int kernel_net_stop(void)
{
	return WITH_DEVICE(dev, stop(dev));
}

int kernel_net_set_mtu(unsigned int mtu)
{
	return WITH_DEVICE(dev, dev_set_mtu(dev, min(mtu, (unsigned int)INT_MAX)));
}

int kernel_net_set_mac(const unsigned char mac[6])
{
	/* As large as an address may be, and one that the device's kind has. */
	struct sockaddr_storage address = {};
	struct sockaddr *sa = (struct sockaddr *)&address;

	memcpy(sa->sa_data, mac, ETH_ALEN);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	return WITH_DEVICE(dev, (sa->sa_family = dev->type, dev_set_mac_address(dev, &address, NULL)));
#else
	return WITH_DEVICE(dev, (sa->sa_family = dev->type, dev_set_mac_address(dev, sa, NULL)));
#endif
}

static int set_rx_mode(struct net_device *dev, unsigned int flags, unsigned int addresses)
{
	const unsigned int may = IFF_PROMISC | IFF_ALLMULTI;
	unsigned int i;
	int ret;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	ret = dev_change_flags(dev, (netif_get_flags(dev) & ~may) | (flags & may), NULL);
#else
	ret = dev_change_flags(dev, (dev_get_flags(dev) & ~may) | (flags & may), NULL);
#endif
	if (ret)
		return ret;
	dev_mc_flush(dev);
	for (i = 0; i < min(addresses, MULTICASTS_MAX + 0u); i++) {
		u8 address[ETH_ALEN] = {0x01, 0x00, 0x5e, 0x01, i >> 8, i};

		ret = dev_mc_add(dev, address);
		if (ret)
			return ret;
	}
	if (!addresses)
		dev_set_rx_mode(dev);
	return 0;
}

int kernel_net_set_rx_mode(unsigned int flags, unsigned int addresses)
{
	return WITH_DEVICE(dev, set_rx_mode(dev, flags, addresses));
}

/*
 * An ioctl of the MII kind: SIOCGMIIPHY, SIOCGMIIREG or SIOCSMIIREG by its number, else one of the three. `value`: the
 * register in bits 0-7, the PHY in 8-15 (SIOCGMIIPHY answers it), what is written from 16.
 */
int kernel_net_ioctl(unsigned int cmd, unsigned int value)
{
	struct ifreq request = {};
	struct mii_ioctl_data *mii = if_mii(&request);
	bool copy_out;
	int ret;

	if (cmd < SIOCGMIIPHY || cmd > SIOCSMIIREG)
		cmd = SIOCGMIIPHY + cmd % 3;
	mii->reg_num = value & 0xff;
	mii->phy_id = value >> 8 & 0xff;
	mii->val_in = value >> 16;
	ret = WITH_DEVICE(dev, (strscpy(request.ifr_name, dev->name), 0));
	return ret ?: dev_ioctl(&init_net, cmd, &request, NULL, &copy_out);
}

/* When the watchdog may come again, and of which device. */
static const struct net_device *watched;
static unsigned long watchdog_due;

/*
 * As sch_generic.c's watchdog does when a queue has been stopped for too long. Whether one is, is not asked; but it is
 * a timer, which having found something is set to watchdog_timeo later, rounded as that file does. Drivers count on
 * this: 8139too starts a work of 3 s anew each time, and has 6 s between two.
 */
static int tx_timeout(struct net_device *dev)
{
	struct dmaf_frame frame;

	if (!dev->netdev_ops->ndo_tx_timeout)
		return -EOPNOTSUPP;
	if (!netif_device_present(dev) || !netif_running(dev) || !netif_carrier_ok(dev))
		return -ENETDOWN;
	if (watched == dev && time_before(jiffies, watchdog_due))
		return -EAGAIN;
	watched = dev;
	watchdog_due = round_jiffies(jiffies + dev->watchdog_timeo);
	dmaf_enter(&frame, DMAF_SOFTIRQ);
	netif_tx_lock(dev);
	dev->netdev_ops->ndo_tx_timeout(dev, 0);
	netif_tx_unlock(dev);
	dmaf_leave(&frame, "ndo_tx_timeout");
	return 0;
}

int kernel_net_tx_timeout(void)
{
	return WITH_DEVICE(dev, tx_timeout(dev));
}

static bool any_queue_stopped(const struct net_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->real_num_tx_queues; i++)
		if (netif_xmit_stopped(netdev_get_tx_queue(dev, i)))
			return true;
	return false;
}

static int read_stats(struct net_device *dev, struct kernel_net_stats *stats)
{
	struct rtnl_link_stats64 storage;
	const struct rtnl_link_stats64 *s = dev_get_stats(dev, &storage);

	stats->rx_packets = s->rx_packets;
	stats->tx_packets = s->tx_packets;
	stats->rx_errors = s->rx_errors;
	stats->tx_errors = s->tx_errors;
	stats->carrier = netif_carrier_ok(dev);
	stats->queue_stopped = any_queue_stopped(dev);
	stats->keeps_fcs = !!(dev->features & NETIF_F_RXFCS);
	stats->mtu = dev->mtu;
	stats->features_sg = !!(dev->features & NETIF_F_SG);
	stats->features_csum = !!(dev->features & NETIF_F_CSUM_MASK);
	stats->features_tso = !!(dev->features & NETIF_F_ALL_TSO);
	memcpy(stats->mac, dev->dev_addr, ETH_ALEN);
	return 0;
}

int kernel_net_stats(struct kernel_net_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	return WITH_DEVICE(dev, read_stats(dev, stats));
}
