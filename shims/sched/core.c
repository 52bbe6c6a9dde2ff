// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one task and its scheduler: init_task, schedule(), wake-ups, the checks that sleeping is allowed, and the loop
 * that runs deferred work.
 *
 * Simplified: there is one task and one stack. Who sleeps, stays on the stack while others run on top of it, so a work
 * that needs a mutex of the sleeper below cannot wait for it: that would be a false hang. Therefore a bounded sleep
 * (msleep, schedule_timeout of a running task) runs works only if no mutex or rwsem is held and no other work is on
 * the stack; a wait for an event runs them always, since only they may bring the event. Priorities, signals, cgroups,
 * CPUs and preemption do not exist.
 */
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sched/debug.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/wake_q.h>
#include <linux/init_task.h>
#include <linux/interrupt.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sprintf.h>
#include <linux/delay.h>
#include "sched.h"

struct task_struct init_task = {
	.thread_info = INIT_THREAD_INFO(init_task),
	.__state = TASK_RUNNING,
	.usage = REFCOUNT_INIT(2),
	.prio = MAX_PRIO - 20,
	.static_prio = MAX_PRIO - 20,
	.normal_prio = MAX_PRIO - 20,
	.policy = SCHED_NORMAL,
	.nr_cpus_allowed = 1,
	.tasks = LIST_HEAD_INIT(init_task.tasks),
	.children = LIST_HEAD_INIT(init_task.children),
	.sibling = LIST_HEAD_INIT(init_task.sibling),
	.real_parent = &init_task,
	.parent = &init_task,
	.group_leader = &init_task,
	.comm = "dmafuzz",
	.pid = 1,
	.tgid = 1,
};

struct cpumask __cpu_possible_mask = { CPU_BITS_CPU0 };
struct cpumask __cpu_online_mask = { CPU_BITS_CPU0 };
struct cpumask __cpu_present_mask = { CPU_BITS_CPU0 };
struct cpumask __cpu_active_mask = { CPU_BITS_CPU0 };

unsigned int dmaf_depth;
unsigned int dmaf_locks;
static unsigned long wakes;

/* ---- contexts ---- */

void dmaf_enter(struct dmaf_frame *frame, enum dmaf_context context)
{
	frame->preempt_count = preempt_count();
	frame->irq_flag = dmaf_irq_flag;
	frame->task_state = current->__state;
	frame->wakes = wakes;
	current->__state = TASK_RUNNING;
	dmaf_depth++;
	switch (context) {
	case DMAF_PROCESS:
		preempt_count_set(0);
		dmaf_irq_flag = ARCH_IRQ_ENABLED;
		break;
	case DMAF_SOFTIRQ:
		preempt_count_set(SOFTIRQ_OFFSET);
		dmaf_irq_flag = ARCH_IRQ_ENABLED;
		break;
	case DMAF_HARDIRQ:
		/* An interrupt strikes on top of whatever runs. */
		preempt_count_set(frame->preempt_count + HARDIRQ_OFFSET);
		dmaf_irq_flag = ARCH_IRQ_DISABLED;
		break;
	}
}

void dmaf_leave(const struct dmaf_frame *frame, const char *what)
{
	char text[160];
	int expected = frame->preempt_count;
	unsigned long flag = ARCH_IRQ_ENABLED;

	if (preempt_count() & HARDIRQ_MASK && !(frame->preempt_count & HARDIRQ_MASK)) {
		expected += HARDIRQ_OFFSET;
		flag = ARCH_IRQ_DISABLED;
	} else {
		expected = preempt_count() & SOFTIRQ_MASK ? SOFTIRQ_OFFSET : 0;
	}
	if (preempt_count() != expected || dmaf_irq_flag != flag) {
		snprintf(text, sizeof(text), "%s returned with preempt count %#x (not %#x) and interrupts %s", what,
			 preempt_count(), expected, dmaf_irq_flag ? "on" : "off");
		host_finding("irq-state-leak", text);
	}
	preempt_count_set(frame->preempt_count);
	dmaf_irq_flag = frame->irq_flag;
	/* Who was woken meanwhile does not sleep on. */
	current->__state = frame->wakes == wakes ? frame->task_state : TASK_RUNNING;
	dmaf_depth--;
}
