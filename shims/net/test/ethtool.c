// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test driver's ethtool operations, and its PHY: memory that answers what was set.
 */
#include <linux/crc32.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/netdevice.h>
#include <linux/version.h>
#include "net/test/private.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define dmaf_crc32c crc32c
#else
#define dmaf_crc32c __crc32c_le
#endif

#define EEPROM_BYTES 64
#define EEPROM_MAGIC 0x10ec
#define REGS	     37
#define STATS	     3
#define TESTS	     2

int net_test_mdio_read(struct net_device *dev, int phy, int reg)
{
	return priv_of(dev)->phy[reg & 31];
}

void net_test_mdio_write(struct net_device *dev, int phy, int reg, int value)
{
	priv_of(dev)->phy[reg & 31] = value;
}

int net_test_ioctl(struct net_device *dev, struct ifreq *request, int cmd)
{
	return generic_mii_ioctl(&priv_of(dev)->mii, if_mii(request), cmd, NULL);
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "net_test", sizeof(info->driver));
}

static int get_regs_len(struct net_device *dev)
{
	return REGS;
}

static void get_regs(struct net_device *dev, struct ethtool_regs *regs, void *bytes)
{
	memset(bytes, 0x5a, REGS + (net_test_mistake() == NET_TEST_REGS_TOO_LONG));
}

static void get_wol(struct net_device *dev, struct ethtool_wolinfo *wol)
{
	wol->supported = WAKE_MAGIC | WAKE_PHY;
	wol->wolopts = priv_of(dev)->wol;
}

static int set_wol(struct net_device *dev, struct ethtool_wolinfo *wol)
{
	if (wol->wolopts & ~(WAKE_MAGIC | WAKE_PHY))
		return -EINVAL;
	priv_of(dev)->wol = wol->wolopts;
	return 0;
}

static u32 get_msglevel(struct net_device *dev)
{
	return priv_of(dev)->messages;
}

static void set_msglevel(struct net_device *dev, u32 level)
{
	priv_of(dev)->messages = level;
}

static int nway_reset(struct net_device *dev)
{
	return mii_nway_restart(&priv_of(dev)->mii);
}

static int get_eeprom_len(struct net_device *dev)
{
	return EEPROM_BYTES;
}

static int get_eeprom(struct net_device *dev, struct ethtool_eeprom *request, u8 *bytes)
{
	if (request->offset + request->len > EEPROM_BYTES)
		return -EINVAL;
	request->magic = EEPROM_MAGIC;
	memcpy(bytes, priv_of(dev)->eeprom + request->offset, request->len);
	return 0;
}

static int set_eeprom(struct net_device *dev, struct ethtool_eeprom *request, u8 *bytes)
{
	if (request->magic != EEPROM_MAGIC || request->offset + request->len > EEPROM_BYTES)
		return -EINVAL;
	memcpy(priv_of(dev)->eeprom + request->offset, bytes, request->len);
	return 0;
}

static int get_coalesce(struct net_device *dev, struct ethtool_coalesce *c, struct kernel_ethtool_coalesce *kernel,
			struct netlink_ext_ack *ack)
{
	*c = priv_of(dev)->coalesce;
	return 0;
}

static int set_coalesce(struct net_device *dev, struct ethtool_coalesce *c, struct kernel_ethtool_coalesce *kernel,
			struct netlink_ext_ack *ack)
{
	priv_of(dev)->coalesce = *c;
	return 0;
}

static void get_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *ack)
{
	ring->rx_max_pending = ring->tx_max_pending = RING_MAX;
	ring->rx_pending = priv_of(dev)->rx_ring;
	ring->tx_pending = priv_of(dev)->tx_ring;
}

static int set_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			 struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *ack)
{
	if (ring->rx_pending > RING_MAX || ring->tx_pending > RING_MAX)
		return -ERANGE;
	priv_of(dev)->rx_ring = ring->rx_pending;
	priv_of(dev)->tx_ring = ring->tx_pending;
	return 0;
}

static void get_pauseparam(struct net_device *dev, struct ethtool_pauseparam *pause)
{
	*pause = priv_of(dev)->pause;
}

static int set_pauseparam(struct net_device *dev, struct ethtool_pauseparam *pause)
{
	priv_of(dev)->pause = *pause;
	return 0;
}

static int get_sset_count(struct net_device *dev, int set)
{
	switch (set) {
	case ETH_SS_STATS:
		return STATS;
	case ETH_SS_TEST:
		return TESTS;
	default:
		return -EOPNOTSUPP;
	}
}

static void get_strings(struct net_device *dev, u32 set, u8 *bytes)
{
	int i;

	for (i = 0; i < (set == ETH_SS_STATS ? STATS : TESTS); i++)
		ethtool_sprintf(&bytes, "%s %d", set == ETH_SS_STATS ? "statistic" : "test", i);
}

static void get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *values)
{
	int i;

	for (i = 0; i < STATS; i++)
		values[i] = i;
}

static void self_test(struct net_device *dev, struct ethtool_test *test, u64 *values)
{
	values[0] = 0;
	values[1] = !(test->flags & ETH_TEST_FL_OFFLINE);
	if (values[1])
		test->flags |= ETH_TEST_FL_FAILED;
}

static int set_phys_id(struct net_device *dev, enum ethtool_phys_id_state state)
{
	return state == ETHTOOL_ID_ACTIVE ? 2 : 0;
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	mii_ethtool_get_link_ksettings(&priv_of(dev)->mii, settings);
	return 0;
}

static int set_link_ksettings(struct net_device *dev, const struct ethtool_link_ksettings *settings)
{
	return mii_ethtool_set_link_ksettings(&priv_of(dev)->mii, settings);
}

struct net_test_crcs net_test_crcs(const unsigned char *bytes, unsigned int len)
{
	return (struct net_test_crcs){.le = ~crc32_le(~0, bytes, len),
				      .be = ~crc32_be(~0, bytes, len),
				      .c = ~dmaf_crc32c(~0, bytes, len),
				      .ether = ether_crc(len, bytes)};
}

const struct ethtool_ops net_test_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS | ETHTOOL_COALESCE_MAX_FRAMES,
	.get_drvinfo = get_drvinfo,
	.get_regs_len = get_regs_len,
	.get_regs = get_regs,
	.get_wol = get_wol,
	.set_wol = set_wol,
	.get_msglevel = get_msglevel,
	.set_msglevel = set_msglevel,
	.nway_reset = nway_reset,
	.get_link = ethtool_op_get_link,
	.get_eeprom_len = get_eeprom_len,
	.get_eeprom = get_eeprom,
	.set_eeprom = set_eeprom,
	.get_coalesce = get_coalesce,
	.set_coalesce = set_coalesce,
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_pauseparam = get_pauseparam,
	.set_pauseparam = set_pauseparam,
	.self_test = self_test,
	.get_strings = get_strings,
	.set_phys_id = set_phys_id,
	.get_ethtool_stats = get_ethtool_stats,
	.get_sset_count = get_sset_count,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_link_ksettings = get_link_ksettings,
	.set_link_ksettings = set_link_ksettings,
};
