// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program without block devices: nothing is ever registered.
 */
#include <linux/errno.h>
#include "host_bus.h"

int kernel_block_offered(void)
{
	return 0;
}

int kernel_block_registered(void)
{
	return 0;
}

int kernel_block_open(void)
{
	return -ENODEV;
}

int kernel_block_close(void)
{
	return -ENODEV;
}

void kernel_block_unplug(void)
{
}

int kernel_block_info(struct kernel_block_info *info)
{
	return -ENODEV;
}

int kernel_block_submit(const struct kernel_block_io *what)
{
	return -ENODEV;
}

int kernel_block_control(unsigned int which)
{
	return -ENODEV;
}
