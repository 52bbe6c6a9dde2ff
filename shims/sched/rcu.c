// SPDX-License-Identifier: GPL-2.0-only
/*
 * RCU and SRCU.
 *
 * Simplified: readers of RCU cannot sleep (they count as atomic), so whenever deferred work runs, a grace period has
 * passed; callbacks run in order, one at a time, as softirqs. synchronize_rcu() is a sleeping point that runs the
 * callbacks that were queued before it. SRCU readers may sleep: callbacks and synchronize_srcu() wait for all of them,
 * older or not.
 */
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <linux/mm.h>
#include "sched.h"

/* Callbacks of kfree_rcu(): the "function" is the head's offset in the object, as Tiny RCU has it. */
#define IS_OFFSET(func) ((unsigned long)(func) < 4096)

static struct rcu_head *head, **tail = &head;
static unsigned long pending;
static unsigned long periods;

void call_rcu(struct rcu_head *cb, rcu_callback_t func)
{
	cb->func = func;
	cb->next = NULL;
	*tail = cb;
	tail = &cb->next;
	pending++;
}

bool dmaf_rcu_run_one(void)
{
	struct rcu_head *cb = head;
	struct dmaf_frame frame;
	rcu_callback_t func;

	if (!cb)
		return false;
	head = cb->next;
	if (!head)
		tail = &head;
	pending--;
	periods++;
	func = cb->func;
	if (IS_OFFSET(func)) {
		kvfree((void *)cb - (unsigned long)func);
		return true;
	}
	dmaf_enter(&frame, DMAF_SOFTIRQ);
	func(cb);
	dmaf_leave(&frame, "an RCU callback");
	return true;
}

unsigned long dmaf_rcu_pending(void)
{
	return pending;
}

void synchronize_rcu(void)
{
	unsigned long count = pending;

	might_sleep();
	while (count-- && dmaf_rcu_run_one())
		;
	periods++;
}

void rcu_barrier(void)
{
	synchronize_rcu();
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
void kvfree_call_rcu(struct kvfree_rcu_head *cb, void *ptr)
{
	if (cb) {
		call_rcu((struct rcu_head *)cb, (rcu_callback_t)((void *)cb - ptr));
		return;
	}
	synchronize_rcu();
	kvfree(ptr);
}

void kvfree_rcu_barrier(void)
{
	rcu_barrier();
}
#endif

void rcu_qs(void)
{
}

unsigned long get_state_synchronize_rcu(void)
{
	return periods;
}

unsigned long start_poll_synchronize_rcu(void)
{
	return periods;
}

bool poll_state_synchronize_rcu(unsigned long oldstate)
{
	return periods != oldstate || !preempt_count();
}

void wakeme_after_rcu(struct rcu_head *cb)
{
	complete(&container_of(cb, struct rcu_synchronize, head)->completion);
}

/* ---- SRCU ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int init_srcu_struct_generic(struct srcu_struct *ssp)
#else
int init_srcu_struct(struct srcu_struct *ssp)
#endif
{
	*ssp = (struct srcu_struct){.srcu_cb_tail = &ssp->srcu_cb_head};
	INIT_WORK(&ssp->srcu_work, srcu_drive_gp);
	init_swait_queue_head(&ssp->srcu_wq);
	return 0;
}

static bool readers(const struct srcu_struct *ssp)
{
	return ssp->srcu_lock_nesting[0] || ssp->srcu_lock_nesting[1];
}

void srcu_drive_gp(struct work_struct *work)
{
	struct srcu_struct *ssp = container_of(work, struct srcu_struct, srcu_work);
	struct rcu_head *cb;

	while ((cb = ssp->srcu_cb_head)) {
		if (readers(ssp)) {
			ssp->srcu_gp_waiting = true;
			return;
		}
		ssp->srcu_cb_head = cb->next;
		if (!cb->next)
			ssp->srcu_cb_tail = &ssp->srcu_cb_head;
		local_bh_disable();
		cb->func(cb);
		local_bh_enable();
	}
	ssp->srcu_idx += 2;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
void srcu_tiny_irq_work(struct irq_work *work)
{
	schedule_work(&container_of(work, struct srcu_struct, srcu_irq_work)->srcu_work);
}
#endif

void __srcu_read_unlock(struct srcu_struct *ssp, int idx)
{
	WARN_ON_ONCE(ssp->srcu_lock_nesting[idx] <= 0);
	ssp->srcu_lock_nesting[idx]--;
	if (ssp->srcu_gp_waiting && !readers(ssp)) {
		ssp->srcu_gp_waiting = false;
		schedule_work(&ssp->srcu_work);
	}
}

void call_srcu(struct srcu_struct *ssp, struct rcu_head *cb, rcu_callback_t func)
{
	cb->func = func;
	cb->next = NULL;
	*ssp->srcu_cb_tail = cb;
	ssp->srcu_cb_tail = &cb->next;
	schedule_work(&ssp->srcu_work);
}

void synchronize_srcu(struct srcu_struct *ssp)
{
	unsigned int steps = 0;

	might_sleep();
	while (readers(ssp)) {
		if (++steps > DMAF_WAIT_STEPS || !dmaf_idle(U64_MAX))
			dmaf_hang("synchronize_srcu inside a read-side section of the same SRCU, or above one on the "
				  "stack");
	}
	srcu_drive_gp(&ssp->srcu_work);
}

void cleanup_srcu_struct(struct srcu_struct *ssp)
{
	WARN_ON(readers(ssp));
	flush_work(&ssp->srcu_work);
	WARN_ON(ssp->srcu_cb_head);
}

unsigned long get_state_synchronize_srcu(struct srcu_struct *ssp)
{
	return ssp->srcu_idx + 2;
}

unsigned long start_poll_synchronize_srcu(struct srcu_struct *ssp)
{
	schedule_work(&ssp->srcu_work);
	return ssp->srcu_idx + 2;
}

bool poll_state_synchronize_srcu(struct srcu_struct *ssp, unsigned long cookie)
{
	return (long)(ssp->srcu_idx - cookie) >= 0;
}
