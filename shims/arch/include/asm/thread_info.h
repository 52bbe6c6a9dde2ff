/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_THREAD_INFO_H
#define _ASM_DMAFUZZ_THREAD_INFO_H

/* The one task: preempt count and flags, at the head of task_struct. */
#define THREAD_SIZE_ORDER 2
#define THREAD_SIZE	  (PAGE_SIZE << THREAD_SIZE_ORDER)

#ifndef __ASSEMBLER__
struct thread_info {
	unsigned long flags;
	int preempt_count;
	int cpu;
};
#define INIT_THREAD_INFO(tsk) {.flags = 0, .preempt_count = 0}
#endif

#define TIF_SYSCALL_TRACE      0
#define TIF_NOTIFY_RESUME      1
#define TIF_SIGPENDING	       2
#define TIF_NEED_RESCHED       3
#define TIF_NOTIFY_SIGNAL      4
#define TIF_MEMDIE	       5
#define TIF_RESTORE_SIGMASK    6
#define TIF_POLLING_NRFLAG     7
#define TIF_UPROBE	       8
#define TIF_PATCH_PENDING      9
#define TIF_SYSCALL_TRACEPOINT 10

#define _TIF_SYSCALL_TRACE     (1 << TIF_SYSCALL_TRACE)
#define _TIF_NOTIFY_RESUME     (1 << TIF_NOTIFY_RESUME)
#define _TIF_SIGPENDING	       (1 << TIF_SIGPENDING)
#define _TIF_NEED_RESCHED      (1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_SIGNAL     (1 << TIF_NOTIFY_SIGNAL)
#define _TIF_UPROBE	       (1 << TIF_UPROBE)

#endif
