/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_PROCESSOR_H
#define _ASM_DMAFUZZ_PROCESSOR_H

#include <asm/page.h>
#include <asm/ptrace.h>

#ifndef __ASSEMBLER__
#define TASK_SIZE	   0x7ffffffff000UL
#define TASK_UNMAPPED_BASE (TASK_SIZE / 3)
#define STACK_TOP	   TASK_SIZE
#define STACK_TOP_MAX	   TASK_SIZE

struct thread_struct {
	unsigned long sp;
};
#define INIT_THREAD {0}

struct task_struct;
static inline unsigned long __get_wchan(struct task_struct *p)
{
	return 0;
}
#define task_pt_regs(task) ((struct pt_regs *)0)
#define KSTK_EIP(task)	   0UL
#define KSTK_ESP(task)	   0UL

#include <vdso/processor.h>
#endif

#endif
