// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files that the PCI bus would have in sysfs and /proc: there are none (driver-core/sysfs.c).
 */
#include <linux/pci.h>
#include <linux/version.h>
#include <drivers/pci/pci.h>

const struct attribute_group *pci_dev_groups[] = {NULL};
const struct attribute_group *pci_dev_attr_groups[] = {NULL};
const struct attribute_group *pcibus_groups[] = {NULL};
const struct attribute_group *pci_bus_groups[] = {NULL};

int pci_proc_attach_device(struct pci_dev *dev)
{
	return 0;
}

int pci_proc_detach_device(struct pci_dev *dev)
{
	return 0;
}

int pci_proc_detach_bus(struct pci_bus *bus)
{
	return 0;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
int pci_create_sysfs_dev_files(struct pci_dev *pdev)
{
	return 0;
}

void pci_remove_sysfs_dev_files(struct pci_dev *pdev)
{
}
#endif
