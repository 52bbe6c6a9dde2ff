// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers that go. dma-debug asks what is left behind on buses that wanted it, PCI alone. All buses tell of a device's
 * life through one function of the driver core, which is renamed (kernel-files.cmake): ours hears for any of them, and
 * for those still to be registered.
 *
 * dma-debug walks all of its table to find what a driver left, which takes ten times as long as all else in the life of
 * a small driver. It is asked only if DmaSan knows of something.
 *
 * A probe that fails is told of before the driver core frees what is managed, and no more afterwards: what is left is
 * asked for when that has been freed. dma-debug does not look then.
 *
 * A device of the virtio bus does its DMA as the device that its transport made it of. The transport maps nothing for
 * itself: what is left there when the driver of the virtio device has let go is that driver's.
 */
#include <linux/device.h>
/* As the driver core declares it. */
#include <../drivers/base/base.h>
#include "host.h"

void real_bus_notify(struct device *dev, enum bus_notifier_event value);
int real_devres_release_all(struct device *dev);

int dmaf_debug_bus_notifier(const struct bus_type *bus, struct notifier_block *nb);

static struct device *probe_failed;

struct asked {
	struct notifier_block nb, *debug;
};

static int ask_debug(struct notifier_block *nb, unsigned long action, void *dev)
{
	struct notifier_block *debug = container_of(nb, struct asked, nb)->debug;

	if (action == BUS_NOTIFY_UNBOUND_DRIVER && !host_dmasan_any(dev))
		return NOTIFY_DONE;
	return debug->notifier_call(debug, action, dev);
}

/* What kernel/dma/debug.c calls for bus_register_notifier(). */
int dmaf_debug_bus_notifier(const struct bus_type *bus, struct notifier_block *nb)
{
	static struct asked asked[4];
	static unsigned int count;
	struct asked *a = &asked[count];

	if (count == ARRAY_SIZE(asked))
		return -ENOSPC;
	count++;
	a->nb.notifier_call = ask_debug;
	a->debug = nb;
	return bus_register_notifier(bus, &a->nb);
}

static void gone(struct device *dev)
{
	host_dmasan_unbound(dev);
	if (dev->bus && !strcmp(dev->bus->name, "virtio") && dev->parent)
		host_dmasan_unbound(dev->parent);
}

int devres_release_all(struct device *dev)
{
	int ret = real_devres_release_all(dev);

	if (dev == probe_failed) {
		probe_failed = NULL;
		gone(dev);
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
	gone(dev);
	host_dmasan_done();
}
