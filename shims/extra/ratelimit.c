// SPDX-License-Identifier: GPL-2.0-only
/* The limit that all of the kernel's printk_ratelimit() share: here nothing that a driver logs is held back. */
#include <linux/printk.h>

int __printk_ratelimit(const char *func)
{
	return 1;
}
