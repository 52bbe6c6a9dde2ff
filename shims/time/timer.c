// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers in jiffies and high-resolution timers.
 *
 * Two lists, sorted by time and, for equal times, by the order of arming. A timer fires when its time has come and
 * somebody sleeps, waits or runs deferred work; never late in virtual time while the sleeper sleeps past it. Timer
 * functions run as softirqs, those of high-resolution timers as hard interrupts (softirqs if started in a soft mode).
 *
 * Simplified: no wheel, no slack: it fires at its exact jiffy. All clocks of high-resolution timers tick alike.
 */
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <linux/version.h>
#include "sched/sched.h"

#define IS_73 (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))

/* ---- timers ---- */

static struct hlist_head timers;
static unsigned long timer_count;
static struct timer_list *running_timer;

static void arm(struct timer_list *timer)
{
	struct hlist_node **link = &timers.first, *last = NULL;

	while (*link && time_after_eq(timer->expires, hlist_entry(*link, struct timer_list, entry)->expires)) {
		last = *link;
		link = &last->next;
	}
	if (last)
		hlist_add_behind(&timer->entry, last);
	else
		hlist_add_head(&timer->entry, &timers);
	timer_count++;
}

static void disarm(struct timer_list *timer)
{
	__hlist_del(&timer->entry);
	timer->entry.pprev = NULL;
	timer->entry.next = NULL;
	timer_count--;
}

bool dmaf_timer_run_one(void)
{
	struct timer_list *timer;
	void (*function)(struct timer_list *t);
	struct dmaf_frame frame;

	if (!timers.first)
		return false;
	timer = hlist_entry(timers.first, struct timer_list, entry);
	if (time_after(timer->expires, jiffies))
		return false;
	disarm(timer);
	function = timer->function;
	if (!function)
		return true;
	running_timer = timer;
	dmaf_enter(&frame, DMAF_SOFTIRQ);
	function(timer);
	dmaf_leave(&frame, "a timer");
	running_timer = NULL;
	return true;
}

u64 dmaf_timer_next(void)
{
	long delta;

	if (!timers.first)
		return U64_MAX;
	delta = hlist_entry(timers.first, struct timer_list, entry)->expires - jiffies;
	if (delta <= 0)
		return dmaf_clock();
	if (delta > MAX_JIFFY_OFFSET / 1000000)
		return U64_MAX - 1;
	return (div_u64(dmaf_clock(), TICK_NSEC) + delta) * TICK_NSEC;
}

unsigned long dmaf_timers_pending(void)
{
	return timer_count;
}

#if IS_73
void timer_init_key(struct timer_list *timer, void (*func)(struct timer_list *), unsigned int flags, const char *name,
		    struct lock_class_key *key)
#else
void init_timer_key(struct timer_list *timer, void (*func)(struct timer_list *), unsigned int flags, const char *name,
		    struct lock_class_key *key)
#endif
{
	timer->entry.pprev = NULL;
	timer->function = func;
	timer->flags = flags;
}

static int modify(struct timer_list *timer, unsigned long expires, bool only_pending, bool only_earlier)
{
	bool pending = timer_pending(timer);

	if (only_pending && !pending)
		return 0;
	if (only_earlier && pending && !time_before(expires, timer->expires))
		return 1;
	/* A timer that was shut down stays so. */
	if (!timer->function)
		return 0;
	if (pending)
		disarm(timer);
	/* What a timer function arms is due at the next tick, as this one is being dealt with. */
	if (running_timer && !time_after(expires, jiffies))
		expires = jiffies + 1;
	timer->expires = expires;
	arm(timer);
	return pending;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	return modify(timer, expires, false, false);
}

int mod_timer_pending(struct timer_list *timer, unsigned long expires)
{
	return modify(timer, expires, true, false);
}

int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	return modify(timer, expires, false, true);
}

void add_timer(struct timer_list *timer)
{
	if (WARN_ON_ONCE(timer_pending(timer)))
		return;
	modify(timer, timer->expires, false, false);
}

void add_timer_local(struct timer_list *timer)
{
	add_timer(timer);
}

void add_timer_global(struct timer_list *timer)
{
	add_timer(timer);
}

void add_timer_on(struct timer_list *timer, int cpu)
{
	add_timer(timer);
}

int timer_delete(struct timer_list *timer)
{
	if (!timer_pending(timer))
		return 0;
	disarm(timer);
	return 1;
}

static int delete_sync(struct timer_list *timer)
{
	/* Timer functions do not sleep, so it is running only if it waits for itself. */
	if (running_timer == timer)
		dmaf_hang("timer_delete_sync of a timer in its own function");
	return timer_delete(timer);
}

int timer_delete_sync(struct timer_list *timer)
{
	return delete_sync(timer);
}

#if IS_73
int timer_delete_sync_try(struct timer_list *timer)
#else
int try_to_del_timer_sync(struct timer_list *timer)
#endif
{
	return running_timer == timer ? -1 : timer_delete(timer);
}

int timer_shutdown(struct timer_list *timer)
{
	int was_pending = timer_delete(timer);

	timer->function = NULL;
	return was_pending;
}

int timer_shutdown_sync(struct timer_list *timer)
{
	int was_pending = delete_sync(timer);

	timer->function = NULL;
	return was_pending;
}

/* To whole seconds, with the kernel's rule: less than a quarter past goes down. */
static unsigned long rounded(unsigned long j, bool up)
{
	unsigned long original = j, rest = j % HZ;

	if (rest < HZ / 4 && !up)
		j -= rest;
	else
		j += HZ - rest;
	return time_is_after_jiffies(j) ? j : original;
}

unsigned long round_jiffies(unsigned long j)
{
	return rounded(j, false);
}

unsigned long round_jiffies_relative(unsigned long j)
{
	unsigned long base = jiffies;

	return rounded(j + base, false) - base;
}

unsigned long round_jiffies_up(unsigned long j)
{
	return rounded(j, true);
}

unsigned long round_jiffies_up_relative(unsigned long j)
{
	unsigned long base = jiffies;

	return rounded(j + base, true) - base;
}

unsigned long __round_jiffies_relative(unsigned long j, int cpu)
{
	return round_jiffies_relative(j);
}

unsigned long __round_jiffies_up_relative(unsigned long j, int cpu)
{
	return round_jiffies_up_relative(j);
}

/* ---- high-resolution timers: the tree node's right link makes a sorted list ---- */

static struct rb_node *hrtimers;
static unsigned long hrtimer_count;
static struct hrtimer *running_hrtimer;

#if IS_73
#define NODE(timer)	(&(timer)->node.node.node)
#define OF_NODE(rb)	container_of(rb, struct hrtimer, node.node.node)
#define FUNCTION(timer) ACCESS_PRIVATE(timer, function)

static bool queued(const struct hrtimer *timer)
{
	return timer->is_queued;
}

static void mark(struct hrtimer *timer, bool queued)
{
	timer->is_queued = queued;
}
#else
#define NODE(timer)	(&(timer)->node.node)
#define OF_NODE(rb)	container_of(rb, struct hrtimer, node.node)
#define FUNCTION(timer) ((timer)->function)

static bool queued(const struct hrtimer *timer)
{
	return timer->state & HRTIMER_STATE_ENQUEUED;
}

static void mark(struct hrtimer *timer, bool queued)
{
	timer->state = queued ? HRTIMER_STATE_ENQUEUED : HRTIMER_STATE_INACTIVE;
}
#endif

static void hr_arm(struct hrtimer *timer)
{
	struct rb_node **link = &hrtimers;

	while (*link && OF_NODE(*link)->node.expires <= timer->node.expires)
		link = &(*link)->rb_right;
	NODE(timer)->rb_right = *link;
	*link = NODE(timer);
	mark(timer, true);
	hrtimer_count++;
}

static void hr_disarm(struct hrtimer *timer)
{
	struct rb_node **link = &hrtimers;

	while (*link && *link != NODE(timer))
		link = &(*link)->rb_right;
	if (*link)
		*link = NODE(timer)->rb_right;
	mark(timer, false);
	hrtimer_count--;
}

bool dmaf_hrtimer_run_one(void)
{
	struct hrtimer *timer;
	struct dmaf_frame frame;
	enum hrtimer_restart restart;

	if (!hrtimers)
		return false;
	timer = OF_NODE(hrtimers);
	if (timer->node.expires > (s64)dmaf_clock())
		return false;
	hr_disarm(timer);
	running_hrtimer = timer;
	dmaf_enter(&frame, timer->is_soft ? DMAF_SOFTIRQ : DMAF_HARDIRQ);
	restart = FUNCTION(timer)(timer);
	dmaf_leave(&frame, "a high-resolution timer");
	running_hrtimer = NULL;
	if (restart == HRTIMER_RESTART && !queued(timer))
		hr_arm(timer);
	return true;
}

u64 dmaf_hrtimer_next(void)
{
	return hrtimers ? max_t(s64, OF_NODE(hrtimers)->node.expires, dmaf_clock()) : U64_MAX;
}

unsigned long dmaf_hrtimers_pending(void)
{
	return hrtimer_count;
}

static void setup(struct hrtimer *timer, enum hrtimer_mode mode)
{
	memset(timer, 0, sizeof(*timer));
	timer->is_soft = !!(mode & HRTIMER_MODE_SOFT);
}

#if IS_73
void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *), clockid_t clock_id,
		   enum hrtimer_mode mode)
{
	setup(timer, mode);
	FUNCTION(timer) = function;
}

void hrtimer_setup_on_stack(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
			    clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_setup(timer, function, clock_id, mode);
}

ktime_t hrtimer_cb_get_time(const struct hrtimer *timer)
{
	return ktime_get();
}
#else
void hrtimer_init(struct hrtimer *timer, clockid_t clock_id, enum hrtimer_mode mode)
{
	static struct hrtimer_clock_base base;

	setup(timer, mode);
	/* hrtimer_forward_now() asks it for the time. */
	base.get_time = ktime_get;
	timer->base = &base;
}
#endif

void hrtimer_start_range_ns(struct hrtimer *timer, ktime_t tim, u64 delta_ns, const enum hrtimer_mode mode)
{
	if (queued(timer))
		hr_disarm(timer);
	if (mode & HRTIMER_MODE_REL)
		tim = ktime_add_safe(dmaf_clock(), tim);
	hrtimer_set_expires_range_ns(timer, tim, delta_ns);
	hr_arm(timer);
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	if (running_hrtimer == timer)
		return -1;
	if (!queued(timer))
		return 0;
	hr_disarm(timer);
	return 1;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	int ret = hrtimer_try_to_cancel(timer);

	if (ret < 0)
		dmaf_hang("hrtimer_cancel of a timer in its own function");
	return ret;
}

bool hrtimer_active(const struct hrtimer *timer)
{
	return queued(timer) || running_hrtimer == timer;
}

ktime_t __hrtimer_get_remaining(const struct hrtimer *timer, bool adjust)
{
	return ktime_sub(timer->node.expires, dmaf_clock());
}

u64 hrtimer_forward(struct hrtimer *timer, ktime_t now, ktime_t interval)
{
	s64 behind = ktime_sub(now, timer->node.expires);
	u64 overruns;

	if (behind < 0 || WARN_ON(queued(timer)) || interval <= 0)
		return 0;
	overruns = div64_u64(behind, interval) + 1;
	hrtimer_add_expires_ns(timer, overruns * interval);
	return overruns;
}

/* Saturates at what a user's timespec can hold. */
ktime_t ktime_add_safe(const ktime_t lhs, const ktime_t rhs)
{
	ktime_t sum = ktime_add_unsafe(lhs, rhs);

	return sum < 0 || sum < lhs || sum < rhs ? ktime_set(KTIME_SEC_MAX, 0) : sum;
}

int schedule_hrtimeout_range_clock(ktime_t *expires, u64 delta, const enum hrtimer_mode mode, clockid_t clock_id)
{
	u64 end;

	if (!expires) {
		schedule();
		return -EINTR;
	}
	end = mode & HRTIMER_MODE_REL ? dmaf_clock() + *expires : *expires;
	return dmaf_schedule_until(end) ? -EINTR : 0;
}

int schedule_hrtimeout_range(ktime_t *expires, u64 delta, const enum hrtimer_mode mode)
{
	return schedule_hrtimeout_range_clock(expires, delta, mode, CLOCK_MONOTONIC);
}

int schedule_hrtimeout(ktime_t *expires, const enum hrtimer_mode mode)
{
	return schedule_hrtimeout_range(expires, 0, mode);
}
