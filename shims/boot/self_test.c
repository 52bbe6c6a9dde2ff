// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mistakes planted on purpose, for `dmafuzz doctor`: each must be caught, or the sanitizer of its kind is not alive.
 */
#include <linux/slab.h>
#include "host.h"
#include "boot/boot.h"

void kernel_self_test(enum host_self_test kind)
{
	volatile int bits = 33;
	char *p = kmalloc(64, GFP_KERNEL);

	switch (kind) {
	case HOST_SELF_TEST_ASAN:
		((volatile char *)p)[64 + bits - 33] = 1;
		break;
	case HOST_SELF_TEST_UBSAN:
		bits = 1 << bits;
		break;
	case HOST_SELF_TEST_LEAK:
		return;
	case HOST_SELF_TEST_WARN:
		WARN(1, "planted");
		break;
	case HOST_SELF_TEST_BUG:
		BUG();
	case HOST_SELF_TEST_POOL:
		dmaf_atomic_pools_lose();
		break;
	case HOST_SELF_TEST_PROBE:
		dmaf_device_fail_probe();
		break;
	}
	kfree(p);
}
