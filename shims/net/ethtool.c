// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user does with ethtool: a table of operations, each with one argument that the harness chooses and that is cut
 * down here to what the kernel would let through. Answers go into memory of exactly the size that the driver was told,
 * so that what it writes beyond is seen.
 *
 * Simplified: the kernel's own ioctl and netlink front ends (net/ethtool) are not there; set_phys_id does not wait.
 */
#include <linux/ethtool.h>
#include <linux/linkmode.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/version.h>
#include "net/net.h"
#include "host_bus.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#include <net/netdev_lock.h>
#else
static void netdev_lock_ops(struct net_device *dev)
{
}

static void netdev_unlock_ops(struct net_device *dev)
{
}
#endif

/* More than any driver has: what a driver says beyond is an error of its. */
#define ANSWER_MAX SZ_1M

typedef const struct ethtool_ops *Ops;

static int get_drvinfo(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

	if (!ops->get_drvinfo)
		return -EOPNOTSUPP;
	ops->get_drvinfo(dev, &info);
	return 0;
}

static int get_regs(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_regs regs = {.cmd = ETHTOOL_GREGS};
	void *answer;
	int len;

	if (!ops->get_regs || !ops->get_regs_len)
		return -EOPNOTSUPP;
	len = ops->get_regs_len(dev);
	if (len <= 0 || len > ANSWER_MAX)
		return len <= 0 ? len : -E2BIG;
	answer = kzalloc(len, GFP_KERNEL);
	if (!answer)
		return -ENOMEM;
	regs.len = len;
	ops->get_regs(dev, &regs, answer);
	kfree(answer);
	return 0;
}

static int get_link(struct net_device *dev, Ops ops, unsigned int value)
{
	return ops->get_link ? ops->get_link(dev) : -EOPNOTSUPP;
}

static int get_ringparam(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
	struct kernel_ethtool_ringparam more = {};

	if (!ops->get_ringparam)
		return -EOPNOTSUPP;
	ops->get_ringparam(dev, &ring, &more, NULL);
	return 0;
}

/* Low half: receive; high half: transmit; no more than the device has. */
static int set_ringparam(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
	struct kernel_ethtool_ringparam more = {};

	if (!ops->get_ringparam || !ops->set_ringparam)
		return -EOPNOTSUPP;
	ops->get_ringparam(dev, &ring, &more, NULL);
	ring.cmd = ETHTOOL_SRINGPARAM;
	ring.rx_pending = min(value & 0xffff, ring.rx_max_pending);
	ring.tx_pending = min(value >> 16, ring.tx_max_pending);
	return ops->set_ringparam(dev, &ring, &more, NULL);
}

static int get_coalesce(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_coalesce coalesce = {.cmd = ETHTOOL_GCOALESCE};
	struct kernel_ethtool_coalesce more = {};

	return ops->get_coalesce ? ops->get_coalesce(dev, &coalesce, &more, NULL) : -EOPNOTSUPP;
}

/* Low half: receive; high half: transmit; in microseconds, and as frames by their low bytes. */
static int set_coalesce(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_coalesce coalesce = {.cmd = ETHTOOL_GCOALESCE};
	struct kernel_ethtool_coalesce more = {};
	int ret;

	if (!ops->get_coalesce || !ops->set_coalesce)
		return -EOPNOTSUPP;
	ret = ops->get_coalesce(dev, &coalesce, &more, NULL);
	if (ret)
		return ret;
	coalesce.cmd = ETHTOOL_SCOALESCE;
	if (ops->supported_coalesce_params & ETHTOOL_COALESCE_RX_USECS)
		coalesce.rx_coalesce_usecs = value & 0xffff;
	if (ops->supported_coalesce_params & ETHTOOL_COALESCE_TX_USECS)
		coalesce.tx_coalesce_usecs = value >> 16;
	if (ops->supported_coalesce_params & ETHTOOL_COALESCE_RX_MAX_FRAMES)
		coalesce.rx_max_coalesced_frames = value & 0xff;
	if (ops->supported_coalesce_params & ETHTOOL_COALESCE_TX_MAX_FRAMES)
		coalesce.tx_max_coalesced_frames = value >> 16 & 0xff;
	return ops->set_coalesce(dev, &coalesce, &more, NULL);
}

static int get_pauseparam(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_pauseparam pause = {.cmd = ETHTOOL_GPAUSEPARAM};

	if (!ops->get_pauseparam)
		return -EOPNOTSUPP;
	ops->get_pauseparam(dev, &pause);
	return 0;
}

/* Bits: autonegotiation, receive, transmit. */
static int set_pauseparam(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_pauseparam pause = {.cmd = ETHTOOL_SPAUSEPARAM,
					   .autoneg = value & 1,
					   .rx_pause = value >> 1 & 1,
					   .tx_pause = value >> 2 & 1};

	return ops->set_pauseparam ? ops->set_pauseparam(dev, &pause) : -EOPNOTSUPP;
}

/* How many entries of `size` bytes a set of the driver's has, and memory for them; null: none, or an error. */
static void *for_set(struct net_device *dev, Ops ops, int set, size_t size, int *count)
{
	void *answer;

	*count = ops->get_sset_count ? ops->get_sset_count(dev, set) : -EOPNOTSUPP;
	if (*count <= 0)
		return NULL;
	if (*count > ANSWER_MAX / size) {
		*count = -E2BIG;
		return NULL;
	}
	answer = kcalloc(*count, size, GFP_KERNEL);
	if (!answer)
		*count = -ENOMEM;
	return answer;
}

/* Bit 0: offline. */
static int self_test(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_test test = {.cmd = ETHTOOL_TEST, .flags = value & ETH_TEST_FL_OFFLINE};
	u64 *answer;
	int count;

	if (!ops->self_test)
		return -EOPNOTSUPP;
	answer = for_set(dev, ops, ETH_SS_TEST, sizeof(*answer), &count);
	if (!answer)
		return count;
	test.len = count;
	netif_testing_on(dev);
	ops->self_test(dev, &test, answer);
	netif_testing_off(dev);
	kfree(answer);
	return test.flags & ETH_TEST_FL_FAILED ? 1 : 0;
}

/* The sets that are a driver's own. */
static int get_strings(struct net_device *dev, Ops ops, unsigned int value)
{
	static const int sets[] = {ETH_SS_STATS, ETH_SS_TEST, ETH_SS_PRIV_FLAGS};
	int set = sets[value % ARRAY_SIZE(sets)], count;
	u8 *answer;

	if (!ops->get_strings)
		return -EOPNOTSUPP;
	answer = for_set(dev, ops, set, ETH_GSTRING_LEN, &count);
	if (!answer)
		return count;
	ops->get_strings(dev, set, answer);
	kfree(answer);
	return 0;
}

static int get_ethtool_stats(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_stats stats = {.cmd = ETHTOOL_GSTATS};
	u64 *answer;
	int count;

	if (!ops->get_ethtool_stats)
		return -EOPNOTSUPP;
	answer = for_set(dev, ops, ETH_SS_STATS, sizeof(*answer), &count);
	if (!answer)
		return count;
	stats.n_stats = count;
	ops->get_ethtool_stats(dev, &stats, answer);
	kfree(answer);
	return 0;
}

/* Where: low half, modulo the size of the EEPROM. How much: up to a page. */
static int eeprom(struct net_device *dev, Ops ops, unsigned int value, bool write)
{
	struct ethtool_eeprom request = {.cmd = ETHTOOL_GEEPROM};
	int total, ret;
	u8 *bytes;

	if (!ops->get_eeprom || !ops->get_eeprom_len || (write && !ops->set_eeprom))
		return -EOPNOTSUPP;
	total = ops->get_eeprom_len(dev);
	if (total <= 0)
		return total;
	request.offset = (value & 0xffff) % total;
	request.len = min3((u32)PAGE_SIZE, total - request.offset, (value >> 16) % 256 + 1);
	bytes = kzalloc(request.len, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	/* Who writes must know the magic number, which reading tells. */
	ret = ops->get_eeprom(dev, &request, bytes);
	if (!ret && write) {
		request.cmd = ETHTOOL_SEEPROM;
		bytes[0] ^= value >> 24;
		ret = ops->set_eeprom(dev, &request, bytes);
	}
	kfree(bytes);
	return ret;
}

static int get_eeprom(struct net_device *dev, Ops ops, unsigned int value)
{
	return eeprom(dev, ops, value, false);
}

static int set_eeprom(struct net_device *dev, Ops ops, unsigned int value)
{
	return eeprom(dev, ops, value, true);
}

static int get_wol(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_wolinfo wol = {.cmd = ETHTOOL_GWOL};

	if (!ops->get_wol)
		return -EOPNOTSUPP;
	ops->get_wol(dev, &wol);
	return 0;
}

static int set_wol(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_wolinfo wol = {.cmd = ETHTOOL_GWOL};

	if (!ops->get_wol || !ops->set_wol)
		return -EOPNOTSUPP;
	ops->get_wol(dev, &wol);
	wol.cmd = ETHTOOL_SWOL;
	wol.wolopts = value & wol.supported;
	return ops->set_wol(dev, &wol);
}

static int set_phys_id(struct net_device *dev, Ops ops, unsigned int value)
{
	int ret;

	if (!ops->set_phys_id)
		return -EOPNOTSUPP;
	ret = ops->set_phys_id(dev, ETHTOOL_ID_ACTIVE);
	if (ret < 0)
		return ret;
	/* Blinking is the caller's. */
	if (ret > 0) {
		ret = ops->set_phys_id(dev, ETHTOOL_ID_ON);
		if (!ret)
			ret = ops->set_phys_id(dev, ETHTOOL_ID_OFF);
	}
	ops->set_phys_id(dev, ETHTOOL_ID_INACTIVE);
	return ret;
}

static int nway_reset(struct net_device *dev, Ops ops, unsigned int value)
{
	return ops->nway_reset ? ops->nway_reset(dev) : -EOPNOTSUPP;
}

static int get_msglevel(struct net_device *dev, Ops ops, unsigned int value)
{
	if (!ops->get_msglevel)
		return -EOPNOTSUPP;
	ops->get_msglevel(dev);
	return 0;
}

static int set_msglevel(struct net_device *dev, Ops ops, unsigned int value)
{
	if (!ops->set_msglevel)
		return -EOPNOTSUPP;
	ops->set_msglevel(dev, value);
	return 0;
}

static int get_link_ksettings(struct net_device *dev, Ops ops, unsigned int value)
{
	struct ethtool_link_ksettings settings = {};

	return ops->get_link_ksettings ? ops->get_link_ksettings(dev, &settings) : -EOPNOTSUPP;
}

/* Bit 0: autonegotiation; bit 1: full duplex; bits 2-4: speed; from 8: what is not advertised. */
static int set_link_ksettings(struct net_device *dev, Ops ops, unsigned int value)
{
	static const u32 speeds[] = {SPEED_10, SPEED_100, SPEED_1000, SPEED_2500, SPEED_10000, 0, SPEED_UNKNOWN, 12345};
	struct ethtool_link_ksettings settings = {};
	int ret;

	if (!ops->get_link_ksettings || !ops->set_link_ksettings)
		return -EOPNOTSUPP;
	ret = ops->get_link_ksettings(dev, &settings);
	if (ret)
		return ret;
	settings.base.cmd = ETHTOOL_SLINKSETTINGS;
	settings.base.autoneg = value & 1;
	settings.base.duplex = value >> 1 & 1;
	settings.base.speed = speeds[value >> 2 & 7];
	linkmode_copy(settings.link_modes.advertising, settings.link_modes.supported);
	settings.link_modes.advertising[0] &= ~(unsigned long)(value >> 8);
	return ops->set_link_ksettings(dev, &settings);
}

static int get_ts_info(struct net_device *dev, Ops ops, unsigned int value)
{
	struct kernel_ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO, .phc_index = -1};

	return ops->get_ts_info ? ops->get_ts_info(dev, &info) : -EOPNOTSUPP;
}

/* The device's offloads, as `ethtool -K` wants them: each of the first 32 that it can switch is on if its bit is. */
static int set_features(struct net_device *dev, Ops ops, unsigned int value)
{
	netdev_features_t can = dev->hw_features, wanted = 0;
	unsigned int bit, n = 0;

	for (bit = 0; bit < NETDEV_FEATURE_COUNT; bit++)
		if (can & BIT_ULL(bit) && value >> n++ % 32 & 1)
			wanted |= BIT_ULL(bit);
	dev->wanted_features = (dev->wanted_features & ~can) | wanted;
	netdev_update_features(dev);
	return 0;
}

#define OPERATION(name) {#name, name}
static const struct {
	const char *name;
	int (*call)(struct net_device *dev, Ops ops, unsigned int value);
} operations[KERNEL_NET_ETHTOOLS] = {
	OPERATION(get_drvinfo),
	OPERATION(get_regs),
	OPERATION(get_link),
	OPERATION(get_ringparam),
	OPERATION(set_ringparam),
	OPERATION(get_coalesce),
	OPERATION(set_coalesce),
	OPERATION(get_pauseparam),
	OPERATION(set_pauseparam),
	OPERATION(self_test),
	OPERATION(get_strings),
	OPERATION(get_ethtool_stats),
	OPERATION(get_eeprom),
	OPERATION(set_eeprom),
	OPERATION(get_wol),
	OPERATION(set_wol),
	OPERATION(set_phys_id),
	OPERATION(nway_reset),
	OPERATION(get_msglevel),
	OPERATION(set_msglevel),
	OPERATION(get_link_ksettings),
	OPERATION(set_link_ksettings),
	OPERATION(get_ts_info),
	OPERATION(set_features),
};

const char *kernel_net_ethtool_name(unsigned int which)
{
	return which < KERNEL_NET_ETHTOOLS ? operations[which].name : NULL;
}

static int call(struct net_device *dev, unsigned int which, unsigned int value)
{
	Ops ops = dev->ethtool_ops;
	int ret;

	if (!netif_device_present(dev))
		return -ENODEV;
	if (ops->begin) {
		ret = ops->begin(dev);
		if (ret < 0)
			return ret;
	}
	ret = operations[which].call(dev, ops, value);
	if (ops->complete)
		ops->complete(dev);
	return ret;
}

int kernel_net_ethtool(unsigned int which, unsigned int value)
{
	struct net_device *dev;
	int ret = -ENODEV;

	if (which >= KERNEL_NET_ETHTOOLS)
		return -EINVAL;
	rtnl_lock();
	dev = dmaf_net_device();
	if (dev) {
		netdev_lock_ops(dev);
		ret = call(dev, which, value);
		netdev_unlock_ops(dev);
	}
	rtnl_unlock();
	return ret;
}
