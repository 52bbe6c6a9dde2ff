/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shims of buses ask of interrupt numbers. */
#ifndef DMAF_IRQ_HANDLERS_H
#define DMAF_IRQ_HANDLERS_H

struct irq_chip;

/* Handlers that are installed. */
unsigned long dmaf_irqs_installed(void);
/* The number is masked and unmasked through this chip; null: it has none. */
void dmaf_irq_set_chip(unsigned int irq, struct irq_chip *chip);

#endif
