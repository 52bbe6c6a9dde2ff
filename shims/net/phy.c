// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the real phylib (shims/phy.cmake) asks of ethtool, of whose folder nothing is compiled: what each link mode is.
 *
 * Simplified: modes beyond 10 Gbit/s have no speed, so no PHY is taken to be capable of them; nobody asks a PHY by
 * netlink.
 */
#include <linux/bits.h>
#include <linux/ethtool.h>
#include <linux/kernel.h>
#include <linux/phy.h>
#include <linux/string.h>
#include <linux/version.h>
#include "host_bus.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define MODE(name, mbits, full, medium, few, many)                                                                     \
	[ETHTOOL_LINK_MODE_##name##_BIT] = {                                                                           \
		.speed = mbits,                                                                                        \
		.lanes = 1,                                                                                            \
		.duplex = full ? DUPLEX_FULL : DUPLEX_HALF,                                                            \
		.mediums = BIT(ETHTOOL_LINK_MEDIUM_##medium),                                                          \
		.min_pairs = few,                                                                                      \
		.pairs = many,                                                                                         \
	}

const struct link_mode_info link_mode_params[__ETHTOOL_LINK_MODE_MASK_NBITS] = {
	[0 ... __ETHTOOL_LINK_MODE_MASK_NBITS -
	 1] = {.speed = SPEED_UNKNOWN, .duplex = DUPLEX_UNKNOWN, .mediums = BIT(ETHTOOL_LINK_MEDIUM_NONE)},
	MODE(10baseT_Half, 10, false, BASET, 2, 4),
	MODE(10baseT_Full, 10, true, BASET, 2, 4),
	MODE(100baseT_Half, 100, false, BASET, 2, 4),
	MODE(100baseT_Full, 100, true, BASET, 2, 4),
	MODE(1000baseT_Half, 1000, false, BASET, 4, 4),
	MODE(1000baseT_Full, 1000, true, BASET, 4, 4),
	MODE(2500baseT_Full, 2500, true, BASET, 4, 4),
	MODE(5000baseT_Full, 5000, true, BASET, 4, 4),
	MODE(10000baseT_Full, 10000, true, BASET, 4, 4),
	MODE(1000baseKX_Full, 1000, true, BASEK, 0, 0),
	MODE(10000baseKR_Full, 10000, true, BASEK, 0, 0),
};

enum ethtool_link_medium ethtool_str_to_medium(const char *str)
{
	host_unshimmed("ethtool_str_to_medium");
}
#endif

/* Called when a PHY is found by netlink or in the ioctls of ethtool: there are none. */
void ethtool_set_ethtool_phy_ops(const struct ethtool_phy_ops *ops)
{
}
