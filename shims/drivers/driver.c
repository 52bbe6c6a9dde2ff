// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver under test as a module: loaded, unloaded, bound and unbound, and what it leaves.
 *
 * Simplified: a module has no memory of its own that goes away with it, so code that runs after the unloading still
 * runs; that it is to run is seen by what is left pending. Probing is never asynchronous (sched/async.c).
 */
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/pm_wakeup.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <drivers/base/base.h>
#include "block/block.h"
#include "boot/boot.h"
#include "driver-core/debugfs.h"
#include "drivers/drivers.h"
#include "host_bus.h"
#include "irq/handlers.h"
#include "pci/pci.h"
#include "sched/sched.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define MATCH_DATA const void
#else
#define MATCH_DATA void
#endif

/* Data of the module, by the linker script. */
extern char kernel_module_start[], kernel_module_end[];

static bool loaded, used;
static void *as_built;

static int __init keep_as_built(void)
{
	size_t size = kernel_module_end - kernel_module_start;

	as_built = kmalloc(max_t(size_t, size, 1), GFP_KERNEL);
	if (!as_built)
		return -ENOMEM;
	host_copy_raw(as_built, kernel_module_start, size);
	return 0;
}
core_initcall(keep_as_built);

int kernel_driver_load(void)
{
	int ret;

	if (loaded)
		return -EEXIST;
	/* A module's variables are as it was built, whatever was left in them when it was last there. */
	if (used)
		host_copy_raw(kernel_module_start, as_built, kernel_module_end - kernel_module_start);
	used = true;
	ret = kernel_driver.transport ? kernel_driver.transport->init() : 0;
	if (ret)
		return ret;
	ret = kernel_driver.init();
	if (ret && kernel_driver.transport)
		kernel_driver.transport->exit();
	loaded = !ret;
	return ret;
}

void kernel_driver_unload(void)
{
	if (!loaded || !kernel_driver.exit)
		return;
	kernel_driver.exit();
	if (kernel_driver.transport)
		kernel_driver.transport->exit();
	loaded = false;
}

void kernel_device_configure(void *dev, const struct dmaf_config *config)
{
	if (config->path != DMAF_PATH_DIRECT && config->path != DMAF_PATH_BOUNCE)
		host_panic("devices of whole drivers have no such path");
	dmaf_device_configure(dev, config);
}

static bool is_bound(struct device *dev)
{
	return dev->driver && device_is_bound(dev);
}

static int is_made(struct device *dev, MATCH_DATA *data)
{
	return dev->bus && !strcmp(dev->bus->name, "virtio");
}

/* What the driver binds to, with a reference: the device that the bus found, or that which its transport made of it. */
static struct device *driven(struct device *dev)
{
	return kernel_driver.transport ? device_find_child(dev, NULL, is_made) : get_device(dev);
}

int kernel_device_bound(void *device)
{
	struct device *dev = driven(device);
	int bound = dev && is_bound(dev);

	put_device(dev);
	return bound;
}

int kernel_transport_bound(void *dev)
{
	return is_bound(dev);
}

void kernel_device_unbind(void *device)
{
	struct device *dev = driven(device);

	if (dev)
		device_driver_detach(dev);
	put_device(dev);
}

void kernel_transport_unbind(void *dev)
{
	device_driver_detach(dev);
}

static int matches(struct device_driver *drv, void *data)
{
	const struct device_driver **found = ((void **)data)[1];

	if (driver_match_device(drv, ((void **)data)[0]) <= 0)
		return 0;
	*found = drv;
	return 1;
}

static int bind(struct device *dev)
{
	const struct device_driver *found = NULL;
	void *data[] = {dev, &found};
	int ret;

	bus_for_each_drv(dev->bus, NULL, data, matches);
	if (!found)
		return 0;
	ret = device_driver_attach(found, dev);
	return ret < 0 ? ret : 1;
}

int kernel_device_bind(void *device)
{
	struct device *dev;
	int ret;

	/* The device that the transport makes is bound as it comes. */
	if (kernel_driver.transport && !is_bound(device)) {
		ret = bind(device);
		return ret < 0 ? ret : kernel_device_bound(device);
	}
	dev = driven(device);
	ret = dev ? bind(dev) : 0;
	put_device(dev);
	return ret;
}

/* ---- what is left ---- */

static unsigned long regions_of(const struct resource *parent)
{
	const struct resource *at;
	unsigned long count = 0;

	for (at = parent->child; at; at = at->sibling)
		count += !!(at->flags & IORESOURCE_BUSY) + regions_of(at);
	return count;
}

/* There is a reader of random numbers where their core is. */
int __weak kernel_random_read(int wait)
{
	return -ENODEV;
}

/* And a client of DMA engines, where they are (dma-engine/client.c). */
int __weak kernel_copy_offered(void)
{
	return 0;
}

int __weak kernel_copy_open(unsigned int channel)
{
	return 0;
}

int __weak kernel_copy_may_stay(void)
{
	return 1;
}

int __weak kernel_copy_submit(const struct kernel_copy *copy)
{
	return -ENODEV;
}

void __weak kernel_copy_issue(void)
{
}

int __weak kernel_copy_terminate(unsigned int channel, int later)
{
	return -ENODEV;
}

int __weak kernel_copy_release(unsigned int channel)
{
	return -ENODEV;
}

int __weak kernel_copy_status(unsigned int channel, unsigned int *residue)
{
	return -ENODEV;
}

/* And a user of a driver's file (driver-core/file_user.c). */
int __weak kernel_file_offered(void)
{
	return 0;
}

int __weak kernel_file_there(void)
{
	return 0;
}

long __weak kernel_file_write(const unsigned char *bytes, unsigned int n, unsigned long long at)
{
	return -ENODEV;
}

long __weak kernel_file_read(unsigned char *to, unsigned int n, unsigned long long at)
{
	return -ENODEV;
}

/* The network side says how many it knows of. */
unsigned long __weak dmaf_net_devices(void)
{
	return 0;
}

unsigned long __weak dmaf_block_disks(void)
{
	return 0;
}

unsigned long __weak dmaf_char_devices(void)
{
	return 0;
}

/*
 * That it may wake the machine stays with a device when its driver has gone (jme says so in probe and never takes it
 * back), and ends with the device. Here the device is there for longer than it is asked what was left.
 */
static int wakes_no_more(struct device *dev, void *data)
{
	device_wakeup_disable(dev);
	return 0;
}

void kernel_driver_usage(struct kernel_driver_usage *usage)
{
	bus_for_each_dev(&pci_bus_type, NULL, NULL, wakes_no_more);
	bus_for_each_dev(&platform_bus_type, NULL, NULL, wakes_no_more);
	usage->ioremaps = dmaf_ioremaps();
	usage->irqs = dmaf_irqs_installed();
	usage->regions = regions_of(&iomem_resource) + regions_of(&ioport_resource);
	usage->netdevs = dmaf_net_devices();
	usage->timers = dmaf_timers_pending() + dmaf_hrtimers_pending() + dmaf_works_pending();
	usage->disks = dmaf_block_disks();
	usage->chardevs = dmaf_char_devices();
}

void kernel_without_debug(void)
{
	/* The file is read-only; what it shows is the switch itself. */
	if (dmaf_debugfs_write_u64("dma-api", "disabled", 1))
		host_panic("dma-debug cannot be switched off");
}

void *kernel_page_struct(unsigned long long pfn, unsigned long *size)
{
	*size = sizeof(struct page);
	return pfn_to_page(pfn);
}
