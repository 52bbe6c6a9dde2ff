// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host bridge of a PCI bus whose configuration space is the harness's, and what drivers/pci asks of an
 * architecture.
 *
 * The bridge and its bus 0 are there from boot, with nothing on it; kernel_pci_scan() has the real code find what the
 * harness shows, give it addresses in the bridge's windows, and add it.
 *
 * Simplified: one bus and no bridges below it, one interrupt for all pins, no firmware tables, sysfs or /proc files.
 * Devices do DMA directly or bounced, and snoop unless the harness says otherwise (kernel_pci_configure).
 */
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/pci.h>
#include <drivers/pci/pci.h>
#include "boot/boot.h"
#include "host_bus.h"
#include "pci/pci.h"

static struct pci_host_bridge *bridge;
/* Nothing is on the bus before the harness asked for a scan; nothing is there any more after a removal. */
static bool shown;

static struct resource memory = {
	.name = "PCI memory",
	.start = HOST_MMIO_BASE,
	.end = HOST_MMIO_BASE + HOST_MMIO_SIZE - 1,
	.flags = IORESOURCE_MEM,
};
static struct resource ports = {
	.name = "PCI ports",
	.start = HOST_PORT_BASE,
	.end = HOST_PORT_BASE + HOST_PORT_SIZE - 1,
	.flags = IORESOURCE_IO,
};
static struct resource numbers = {
	.name = "PCI bus",
	.start = 0,
	.end = 0,
	.flags = IORESOURCE_BUS,
};

/* What devices are told of their way to memory when they are found. */
static struct dmaf_config way_to_memory = {.path = DMAF_PATH_DIRECT, .coherent = 1};

bool dmaf_pci_gone(void)
{
	return !shown && !dmaf_platform_there();
}

static int config_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	if (!shown) {
		PCI_SET_ERROR_RESPONSE(value);
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	*value = host_pci_config_read(devfn, where, size);
	return PCIBIOS_SUCCESSFUL;
}

static int config_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	if (!shown)
		return PCIBIOS_DEVICE_NOT_FOUND;
	host_pci_config_write(devfn, where, size, value);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops config_ops = {.read = config_read, .write = config_write};

static int map_irq(const struct pci_dev *dev, u8 slot, u8 pin)
{
	return HOST_IRQ_PCI;
}

static int __init bridge_init(void)
{
	/* A quirk's job, at the end of the real kernel's scan. */
	pci_cache_line_size = pci_dfl_cache_line_size;
	bridge = pci_alloc_host_bridge(0);
	if (!bridge)
		return -ENOMEM;
	if (request_resource(&iomem_resource, &memory) || request_resource(&ioport_resource, &ports))
		return -EBUSY;
	pci_add_resource(&bridge->windows, &memory);
	pci_add_resource(&bridge->windows, &ports);
	pci_add_resource(&bridge->windows, &numbers);
	bridge->ops = &config_ops;
	bridge->map_irq = map_irq;
	bridge->swizzle_irq = pci_common_swizzle;
	return pci_scan_root_bus_bridge(bridge);
}
subsys_initcall(bridge_init);

/* ---- what the harness asks for ---- */

int kernel_pci_configure(const struct dmaf_config *config)
{
	if (config->path != DMAF_PATH_DIRECT && config->path != DMAF_PATH_BOUNCE)
		return 0;
	way_to_memory = *config;
	return 1;
}

static struct pci_dev *first_device(void)
{
	return list_first_entry_or_null(&bridge->bus->devices, struct pci_dev, bus_list);
}

void *kernel_pci_scan(void)
{
	struct pci_dev *dev;

	shown = true;
	pci_lock_rescan_remove();
	pci_rescan_bus(bridge->bus);
	pci_unlock_rescan_remove();
	dev = first_device();
	if (!dev)
		shown = false;
	return dev ? &dev->dev : NULL;
}

void kernel_pci_remove(void *device)
{
	struct pci_dev *dev = to_pci_dev(device);

	shown = false;
	pci_dev_set_disconnected(dev, NULL);
	pci_lock_rescan_remove();
	pci_stop_and_remove_bus_device(dev);
	pci_unlock_rescan_remove();
}

int kernel_pci_bus_master(void *device)
{
	u32 command = shown ? host_pci_config_read(to_pci_dev(device)->devfn, PCI_COMMAND, 2) : 0;

	return (command & (PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY)) == (PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
}

int kernel_pci_id(unsigned int index, struct kernel_pci_id *out)
{
	const struct kernel_driver *driver = kernel_driver.transport ?: &kernel_driver;
	const struct pci_device_id *id = driver->ids;

	if (driver->bus != KERNEL_BUS_PCI || !id)
		return 0;
	for (;; id++) {
		if (!id->vendor && !id->subvendor && !id->class_mask)
			return 0;
		if (!index--)
			break;
	}
	*out = (struct kernel_pci_id){id->vendor, id->device, id->subvendor, id->subdevice, id->class, id->class_mask};
	return 1;
}

/* ---- what drivers/pci asks ---- */

int pcibios_device_add(struct pci_dev *dev)
{
	dmaf_device_configure(&dev->dev, &way_to_memory);
	return 0;
}
