// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one task and its scheduler: init_task, schedule(), wake-ups, the checks that sleeping is allowed, and the loop
 * that runs deferred work.
 *
 * Simplified: there is one task and one stack. Who sleeps, stays on the stack while others run on top of it, so a work
 * that needs a mutex of the sleeper below cannot wait for it: that would be a false hang. Therefore a bounded sleep
 * (msleep, schedule_timeout of a running task) runs works only if no mutex or rwsem is held and no other work is on
 * the stack; a wait for an event runs them always, since only they may bring the event. A wake-up wakes all sleepers on
 * the stack; those that wait in a loop, as they must, look and sleep on, but a schedule_timeout() below a waiter may
 * end early. A work that waits for what a sleeper below it would do next can never see it happen: that ends the input
 * (host_cannot_go_on()) if the sleeper's completion is there or the entry by which it waits in a queue was woken, and
 * is a false hang if it was woken in another way. Priorities, signals, cgroups, CPUs and preemption do not exist.
 */
#include <linux/blkdev.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sched/debug.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/math64.h>
#include <linux/init_task.h>
#include <linux/interrupt.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sprintf.h>
#include <linux/delay.h>
#include <linux/jump_label.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include "host_bus.h"
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

void kernel_stack_ends(const void *top)
{
	init_task.stack = (char *)top - THREAD_SIZE;
}

struct cpumask __cpu_possible_mask = {CPU_BITS_CPU0};
struct cpumask __cpu_online_mask = {CPU_BITS_CPU0};
struct cpumask __cpu_present_mask = {CPU_BITS_CPU0};
struct cpumask __cpu_active_mask = {CPU_BITS_CPU0};

/* kernel/cpu.c: the mask of CPU n begins in row n % BITS_PER_LONG + 1. */
const unsigned long cpu_bit_bitmap[BITS_PER_LONG + 1][BITS_TO_LONGS(NR_CPUS)] = {[1] = {1}};

/* Static keys work from the first moment. */
bool static_key_initialized = true;

unsigned int dmaf_depth;
unsigned int dmaf_locks;
static unsigned long wakes;

/* Who sleeps in schedule(), counted from the bottom of the stack, and which of the first of them were woken since. */
static unsigned int sleepers;
static u64 woken_sleepers;

/* ---- contexts ---- */

void dmaf_enter(struct dmaf_frame *frame, enum dmaf_context context)
{
	frame->preempt_count = preempt_count();
	frame->irq_flag = dmaf_irq_flag;
	frame->task_state = current->__state;
	frame->wakes = wakes;
	/* Another task's, or nobody's. */
	frame->plug = current->plug;
	current->plug = NULL;
	frame->irq_flag_inside = ARCH_IRQ_ENABLED;
	switch (context) {
	case DMAF_PROCESS:
		frame->preempt_count_inside = 0;
		break;
	case DMAF_SOFTIRQ:
		frame->preempt_count_inside = SOFTIRQ_OFFSET;
		break;
	case DMAF_HARDIRQ:
		/* An interrupt strikes on top of whatever runs. */
		frame->preempt_count_inside = frame->preempt_count + HARDIRQ_OFFSET;
		frame->irq_flag_inside = ARCH_IRQ_DISABLED;
		break;
	}
	current->__state = TASK_RUNNING;
	preempt_count_set(frame->preempt_count_inside);
	dmaf_irq_flag = frame->irq_flag_inside;
	dmaf_depth++;
}

void dmaf_leave(const struct dmaf_frame *frame, const char *what)
{
	char text[160];

	if (preempt_count() != frame->preempt_count_inside || dmaf_irq_flag != frame->irq_flag_inside) {
		snprintf(text, sizeof(text), "%s came with preempt count %#x and interrupts %s, left with %#x and %s",
			 what, frame->preempt_count_inside, frame->irq_flag_inside ? "on" : "off", preempt_count(),
			 dmaf_irq_flag ? "on" : "off");
		host_finding("irq-state-leak", text);
	}
	preempt_count_set(frame->preempt_count);
	dmaf_irq_flag = frame->irq_flag;
	/* Who was woken meanwhile does not sleep on. */
	current->__state = frame->wakes == wakes ? frame->task_state : TASK_RUNNING;
	current->plug = frame->plug;
	dmaf_depth--;
}

/* ---- may we sleep? ---- */

static bool atomic_now(void)
{
	return preempt_count() || irqs_disabled();
}

static void sleep_in_atomic(const char *who, const char *file, int line)
{
	char text[256];

	snprintf(text, sizeof(text), "%s%s%s:%d with preempt count %#x, interrupts %s", who, *who ? " at " : "", file,
		 line, preempt_count(), irqs_disabled() ? "off" : "on");
	host_finding("sleep-in-atomic", text);
}

void __might_resched(const char *file, int line, unsigned int offsets)
{
	if (preempt_count() != (offsets & MIGHT_RESCHED_PREEMPT_MASK) || irqs_disabled())
		sleep_in_atomic("", file, line);
}

void __might_sleep(const char *file, int line)
{
	__might_resched(file, line, 0);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
void __cant_sleep(const char *file, int line)
#else
void __cant_sleep(const char *file, int line, int preempt_offset)
#endif
{
	if (!atomic_now())
		host_warn(file, line, "cant_sleep() where sleeping is allowed");
}

void __cant_migrate(const char *file, int line)
{
}

void __might_fault(const char *file, int line)
{
	if (!pagefault_disabled())
		__might_sleep(file, line);
}

/* Loops that offer the CPU so may wait for somebody: now and then they get it. Most only take long. */
int __cond_resched(void)
{
	static unsigned int calls;

	dmaf_spin();
	if (++calls % 1024)
		return 0;
	dmaf_yield();
	return 1;
}

int __cond_resched_lock(spinlock_t *lock)
{
	return 0;
}

/* ---- running what is deferred ---- */

/* One item that is due, in the order in which a machine would get to it. */
static bool run_one(bool works)
{
	return dmaf_hrtimer_run_one() || dmaf_timer_run_one() || dmaf_softirq_run_one() || dmaf_rcu_run_one() ||
	       (works && (dmaf_irq_thread_run_one() || dmaf_work_run_one()));
}

static unsigned int run_due(bool works)
{
	/* What waits already is no sign of a thing that queues itself: whoever frees much by RCU has that many
	 * callbacks. */
	unsigned long limit = DMAF_WAIT_STEPS + dmaf_pending_work();
	unsigned int count = 0;

	while (run_one(works)) {
		if (++count > limit)
			dmaf_hang("deferred work that queues itself again without end");
	}
	return count;
}

static u64 next_timer(void)
{
	return min(dmaf_timer_next(), dmaf_hrtimer_next());
}

/* Timers that come again as often as this, or more rarely, are a driver's way to poll its device (ec_bhf: 20 us). */
#define POLLED_NS NSEC_PER_USEC

/*
 * Of what comes again and again only so much runs in one sleep. Then the CPU is as one that was away until the end of
 * it (a guest that was not scheduled): what is due by then runs, late and once.
 */
unsigned int dmaf_sleep(u64 until, bool works)
{
	unsigned int count = 0;
	u64 began = dmaf_clock();

	for (;;) {
		u64 next;

		dmaf_irqs_now();
		count += run_due(works);
		next = next_timer();
		if (next > until)
			break;
		if (count > DMAF_WAIT_STEPS) {
			if (dmaf_clock() - began >= count * POLLED_NS)
				break;
			dmaf_hang("timers that arm themselves again without end");
		}
		dmaf_clock_set(max(next, dmaf_clock()));
	}
	if (until > dmaf_clock()) {
		dmaf_clock_set(until);
		count += run_due(works);
	}
	return count;
}

void dmaf_yield(void)
{
	if (!atomic_now())
		dmaf_sleep(dmaf_clock(), !dmaf_depth && !dmaf_locks);
}

int __weak host_idle(void)
{
	return 0;
}

unsigned long long __weak host_next_event(void)
{
	return U64_MAX;
}

bool dmaf_idle(u64 deadline)
{
	u64 next;

	/* Who goes to sleep hands out what it held back. */
	if (current->plug)
		__blk_flush_plug(current->plug, true);
	if (dmaf_irq_deliver() || run_one(true) || host_idle())
		return true;
	next = min_t(u64, next_timer(), host_next_event());
	if (next == U64_MAX || next > deadline)
		return false;
	dmaf_clock_set(max(next, dmaf_clock()));
	return true;
}

bool dmaf_patience_ends(struct dmaf_patience *p)
{
	if (++p->steps <= DMAF_WAIT_STEPS)
		return false;
	if (dmaf_clock() - p->seen < 10 * NSEC_PER_SEC || dmaf_clock() - p->began > 120 * NSEC_PER_SEC)
		return true;
	p->seen = dmaf_clock();
	p->steps = 0;
	return false;
}

void __weak host_cannot_go_on(void)
{
}

void dmaf_hang(const char *what)
{
	/* Who waited below could go on, if it were not for what waits on top of it: that is no hang of the kernel's. */
	if (woken_sleepers || dmaf_waiter_done())
		host_cannot_go_on();
	host_finding("hang", what);
	host_panic(what);
}

unsigned int kernel_run_deferred(unsigned long long ns)
{
	return dmaf_sleep(dmaf_clock() + ns, true);
}

unsigned long dmaf_pending_work(void)
{
	return dmaf_works_pending() + dmaf_timers_pending() + dmaf_hrtimers_pending() + dmaf_rcu_pending() +
	       dmaf_softirqs_pending() + dmaf_irq_threads_pending();
}

/* ---- schedule() and wake-ups ---- */

void dmaf_wake(void)
{
	wakes++;
	current->__state = TASK_RUNNING;
}

unsigned long dmaf_wakes(void)
{
	return wakes;
}

unsigned int dmaf_next_sleeper(void)
{
	return sleepers + 1;
}

void dmaf_woke_sleeper(unsigned int sleeper)
{
	if (sleeper && sleeper <= min(sleepers, 64U))
		woken_sleepers |= BIT_ULL(sleeper - 1);
}

bool dmaf_schedule_until(u64 deadline)
{
	struct dmaf_patience patience = dmaf_patience();
	unsigned long seen = wakes;

	if (atomic_now())
		sleep_in_atomic("schedule()", __FILE__, __LINE__);
	if (current->__state == TASK_RUNNING) {
		dmaf_spin();
		dmaf_sleep(deadline == U64_MAX ? dmaf_clock() : deadline, !dmaf_depth && !dmaf_locks);
		return false;
	}
	sleepers++;
	while (wakes == seen && current->__state != TASK_RUNNING) {
		if (dmaf_clock() >= deadline)
			break;
		if (!dmaf_idle(deadline)) {
			if (deadline == U64_MAX)
				dmaf_hang("a wait that nothing can end: no work, timer, callback or interrupt is left");
			dmaf_clock_set(deadline);
		} else if (dmaf_patience_ends(&patience)) {
			dmaf_hang("a wait that nothing ends, though work goes on");
		}
	}
	if (sleepers <= 64)
		woken_sleepers &= ~BIT_ULL(sleepers - 1);
	sleepers--;
	current->__state = TASK_RUNNING;
	return wakes != seen;
}

asmlinkage __visible void __sched schedule(void)
{
	dmaf_schedule_until(U64_MAX);
}

void __sched schedule_preempt_disabled(void)
{
	preempt_enable_no_resched();
	schedule();
	preempt_disable();
}

void __sched io_schedule(void)
{
	schedule();
}

int __sched io_schedule_prepare(void)
{
	return 0;
}

void io_schedule_finish(int token)
{
}

void __sched yield(void)
{
	dmaf_yield();
}

signed long __sched schedule_timeout(signed long timeout)
{
	unsigned long end;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (WARN_ON_ONCE(timeout < 0)) {
		current->__state = TASK_RUNNING;
		return 0;
	}
	end = jiffies + timeout;
	/* As in the kernel the first jiffy is the one that has begun. */
	dmaf_schedule_until((div_u64(dmaf_clock(), TICK_NSEC) + timeout) * TICK_NSEC);
	timeout = end - jiffies;
	return max(timeout, 0L);
}

signed long __sched schedule_timeout_interruptible(signed long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

signed long __sched schedule_timeout_killable(signed long timeout)
{
	__set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}

/*
 * Sleeps, where nobody expects to be woken: as msleep(), and unlike a wait, they leave work alone that may want a lock
 * of the sleeper's.
 */
static signed long sleep_for(unsigned int state, signed long timeout)
{
	if (timeout == MAX_SCHEDULE_TIMEOUT || !(dmaf_locks || dmaf_depth)) {
		__set_current_state(state);
		return schedule_timeout(timeout);
	}
	return schedule_timeout(timeout);
}

signed long __sched schedule_timeout_uninterruptible(signed long timeout)
{
	return sleep_for(TASK_UNINTERRUPTIBLE, timeout);
}

signed long __sched schedule_timeout_idle(signed long timeout)
{
	return sleep_for(TASK_IDLE, timeout);
}

long __sched io_schedule_timeout(long timeout)
{
	return schedule_timeout(timeout);
}

int wake_up_state(struct task_struct *p, unsigned int state)
{
	return wake_up_process(p);
}

/* Nobody has another task's memory. */
void __mmdrop(struct mm_struct *mm)
{
	host_unshimmed("__mmdrop");
}
