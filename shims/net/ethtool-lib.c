// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drivers call of the kernel's ethtool code (in the tree net/ethtool, which is not unpacked).
 *
 * Simplified: nobody is notified; flow rules, receive hashing contexts and time stamping do not exist.
 */
#include <linux/ethtool.h>
#include <linux/linkmode.h>
#include <linux/net_tstamp.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/version.h>

int ethtool_check_ops(const struct ethtool_ops *ops)
{
	if (WARN_ON(ops->set_coalesce && !ops->supported_coalesce_params))
		return -EINVAL;
	return 0;
}

u32 ethtool_op_get_link(struct net_device *dev)
{
	/* What the link's change set off comes first. */
	linkwatch_sync_dev(dev);
	return netif_carrier_ok(dev);
}

int ethtool_op_get_ts_info(struct net_device *dev, struct kernel_ethtool_ts_info *info)
{
	info->so_timestamping = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	info->phc_index = -1;
	return 0;
}

/* ---- link modes: the first 32 are those of the old interface ---- */

void ethtool_convert_legacy_u32_to_link_mode(unsigned long *dst, u32 legacy)
{
	linkmode_zero(dst);
	dst[0] = legacy;
}

bool ethtool_convert_link_mode_to_legacy_u32(u32 *legacy, const unsigned long *src)
{
	*legacy = src[0];
	return src[0] == *legacy &&
	       find_next_bit(src, __ETHTOOL_LINK_MODE_MASK_NBITS, 32) >= __ETHTOOL_LINK_MODE_MASK_NBITS;
}

int __ethtool_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	ASSERT_RTNL();
	if (!dev->ethtool_ops->get_link_ksettings)
		return -EOPNOTSUPP;
	if (!netif_device_present(dev))
		return -ENODEV;
	memset(settings, 0, sizeof(*settings));
	return dev->ethtool_ops->get_link_ksettings(dev, settings);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int netif_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	return __ethtool_get_link_ksettings(dev, settings);
}
#endif

/* Of a device without a link of its own only speed and duplex may be set. */
bool ethtool_virtdev_validate_cmd(const struct ethtool_link_ksettings *cmd)
{
	struct ethtool_link_ksettings base = {};

	base.base.speed = cmd->base.speed;
	base.base.duplex = cmd->base.duplex;
	base.base.cmd = cmd->base.cmd;
	base.base.port = PORT_OTHER;
	base.base.link_mode_masks_nwords = cmd->base.link_mode_masks_nwords;
	return !memcmp(&base.base, &cmd->base, sizeof(base.base)) && linkmode_empty(cmd->link_modes.supported) &&
	       linkmode_empty(cmd->link_modes.lp_advertising);
}

int ethtool_virtdev_set_link_ksettings(struct net_device *dev, const struct ethtool_link_ksettings *cmd, u32 *dev_speed,
				       u8 *dev_duplex)
{
	if (!ethtool_validate_speed(cmd->base.speed) || !ethtool_validate_duplex(cmd->base.duplex) ||
	    !ethtool_virtdev_validate_cmd(cmd))
		return -EINVAL;
	*dev_speed = cmd->base.speed;
	*dev_duplex = cmd->base.duplex;
	return 0;
}

/* ---- names ---- */

void ethtool_sprintf(u8 **data, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(*data, ETH_GSTRING_LEN, fmt, args);
	va_end(args);
	*data += ETH_GSTRING_LEN;
}

void ethtool_puts(u8 **data, const char *str)
{
	strscpy(*data, str, ETH_GSTRING_LEN);
	*data += ETH_GSTRING_LEN;
}
