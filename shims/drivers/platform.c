// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device on the platform bus (the real drivers/base/platform.c), which no scan finds: firmware would have said where
 * its registers are, its interrupt and its properties. Here the harness says so, and a software node has the properties
 * (drivers/base/swnode.c).
 *
 * Simplified: one device, one window of registers, which lies where a bridge lets BARs lie, one interrupt; no device
 * tree, no ACPI, clocks, resets or regulators. Drivers match by name.
 */
#include <linux/dma-mapping.h>
#include <linux/ioport.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include "boot/boot.h"
#include "host_bus.h"
#include "pci/pci.h"

#define PROPERTIES 16

static bool there;

bool dmaf_platform_there(void)
{
	return there;
}

void *kernel_platform_add(const struct kernel_platform_device *what)
{
	struct property_entry properties[PROPERTIES + 1] = {};
	const struct resource resources[] = {
		DEFINE_RES_MEM(HOST_MMIO_BASE, what->mmio_size),
		DEFINE_RES_IRQ(HOST_IRQ_PCI),
	};
	struct platform_device_info info = {
		.name = what->name,
		.id = PLATFORM_DEVID_NONE,
		.res = resources,
		.num_res = ARRAY_SIZE(resources),
		.properties = properties,
		/* What a driver that says nothing gets. */
		.dma_mask = DMA_BIT_MASK(32),
	};
	static const struct dmaf_config direct = {.path = DMAF_PATH_DIRECT, .coherent = 1};
	struct platform_device *dev;
	unsigned int i;

	if (what->count > PROPERTIES)
		host_panic("too many properties of a platform device");
	for (i = 0; i < what->count; i++)
		properties[i] = PROPERTY_ENTRY_U32_ARRAY_LEN(what->properties[i].name, what->properties[i].values,
							     what->properties[i].count);
	dev = platform_device_register_full(&info);
	if (IS_ERR(dev))
		return NULL;
	there = true;
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
	platform_device_unregister(to_platform_device(dev));
}
