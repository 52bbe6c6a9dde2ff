/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_SYSCALL_H
#define _ASM_DMAFUZZ_SYSCALL_H

#define NR_syscalls 0
static inline int syscall_get_arch(struct task_struct *task)
{
	return 0;
}

#endif
