// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt flag, softirqs and tasklets, interrupt numbers.
 *
 * A softirq or tasklet that was raised runs when bottom halves are switched on again, when an interrupt handler is
 * done, and when somebody sleeps, waits or runs deferred work.
 *
 * Simplified: at most DMAF_SOFTIRQ_BURST of them run in one of the first two places, as the kernel gives up after some
 * rounds and leaves the rest to a thread. Numbers and their handlers are in handlers.c, for programs that have a bus;
 * without it no number maps to anything.
 */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irq_work.h>
#include <linux/irqdomain.h>
#include <linux/llist.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/version.h>
#include "sched/sched.h"

unsigned long dmaf_irq_flag = ARCH_IRQ_ENABLED;

int __weak dmaf_irq_deliver(void)
{
	return 0;
}

bool __weak dmaf_irq_thread_run_one(void)
{
	return false;
}

unsigned long __weak dmaf_irq_threads_pending(void)
{
	return 0;
}

void dmaf_irqs_now(void)
{
	unsigned int n;

	for (n = 0; n < DMAF_IRQ_BURST && dmaf_irq_deliver(); n++)
		;
}

void dmaf_irqs_on(void)
{
	dmaf_irq_flag = ARCH_IRQ_ENABLED;
	if (!(preempt_count() & HARDIRQ_MASK))
		dmaf_irqs_now();
}

/* ---- bottom halves ---- */

void __local_bh_enable_ip(unsigned long ip, unsigned int cnt)
{
	WARN_ON_ONCE(in_hardirq());
	WARN_ON_ONCE((preempt_count() & (SOFTIRQ_MASK | PREEMPT_MASK)) < cnt);
	preempt_count_sub(cnt);
	dmaf_softirqs_now();
}

void _local_bh_enable(void)
{
	preempt_count_sub(SOFTIRQ_DISABLE_OFFSET);
}

static void (*actions[NR_SOFTIRQS])(void);
static unsigned long raised;

void open_softirq(int nr, void (*action)(void))
{
	actions[nr] = action;
}

void __raise_softirq_irqoff(unsigned int nr)
{
	raised |= 1UL << nr;
}

void raise_softirq_irqoff(unsigned int nr)
{
	__raise_softirq_irqoff(nr);
}

void raise_softirq(unsigned int nr)
{
	__raise_softirq_irqoff(nr);
}

/* ---- tasklets ---- */

static struct tasklet_struct *tasklets, **tasklets_end = &tasklets;
static unsigned long tasklet_count;

void __tasklet_schedule(struct tasklet_struct *t)
{
	t->next = NULL;
	*tasklets_end = t;
	tasklets_end = &t->next;
	tasklet_count++;
}

void __tasklet_hi_schedule(struct tasklet_struct *t)
{
	__tasklet_schedule(t);
}

static void unlink_tasklet(struct tasklet_struct **link)
{
	struct tasklet_struct *t = *link;

	*link = t->next;
	if (tasklets_end == &t->next)
		tasklets_end = link;
	t->next = NULL;
	tasklet_count--;
	clear_bit(TASKLET_STATE_SCHED, &t->state);
}

static bool run_tasklet(void)
{
	struct tasklet_struct **link = &tasklets, *t;
	struct dmaf_frame frame;

	while (*link && atomic_read(&(*link)->count))
		link = &(*link)->next;
	t = *link;
	if (!t)
		return false;
	unlink_tasklet(link);
	dmaf_enter(&frame, DMAF_SOFTIRQ);
	if (t->use_callback)
		t->callback(t);
	else
		t->func(t->data);
	dmaf_leave(&frame, "a tasklet");
	return true;
}

void tasklet_setup(struct tasklet_struct *t, void (*callback)(struct tasklet_struct *))
{
	*t = (struct tasklet_struct){.use_callback = true, .callback = callback};
}

void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long), unsigned long data)
{
	*t = (struct tasklet_struct){.func = func, .data = data};
}

/* Waits until it has run. A disabled tasklet never runs, so the wait would never end. */
void tasklet_kill(struct tasklet_struct *t)
{
	unsigned int steps = 0;

	while (test_bit(TASKLET_STATE_SCHED, &t->state)) {
		if (++steps > DMAF_WAIT_STEPS || !dmaf_softirq_run_one())
			dmaf_hang("tasklet_kill of a tasklet that is scheduled and disabled");
	}
}

/* ---- works of interrupt context (irq_work): run as an interrupt of its own would, before softirqs ---- */

static LLIST_HEAD(irq_works);
static unsigned long irq_work_count;

bool irq_work_queue(struct irq_work *work)
{
	if (atomic_fetch_or(IRQ_WORK_CLAIMED, &work->node.a_flags) & IRQ_WORK_PENDING)
		return false;
	llist_add(&work->node.llist, &irq_works);
	irq_work_count++;
	return true;
}

static bool run_irq_work(void)
{
	struct llist_node *node = llist_del_first(&irq_works);
	struct dmaf_frame frame;
	struct irq_work *work;

	if (!node)
		return false;
	work = container_of(node, struct irq_work, node.llist);
	irq_work_count--;
	atomic_andnot(IRQ_WORK_PENDING, &work->node.a_flags);
	dmaf_enter(&frame, DMAF_HARDIRQ);
	work->func(work);
	dmaf_leave(&frame, "an irq_work");
	/* Unless it was queued again meanwhile. */
	if (!(atomic_read(&work->node.a_flags) & IRQ_WORK_PENDING))
		atomic_andnot(IRQ_WORK_BUSY, &work->node.a_flags);
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	unsigned int steps = 0;

	while (irq_work_is_busy(work)) {
		if (++steps > DMAF_WAIT_STEPS || !run_irq_work())
			dmaf_hang("irq_work_sync of a work that is never done");
	}
}

bool dmaf_softirq_run_one(void)
{
	struct dmaf_frame frame;
	unsigned long nr;

	if (run_irq_work() || (tasklets && run_tasklet()))
		return true;
	while (raised) {
		nr = __ffs(raised);
		raised &= ~(1UL << nr);
		if (!actions[nr])
			continue;
		dmaf_enter(&frame, DMAF_SOFTIRQ);
		actions[nr]();
		dmaf_leave(&frame, "a softirq");
		return true;
	}
	return false;
}

void dmaf_softirqs_now(void)
{
	unsigned int n;

	/* As in the kernel the CPU may be one that must not be preempted; with interrupts off they wait. */
	if (in_interrupt() || irqs_disabled())
		return;
	for (n = 0; n < DMAF_SOFTIRQ_BURST && dmaf_softirq_run_one(); n++)
		;
}

unsigned long dmaf_softirqs_pending(void)
{
	return irq_work_count + tasklet_count + hweight_long(raised);
}

/* ---- interrupts off, counted (rust/kernel/interrupt.rs) ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
DEFINE_PER_CPU(unsigned long, local_interrupt_disable_state);
#endif

/* ---- interrupt numbers ---- */

struct irq_data *__weak irq_get_irq_data(unsigned int irq)
{
	return NULL;
}

void irq_dispose_mapping(unsigned int virq)
{
}
