// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts network devices, from allocation to the free of their memory. net/core/dev.c allocates them and it or
 * net/core/net-sysfs.c frees them; there the two functions have other names (shims/net.cmake). Those that the kernel
 * makes for itself when it boots, the loopback device among them, do not count.
 *
 * And finds out unregistrations that never end.
 */
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include "sched/sched.h"
#include "net/net.h"
#include "net/devices.h"
#include "host.h"

#define MAX_DEVICES 64

static const void *devices[MAX_DEVICES];

struct net_device *alloc_netdev_mqs(int sizeof_priv, const char *name, unsigned char name_assign_type,
				    void (*setup)(struct net_device *), unsigned int txqs, unsigned int rxqs)
{
	struct net_device *dev = real_alloc_netdev_mqs(sizeof_priv, name, name_assign_type, setup, txqs, rxqs);
	int i;

	if (!dev || system_state != SYSTEM_RUNNING)
		return dev;
	for (i = 0; devices[i]; i++)
		if (i == MAX_DEVICES - 1)
			host_panic("more network devices than shims/net/devices.c counts");
	devices[i] = dev;
	return dev;
}

void dmaf_net_kvfree(const void *memory)
{
	int i;

	for (i = 0; i < MAX_DEVICES; i++)
		if (memory && devices[i] == memory)
			devices[i] = NULL;
	kvfree(memory);
}

unsigned long dmaf_net_devices(void)
{
	unsigned long count = 0;
	int i;

	for (i = 0; i < MAX_DEVICES; i++)
		count += devices[i] != NULL;
	return count;
}

/*
 * Who unregisters a device waits until nobody refers to it any more, and says so to all every second. If that does not
 * help, nothing will: a real machine logs it for ever.
 */
#define REMINDERS 10

static int unregistered(struct notifier_block *self, unsigned long event, void *info)
{
	static unsigned int reminders;
	const struct net_device *dev = netdev_notifier_info_to_dev(info);
	char text[120];

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	if (dev->reg_state != NETREG_UNREGISTERED) {
		reminders = 0;
	} else if (++reminders > REMINDERS) {
		snprintf(text, sizeof(text), "unregistration of network device %s: %d references are left", dev->name,
			 netdev_refcnt_read(dev) - 1);
		dmaf_hang(text);
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {.notifier_call = unregistered};

static int __init devices_init(void)
{
	return register_netdevice_notifier(&notifier);
}
device_initcall(devices_init);

struct net_device *dmaf_net_device(void)
{
	struct net_device *dev;

	for_each_netdev (&init_net, dev)
		if (dev != init_net.loopback_dev)
			return dev;
	return NULL;
}
