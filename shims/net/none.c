// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program without a network: nothing is ever registered.
 */
#include <linux/errno.h>
#include "host_bus.h"

int kernel_net_registered(void)
{
	return 0;
}

int kernel_net_open(void)
{
	return -ENODEV;
}

int kernel_net_stop(void)
{
	return -ENODEV;
}

int kernel_net_transmit(const struct kernel_net_packet *packet)
{
	return -ENODEV;
}

int kernel_net_set_mtu(unsigned int mtu)
{
	return -ENODEV;
}

int kernel_net_set_mac(const unsigned char mac[6])
{
	return -ENODEV;
}

int kernel_net_set_rx_mode(unsigned int flags, unsigned int addresses)
{
	return -ENODEV;
}

int kernel_net_ioctl(unsigned int cmd, unsigned int value)
{
	return -ENODEV;
}

int kernel_net_ethtool(unsigned int which, unsigned int value)
{
	return -ENODEV;
}

int kernel_net_tx_timeout(void)
{
	return -ENODEV;
}

int kernel_net_stats(struct kernel_net_stats *stats)
{
	return -ENODEV;
}
