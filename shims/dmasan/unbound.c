// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers that go. dma-debug asks what is left behind on buses that wanted it, PCI alone. All buses tell of a device's
 * life through one function of the driver core, which is renamed (kernel-files.cmake): ours hears for any of them, and
 * for those still to be registered.
 *
 * A probe that fails is told of before the driver core frees what is managed, and no more afterwards: what is left is
 * asked for when that has been freed. dma-debug does not look then.
 */
#include <linux/device.h>
/* As the driver core declares it. */
#include <../drivers/base/base.h>
#include "host.h"

void real_bus_notify(struct device *dev, enum bus_notifier_event value);
int real_devres_release_all(struct device *dev);

static struct device *probe_failed;

int devres_release_all(struct device *dev)
{
	int ret = real_devres_release_all(dev);

	if (dev == probe_failed) {
		probe_failed = NULL;
		host_dmasan_unbound(dev);
	}
	return ret;
}

void bus_notify(struct device *dev, enum bus_notifier_event value)
{
	bool unbound = value == BUS_NOTIFY_UNBOUND_DRIVER;

	if (value == BUS_NOTIFY_DRIVER_NOT_BOUND)
		probe_failed = dev;
	if (unbound)
		host_dmasan_ask_debug();
	real_bus_notify(dev, value);
	if (!unbound)
		return;
	/* The last step of unbinding: managed memory has gone by now. */
	host_dmasan_unbound(dev);
	host_dmasan_done();
}
