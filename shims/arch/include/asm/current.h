/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_CURRENT_H
#define _ASM_DMAFUZZ_CURRENT_H

struct task_struct;
extern struct task_struct init_task;

#define get_current() (&init_task)
#define current	      get_current()

#endif
