/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_VDSO_PROCESSOR_H
#define _ASM_DMAFUZZ_VDSO_PROCESSOR_H

#ifndef __ASSEMBLER__
/* A busy wait makes no progress on one thread unless time and pending interrupts do. */
void dmaf_cpu_relax(void);
#define cpu_relax() dmaf_cpu_relax()
#endif

#endif
