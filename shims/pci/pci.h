/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the shims of the PCI bus. */
#ifndef DMAF_PCI_PCI_H
#define DMAF_PCI_PCI_H

#include <linux/types.h>

/* The device was pulled out: registers and configuration space read as ones. */
bool dmaf_pci_gone(void);
/* A device of the platform bus is there in its place (drivers/platform.c). */
bool dmaf_platform_there(void);
/* Live ioremap()s. */
unsigned long dmaf_ioremaps(void);

#endif
