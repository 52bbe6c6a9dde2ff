/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_PTRACE_H
#define _ASM_DMAFUZZ_PTRACE_H

#ifndef __ASSEMBLER__
struct pt_regs {
	unsigned long ip, sp, flags;
};
#define user_mode(regs)		  0
#define instruction_pointer(regs) ((regs)->ip)
#define profile_pc(regs)	  instruction_pointer(regs)
#define user_stack_pointer(regs)  ((regs)->sp)
#define frame_pointer(regs)	  ((regs)->sp)
#define arch_has_single_step()	  0
static inline void instruction_pointer_set(struct pt_regs *regs, unsigned long val)
{
	regs->ip = val;
}
#endif

#endif
