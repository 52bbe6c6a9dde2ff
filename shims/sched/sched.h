/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the scheduling, time and interrupt shims. Not for the kernel's own files.
 *
 * There is one OS thread. A sleeping function is a plain call that, before it returns, runs what else the machine has
 * to do: due timers, softirqs, RCU callbacks, queued works. Such a function runs on top of the sleeper's stack, as a
 * "frame"; the sleeper goes on when it has returned.
 */
#ifndef DMAF_SCHED_H
#define DMAF_SCHED_H

#include <linux/types.h>
#include <linux/compiler.h>
#include "host.h"

/* The state of the machine that a deferred function must leave as it found it. */
struct dmaf_frame {
	int preempt_count, preempt_count_inside;
	unsigned long irq_flag, irq_flag_inside;
	unsigned int task_state;
	unsigned long wakes;
	struct blk_plug *plug;
};

enum dmaf_context { DMAF_PROCESS, DMAF_SOFTIRQ, DMAF_HARDIRQ };

void dmaf_enter(struct dmaf_frame *frame, enum dmaf_context context);
void dmaf_leave(const struct dmaf_frame *frame, const char *what);

/* Frames on the stack; locks that may make a work wait (mutexes, rwsems) and are held by anybody. */
extern unsigned int dmaf_depth;
extern unsigned int dmaf_locks;

/* Sources of deferred work: run one item that is due; false if there was none. dmaf_*_pending count what is left. */
bool dmaf_timer_run_one(void);
bool dmaf_hrtimer_run_one(void);
bool dmaf_softirq_run_one(void);
bool dmaf_rcu_run_one(void);
bool dmaf_work_run_one(void);
unsigned long dmaf_timers_pending(void);
unsigned long dmaf_hrtimers_pending(void);
unsigned long dmaf_softirqs_pending(void);
unsigned long dmaf_rcu_pending(void);
unsigned long dmaf_works_pending(void);

/* When the next timer is due, in nanoseconds of the clock; U64_MAX: none is armed. */
u64 dmaf_timer_next(void);
u64 dmaf_hrtimer_next(void);

/* The virtual clock: nanoseconds since boot. It moves only through these two. */
u64 dmaf_clock(void);
void dmaf_clock_set(u64 ns);

/* A turn of a loop that waits without sleeping: costs a microsecond; too many in one input are a hang. */
void dmaf_spin(void);

/* Sleeps until the clock shows `until`; with `works`, works run too. Returns how many deferred functions ran. */
unsigned int dmaf_sleep(u64 until, bool works);
/* A sleeping point of unspecified length: what is due now runs. */
void dmaf_yield(void);
/*
 * For a waiter that cannot go on: lets the machine take one step (a due item, or the clock moves on to the next
 * timer, but not beyond `deadline`). False when nothing can ever happen again.
 */
bool dmaf_idle(u64 deadline);
/* Steps that one wait may take: more is a hang, as with a timer that rearms itself and never wakes the waiter. */
#define DMAF_WAIT_STEPS 20000
/*
 * A wait that may be for a timeout. What it waits for may come late while much goes on (a queue that asks again each 3
 * ms until a request times out after 30 s): as long as that takes time, it has as much of it as the kernel's own
 * detector of hung tasks gives one.
 */
struct dmaf_patience {
	u64 began, seen;
	unsigned int steps;
};
static inline struct dmaf_patience dmaf_patience(void)
{
	return (struct dmaf_patience){.began = dmaf_clock(), .seen = dmaf_clock()};
}
/* Counts a step. True: it is a hang. */
bool dmaf_patience_ends(struct dmaf_patience *p);
void __noreturn dmaf_hang(const char *what);

/* Somebody on the stack waits for a completion that is there. */
bool dmaf_waiter_done(void);

/* A wake-up of the one task, whichever frame of it sleeps. */
void dmaf_wake(void);
unsigned long dmaf_wakes(void);

/*
 * Sleepers are told apart by their place on the stack: the number that the next one in schedule() will have, and that
 * the one with this number (0: nobody knows) was woken, whether or not its turn comes before what is on top of it.
 */
unsigned int dmaf_next_sleeper(void);
void dmaf_woke_sleeper(unsigned int sleeper);

/*
 * The device's interrupts, where they may strike: interrupts were switched on, or somebody sleeps. Returns 1 if one
 * was delivered. The default (weak) has no device.
 */
int dmaf_irq_deliver(void);
/* Takes the interrupts that wait, but not for ever; the CPU must take some. */
void dmaf_irqs_now(void);
#define DMAF_IRQ_BURST 16
/* Runs raised softirqs and tasklets unless in an interrupt or with them off; not for ever either. */
void dmaf_softirqs_now(void);
#define DMAF_SOFTIRQ_BURST 32
/* Threads of interrupts: one that was woken, false if there was none (weak as well); how many are left. */
bool dmaf_irq_thread_run_one(void);
unsigned long dmaf_irq_threads_pending(void);

/* schedule(), but no longer than until the clock shows `deadline`. True: woken. */
bool dmaf_schedule_until(u64 deadline);

/* Count of queued works, armed timers, raised softirqs and RCU callbacks. */
unsigned long dmaf_pending_work(void);
/* The multi-instance "dead" callbacks of CPU 0, as if it had left. */
void dmaf_cpuhp_dead(void);

#endif
