// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device on the platform bus (the real drivers/base/platform.c), which no scan finds: firmware would have said where
 * its registers are, its interrupt and its properties. Here the harness says so, and a software node has the properties
 * (drivers/base/swnode.c).
 *
 * Simplified: one device, whose windows of registers lie where a bridge lets BARs lie (one, or several of the same
 * size, which a driver that was added may have: the weak numbers); as many interrupts; no ACPI. Drivers match by name;
 * what they see of a device tree is in of/node.c.
 */
#include <linux/dma-mapping.h>
#include <linux/ioport.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include "boot/boot.h"
#include "drivers/drivers.h"
#include "host_bus.h"
#include "pci/pci.h"

#define PROPERTIES 16

#define WINDOWS	   8

/* Strong in the program of a driver that was added (harness/cli/driver_build.cc). */
const unsigned int dmaf_platform_windows __weak = 1, dmaf_platform_interrupts __weak = 1;

static bool there;
static struct platform_device *made;

struct platform_device *dmaf_platform_device(void)
{
	return made;
}

bool dmaf_platform_there(void)
{
	return there;
}

void *kernel_platform_add(const struct kernel_platform_device *what)
{
	struct property_entry properties[PROPERTIES + 1] = {};
	struct resource resources[2 * WINDOWS];
	struct platform_device_info info = {
		.name = what->name,
		.id = PLATFORM_DEVID_NONE,
		.res = resources,
		.num_res = dmaf_platform_windows + dmaf_platform_interrupts,
		.properties = properties,
		/* What a driver that says nothing gets. */
		.dma_mask = DMA_BIT_MASK(32),
	};
	static const struct dmaf_config direct = {.path = DMAF_PATH_DIRECT, .coherent = 1};
	struct platform_device *dev;
	u64 window = what->mmio_size / dmaf_platform_windows;
	unsigned int i;

	if (dmaf_platform_windows > WINDOWS || dmaf_platform_interrupts > WINDOWS)
		host_panic("too many resources of a platform device");
	for (i = 0; i < dmaf_platform_windows; i++)
		resources[i] = (struct resource)DEFINE_RES_MEM(HOST_MMIO_BASE + i * window, window);
	for (i = 0; i < dmaf_platform_interrupts; i++)
		resources[dmaf_platform_windows + i] = (struct resource)DEFINE_RES_IRQ(HOST_IRQ_PCI + i);
	if (what->count > PROPERTIES)
		host_panic("too many properties of a platform device");
	for (i = 0; i < what->count; i++)
		properties[i] = PROPERTY_ENTRY_U32_ARRAY_LEN(what->properties[i].name, what->properties[i].values,
							     what->properties[i].count);
	dev = platform_device_register_full(&info);
	if (IS_ERR(dev))
		return NULL;
	there = true;
	made = dev;
	dmaf_device_configure(&dev->dev, &direct);
	return &dev->dev;
}

void kernel_device_remove(void *device)
{
	struct device *dev = device;

	if (!dev_is_platform(dev)) {
		kernel_pci_remove(device);
		return;
	}
	there = false;
	made = NULL;
	platform_device_unregister(to_platform_device(dev));
}
