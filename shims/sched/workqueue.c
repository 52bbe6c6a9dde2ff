// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workqueues.
 *
 * One list of all queued works, in the order of their queueing; a work's data names its workqueue by number, in the
 * bits where the kernel keeps the number of the last pool. Kept exact: the pending bit and who may clear it, requeueing
 * while running, max_active (so ordered queues are ordered), a work never runs twice at once, flush waits for what was
 * queued before it, drain, disable counts, delayed and RCU works.
 *
 * Simplified: no workers, CPUs, priorities, freezing, rescuers or attributes. A work runs on the stack of who sleeps or
 * flushes. Waiting for a work that is further down the same stack is a hang.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include "sched.h"

struct workqueue_struct {
	unsigned int id, flags, max_active, running;
	bool draining;
	char name[24];
};

/* A work that runs: on the stack of run(), innermost first. */
struct running {
	struct work_struct *work;
	struct workqueue_struct *wq;
	struct running *outer;
};

#define MAX_QUEUES 64

#define SYSTEM_QUEUE(symbol, number, fl, text)                                                                         \
	static struct workqueue_struct queue_##symbol = {                                                              \
		.id = number, .flags = fl, .max_active = WQ_DFL_ACTIVE, .name = text};                                 \
	struct workqueue_struct *symbol = &queue_##symbol

SYSTEM_QUEUE(system_wq, 1, 0, "events");
SYSTEM_QUEUE(system_percpu_wq, 2, 0, "events");
SYSTEM_QUEUE(system_highpri_wq, 3, WQ_HIGHPRI, "events_highpri");
SYSTEM_QUEUE(system_long_wq, 4, 0, "events_long");
SYSTEM_QUEUE(system_unbound_wq, 5, WQ_UNBOUND, "events_unbound");
SYSTEM_QUEUE(system_dfl_wq, 6, WQ_UNBOUND, "events_unbound");
SYSTEM_QUEUE(system_freezable_wq, 7, WQ_FREEZABLE, "events_freezable");
SYSTEM_QUEUE(system_power_efficient_wq, 8, 0, "events_power_efficient");
SYSTEM_QUEUE(system_freezable_power_efficient_wq, 9, WQ_FREEZABLE, "events_freezable_power");
SYSTEM_QUEUE(system_bh_wq, 10, WQ_BH, "events_bh");
SYSTEM_QUEUE(system_bh_highpri_wq, 11, WQ_BH | WQ_HIGHPRI, "events_bh_highpri");
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
SYSTEM_QUEUE(system_dfl_long_wq, 12, WQ_UNBOUND, "events_dfl_long");
#endif

static struct workqueue_struct *queues[MAX_QUEUES] = {
	[1] = &queue_system_wq,
	[2] = &queue_system_percpu_wq,
	[3] = &queue_system_highpri_wq,
	[4] = &queue_system_long_wq,
	[5] = &queue_system_unbound_wq,
	[6] = &queue_system_dfl_wq,
	[7] = &queue_system_freezable_wq,
	[8] = &queue_system_power_efficient_wq,
	[9] = &queue_system_freezable_power_efficient_wq,
	[10] = &queue_system_bh_wq,
	[11] = &queue_system_bh_highpri_wq,
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	[12] = &queue_system_dfl_long_wq,
#endif
};

static LIST_HEAD(queued);
static unsigned long queued_count;
static struct running *running;

/* ---- a work's data ---- */

/* A flush waits for the works that carry this bit (otherwise unused here). */
#define FLUSHED WORK_STRUCT_LINKED

static unsigned long data_of(struct work_struct *work)
{
	return atomic_long_read(&work->data);
}

static void set_bits(struct work_struct *work, unsigned long clear, unsigned long set)
{
	atomic_long_set(&work->data, (data_of(work) & ~clear) | set);
}

static struct workqueue_struct *wq_of(struct work_struct *work)
{
	unsigned long id = data_of(work) >> WORK_OFFQ_POOL_SHIFT;

	return id < MAX_QUEUES ? queues[id] : NULL;
}

static void set_wq(struct work_struct *work, struct workqueue_struct *wq)
{
	set_bits(work, ~0UL << WORK_OFFQ_POOL_SHIFT, (unsigned long)wq->id << WORK_OFFQ_POOL_SHIFT);
}

static unsigned long disabled(struct work_struct *work)
{
	return (data_of(work) & WORK_OFFQ_DISABLE_MASK) >> WORK_OFFQ_DISABLE_SHIFT;
}

static bool is_queued(struct work_struct *work)
{
	return (data_of(work) & WORK_STRUCT_PENDING) && !list_empty(&work->entry);
}

static bool is_running(struct work_struct *work)
{
	for (struct running *r = running; r; r = r->outer)
		if (r->work == work)
			return true;
	return false;
}

/* ---- queueing ---- */

/* The pending bit is the caller's. */
static void enqueue(struct workqueue_struct *wq, struct work_struct *work)
{
	/* While it drains, only its own works may queue more. */
	if (wq->draining &&
	    WARN_ONCE(!running || running->wq != wq, "workqueue: queueing on draining workqueue %s", wq->name)) {
		set_bits(work, WORK_STRUCT_PENDING, 0);
		return;
	}
	set_wq(work, wq);
	list_add_tail(&work->entry, &queued);
	queued_count++;
}

static void dequeue(struct work_struct *work)
{
	list_del_init(&work->entry);
	queued_count--;
	set_bits(work, WORK_STRUCT_PENDING | FLUSHED, 0);
}

/* Takes the pending bit: false if the work is pending or disabled. */
static bool claim(struct work_struct *work)
{
	if (data_of(work) & WORK_STRUCT_PENDING || disabled(work))
		return false;
	set_bits(work, 0, WORK_STRUCT_PENDING);
	return true;
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (!claim(work))
		return false;
	enqueue(wq, work);
	return true;
}

bool queue_work_node(int node, struct workqueue_struct *wq, struct work_struct *work)
{
	return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}

void delayed_work_timer_fn(struct timer_list *t)
{
	struct delayed_work *dwork = container_of(t, struct delayed_work, timer);

	enqueue(dwork->wq, &dwork->work);
}

static void enqueue_delayed(struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	WARN_ON_ONCE(dwork->timer.function != delayed_work_timer_fn);
	WARN_ON_ONCE(timer_pending(&dwork->timer));
	WARN_ON_ONCE(!list_empty(&dwork->work.entry));
	if (!delay) {
		enqueue(wq, &dwork->work);
		return;
	}
	dwork->wq = wq;
	dwork->timer.expires = jiffies + delay;
	add_timer(&dwork->timer);
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	if (!claim(&dwork->work))
		return false;
	enqueue_delayed(wq, dwork, delay);
	return true;
}

static bool cancel(struct work_struct *work, struct timer_list *timer)
{
	if (timer && timer_delete(timer)) {
		set_bits(work, WORK_STRUCT_PENDING, 0);
		return true;
	}
	if (!is_queued(work))
		return false;
	dequeue(work);
	return true;
}

bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	bool was_pending = cancel(&dwork->work, &dwork->timer);

	if (claim(&dwork->work))
		enqueue_delayed(wq, dwork, delay);
	return was_pending;
}

static void rcu_work_queue(struct rcu_head *head)
{
	struct rcu_work *rwork = container_of(head, struct rcu_work, rcu);

	enqueue(rwork->wq, &rwork->work);
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)
{
	if (!claim(&rwork->work))
		return false;
	rwork->wq = wq;
	call_rcu(&rwork->rcu, rcu_work_queue);
	return true;
}

/* ---- running ---- */

static void run(struct work_struct *work)
{
	struct workqueue_struct *wq = wq_of(work);
	work_func_t func = work->func;
	struct running self = {.work = work, .wq = wq, .outer = running};
	struct dmaf_frame frame;

	dequeue(work);
	wq->running++;
	running = &self;
	dmaf_enter(&frame, wq->flags & WQ_BH ? DMAF_SOFTIRQ : DMAF_PROCESS);
	/* From here on the work may be queued again, or freed. */
	func(work);
	dmaf_leave(&frame, "a work");
	running = self.outer;
	wq->running--;
}

static bool may_run(struct work_struct *work)
{
	struct workqueue_struct *wq = wq_of(work);

	return wq->running < wq->max_active && !is_running(work);
}

bool dmaf_work_run_one(void)
{
	struct work_struct *work;

	list_for_each_entry (work, &queued, entry) {
		if (may_run(work)) {
			run(work);
			return true;
		}
	}
	return false;
}

unsigned long dmaf_works_pending(void)
{
	return queued_count;
}

/* ---- waiting ---- */

static void step(const char *what, struct dmaf_patience *patience)
{
	if (dmaf_work_run_one())
		;
	else if (!dmaf_idle(U64_MAX))
		dmaf_hang(what);
	if (dmaf_patience_ends(patience))
		dmaf_hang(what);
}

static bool wait_for(struct work_struct *work, const char *what)
{
	struct dmaf_patience patience = dmaf_patience();
	bool waited = false;

	while (is_queued(work)) {
		waited = true;
		/* Its own turn first, unless its queue's order or itself, still running, is in the way. */
		if (wq_of(work)->max_active > 1 && may_run(work)) {
			run(work);
			return true;
		}
		step(what, &patience);
	}
	if (is_running(work))
		dmaf_hang(what);
	return waited;
}

bool flush_work(struct work_struct *work)
{
	might_sleep();
	return wait_for(work, "flush_work of a work that is running, further down the stack");
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	might_sleep();
	if (timer_delete(&dwork->timer))
		enqueue(dwork->wq, &dwork->work);
	return flush_work(&dwork->work);
}

bool flush_rcu_work(struct rcu_work *rwork)
{
	if (!(data_of(&rwork->work) & WORK_STRUCT_PENDING))
		return flush_work(&rwork->work);
	rcu_barrier();
	flush_work(&rwork->work);
	return true;
}

bool cancel_work(struct work_struct *work)
{
	return cancel(work, NULL);
}

static bool cancel_and_wait(struct work_struct *work, struct timer_list *timer)
{
	bool was_pending = cancel(work, timer);

	if (is_running(work))
		dmaf_hang("cancel_work_sync of a work that is running, further down the stack");
	return was_pending;
}

bool cancel_work_sync(struct work_struct *work)
{
	might_sleep();
	return cancel_and_wait(work, NULL);
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	return cancel(&dwork->work, &dwork->timer);
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	might_sleep();
	return cancel_and_wait(&dwork->work, &dwork->timer);
}

static bool disable(struct work_struct *work, struct timer_list *timer, bool sync)
{
	bool was_pending = cancel(work, timer);

	atomic_long_add(1L << WORK_OFFQ_DISABLE_SHIFT, &work->data);
	if (sync && is_running(work))
		dmaf_hang("disable_work_sync of a work that is running, further down the stack");
	return was_pending;
}

bool disable_work(struct work_struct *work)
{
	return disable(work, NULL, false);
}

bool disable_work_sync(struct work_struct *work)
{
	might_sleep();
	return disable(work, NULL, true);
}

bool enable_work(struct work_struct *work)
{
	if (WARN_ON_ONCE(!disabled(work)))
		return false;
	atomic_long_sub(1L << WORK_OFFQ_DISABLE_SHIFT, &work->data);
	return !disabled(work);
}

bool disable_delayed_work(struct delayed_work *dwork)
{
	return disable(&dwork->work, &dwork->timer, false);
}

bool disable_delayed_work_sync(struct delayed_work *dwork)
{
	might_sleep();
	return disable(&dwork->work, &dwork->timer, true);
}

bool enable_delayed_work(struct delayed_work *dwork)
{
	return enable_work(&dwork->work);
}

void __flush_workqueue(struct workqueue_struct *wq)
{
	const char *what = "flush of a workqueue whose work is running, further down the stack";
	struct dmaf_patience patience = dmaf_patience();
	struct work_struct *work;

	might_sleep();
	list_for_each_entry (work, &queued, entry)
		if (wq_of(work) == wq)
			set_bits(work, 0, FLUSHED);
	for (;;) {
		struct work_struct *found = NULL;

		list_for_each_entry (work, &queued, entry) {
			if (wq_of(work) == wq && data_of(work) & FLUSHED) {
				found = work;
				break;
			}
		}
		if (!found)
			break;
		if (may_run(found)) {
			run(found);
			if (dmaf_patience_ends(&patience))
				dmaf_hang(what);
		} else {
			step(what, &patience);
		}
	}
	if (wq->running)
		dmaf_hang(what);
}

void drain_workqueue(struct workqueue_struct *wq)
{
	struct work_struct *work;
	unsigned int rounds = 0;
	bool more;

	might_sleep();
	wq->draining = true;
	do {
		__flush_workqueue(wq);
		more = false;
		list_for_each_entry (work, &queued, entry)
			more |= wq_of(work) == wq;
		if (more && ++rounds > 1000)
			dmaf_hang("drain of a workqueue whose works queue themselves again without end");
	} while (more);
	wq->draining = false;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
struct workqueue_struct *alloc_workqueue_noprof(const char *fmt, unsigned int flags, int max_active, ...)
#else
struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
#endif
{
	struct workqueue_struct *wq;
	unsigned int id = 1;
	va_list args;

	while (id < MAX_QUEUES && queues[id])
		id++;
	if (WARN_ON(id == MAX_QUEUES))
		return NULL;
	wq = kzalloc(sizeof(*wq), GFP_KERNEL);
	if (!wq)
		return NULL;
	va_start(args, max_active);
	vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	wq->id = id;
	wq->flags = flags;
	wq->max_active = max_active ?: WQ_DFL_ACTIVE;
	queues[id] = wq;
	return wq;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	drain_workqueue(wq);
	queues[wq->id] = NULL;
	kfree(wq);
}

void workqueue_set_max_active(struct workqueue_struct *wq, int max_active)
{
	wq->max_active = max_active ?: WQ_DFL_ACTIVE;
}

void workqueue_set_min_active(struct workqueue_struct *wq, int min_active)
{
}

struct work_struct *current_work(void)
{
	return running ? running->work : NULL;
}

bool current_is_workqueue_rescuer(void)
{
	return false;
}

bool workqueue_congested(int cpu, struct workqueue_struct *wq)
{
	return false;
}

unsigned int work_busy(struct work_struct *work)
{
	return (data_of(work) & WORK_STRUCT_PENDING ? WORK_BUSY_PENDING : 0) |
	       (is_running(work) ? WORK_BUSY_RUNNING : 0);
}

int schedule_on_each_cpu(work_func_t func)
{
	struct work_struct work;

	INIT_WORK_ONSTACK(&work, func);
	schedule_work(&work);
	flush_work(&work);
	destroy_work_on_stack(&work);
	return 0;
}

int execute_in_process_context(work_func_t func, struct execute_work *ew)
{
	if (!in_interrupt()) {
		func(&ew->work);
		return 0;
	}
	INIT_WORK(&ew->work, func);
	schedule_work(&ew->work);
	return 1;
}

void set_worker_desc(const char *fmt, ...)
{
}

/* The static inline flush_scheduled_work() and the like call this for its warning only. */
void __warn_flushing_systemwide_wq(void)
{
}
