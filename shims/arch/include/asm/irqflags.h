/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_IRQFLAGS_H
#define _ASM_DMAFUZZ_IRQFLAGS_H

/* The interrupt flag is a word; switching it on is where the harness may let a pending interrupt strike. */
#define ARCH_IRQ_DISABLED 0UL
#define ARCH_IRQ_ENABLED  1UL

extern unsigned long dmaf_irq_flag;
void dmaf_irqs_on(void);

static inline unsigned long arch_local_save_flags(void)
{
	return dmaf_irq_flag;
}
#define arch_local_save_flags arch_local_save_flags

static inline void arch_local_irq_restore(unsigned long flags)
{
	if (flags && !dmaf_irq_flag)
		dmaf_irqs_on();
	else
		dmaf_irq_flag = flags;
}
#define arch_local_irq_restore arch_local_irq_restore

#include <asm-generic/irqflags.h>

#endif
