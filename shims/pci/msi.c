// SPDX-License-Identifier: GPL-2.0-only
/*
 * Message signalled interrupts: the numbers that drivers/pci/msi asks an architecture for.
 *
 * The message that the device is given names its number in the data: HOST_MSI_ADDRESS, number. Masks, tables and
 * control words are written by the real code to the device's configuration space and registers.
 *
 * Simplified: numbers come from the architecture, not from interrupt domains, and MSI (unlike MSI-X) has one vector.
 */
#include <linux/bitmap.h>
#include <linux/irq.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include "host_bus.h"
#include "irq/handlers.h"

static DECLARE_BITMAP(taken, HOST_IRQS - HOST_IRQ_MSI);

static struct irq_chip chip = {
	.name = "PCI-MSI",
	.irq_mask = pci_msi_mask_irq,
	.irq_unmask = pci_msi_unmask_irq,
};

int arch_setup_msi_irq(struct pci_dev *dev, struct msi_desc *desc)
{
	unsigned int n = find_first_zero_bit(taken, HOST_IRQS - HOST_IRQ_MSI), irq = HOST_IRQ_MSI + n;
	struct msi_msg message = {.address_lo = HOST_MSI_ADDRESS, .data = irq};

	if (irq >= HOST_IRQS || host_should_fail())
		return -ENOSPC;
	__set_bit(n, taken);
	irq_set_msi_desc(irq, desc);
	dmaf_irq_set_chip(irq, &chip);
	pci_write_msi_msg(irq, &message);
	return 0;
}

void arch_teardown_msi_irq(unsigned int irq)
{
	if (irq_has_action(irq))
		WARN(1, "interrupt %u is given back, and a handler is installed\n", irq);
	irq_get_msi_desc(irq)->irq = 0;
	dmaf_irq_set_chip(irq, NULL);
	irq_set_msi_desc(irq, NULL);
	__clear_bit(irq - HOST_IRQ_MSI, taken);
}
