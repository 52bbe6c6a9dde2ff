// SPDX-License-Identifier: GPL-2.0-only
/*
 * What iommu.c asks of PCI and MSI while drivers/pci is not linked. All weak: the real ones win.
 *
 * No device is on this bus, so the questions about PCI devices are never asked; if they are, that is a finding.
 */
#include <linux/msi.h>
#include <linux/pci.h>
#include "host.h"

const struct bus_type pci_bus_type __weak = {.name = "pci"};

bool __weak pci_acs_enabled(struct pci_dev *pdev, u16 acs_flags)
{
	host_unshimmed("pci_acs_enabled");
}

bool __weak pci_acs_path_enabled(struct pci_dev *start, struct pci_dev *end, u16 acs_flags)
{
	host_unshimmed("pci_acs_path_enabled");
}

bool __weak pci_devs_are_dma_aliases(struct pci_dev *dev1, struct pci_dev *dev2)
{
	host_unshimmed("pci_devs_are_dma_aliases");
}

int __weak pci_for_each_dma_alias(struct pci_dev *pdev, int (*fn)(struct pci_dev *pdev, u16 alias, void *data),
				  void *data)
{
	host_unshimmed("pci_for_each_dma_alias");
}

struct pci_host_bridge *__weak pci_find_host_bridge(struct pci_bus *bus)
{
	host_unshimmed("pci_find_host_bridge");
}

struct pci_dev *__weak pci_get_device(unsigned int vendor, unsigned int device, struct pci_dev *from)
{
	return NULL;
}

void __weak pci_dev_put(struct pci_dev *dev)
{
	if (dev)
		host_unshimmed("pci_dev_put");
}

/* Asked of any device: interrupts of no device can be forged here. */
bool __weak msi_device_has_isolated_msi(struct device *dev)
{
	return true;
}
