// SPDX-License-Identifier: GPL-2.0-only
/*
 * Works that are to run in interrupt context.
 *
 * Simplified: there is no interrupt of the CPU's own, so they run at the next tick, as on machines that have none.
 */
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/timer.h>

static LLIST_HEAD(queued);

static void run(struct timer_list *unused)
{
	struct irq_work *work, *next;

	llist_for_each_entry_safe(work, next, llist_reverse_order(llist_del_all(&queued)), node.llist)
	{
		atomic_andnot(IRQ_WORK_PENDING, &work->node.a_flags);
		work->func(work);
		atomic_andnot(IRQ_WORK_BUSY, &work->node.a_flags);
	}
}

static DEFINE_TIMER(tick, run);

bool irq_work_queue(struct irq_work *work)
{
	if (atomic_fetch_or(IRQ_WORK_CLAIMED, &work->node.a_flags) & IRQ_WORK_PENDING)
		return false;
	llist_add(&work->node.llist, &queued);
	mod_timer(&tick, jiffies);
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	might_sleep();
	if (irq_work_is_busy(work))
		run(NULL);
}
