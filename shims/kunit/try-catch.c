// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for lib/kunit/try-catch.c, which runs each test case in a kernel thread that a failed assertion ends.
 *
 * Simplified: our kernel threads have no stack of their own (shims/sched/kthread.c), so the case runs on the caller's,
 * and an assertion unwinds to here. A case cannot time out: a wait that nothing ends is found as a hang.
 */
#include <kunit/test.h>
#include <lib/kunit/try-catch-impl.h>
#include "kunit/kunit.h"
#include "sched/sched.h"

void __noreturn kunit_try_catch_throw(struct kunit_try_catch *try_catch)
{
	try_catch->try_result = -EFAULT;
	host_kunit_throw();
}

static void run(void *arg)
{
	struct kunit_try_catch *try_catch = arg;

	try_catch->try(try_catch->context);
}

void kunit_try_catch_run(struct kunit_try_catch *try_catch, void *context)
{
	/* A thread would have begun without one, and the test inside of a case must not outlive it. */
	struct kunit *outer = current->kunit_test;
	unsigned int depth = dmaf_depth, locks = dmaf_locks;
	struct dmaf_frame frame;

	try_catch->context = context;
	try_catch->try_result = 0;
	dmaf_enter(&frame, DMAF_PROCESS);
	current->kunit_test = NULL;
	if (host_kunit_try(run, try_catch)) {
		/* What a thread that exits leaves behind is its own; ours must not stick to the one task. */
		preempt_count_set(frame.preempt_count_inside);
		dmaf_irq_flag = frame.irq_flag_inside;
		dmaf_depth = depth + 1;
		dmaf_locks = locks;
	}
	current->kunit_test = outer;
	dmaf_leave(&frame, "a test case");

	if (!try_catch->try_result)
		return;
	/* Thrown: the one who catches asks the result and takes 0 for that. */
	if (try_catch->try_result == -EFAULT)
		try_catch->try_result = 0;
	try_catch->catch(try_catch->context);
}
