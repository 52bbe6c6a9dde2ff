// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait queues (full and simple), waiting on bits and variables, completions.
 *
 * Simplified: all sleepers are frames of one task, so a wake-up wakes each of them to look at its condition again,
 * whatever the mode or the state it sleeps in; only the queue's bookkeeping (exclusive entries, their number, custom
 * wake functions) is kept exact. Which of them waits by an entry is kept in the upper half of its flags, of which the
 * kernel uses the lowest bits. There are no signals: interruptible waits are never interrupted.
 */
#include <linux/completion.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/swait.h>
#include <linux/version.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>
#include "sched.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
typedef unsigned long dmaf_bit_word;
#else
typedef void dmaf_bit_word;
#endif

/* ---- wait queues ---- */

#define SLEEPER_SHIFT 16

static void note_sleeper(struct wait_queue_entry *entry)
{
	entry->flags &= BIT(SLEEPER_SHIFT) - 1;
	entry->flags |= dmaf_next_sleeper() << SLEEPER_SHIFT;
}

void __init_waitqueue_head(struct wait_queue_head *head, const char *name, struct lock_class_key *key)
{
	spin_lock_init(&head->lock);
	INIT_LIST_HEAD(&head->head);
}

void add_wait_queue(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	note_sleeper(entry);
	list_add(&entry->entry, &head->head);
}

void add_wait_queue_exclusive(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	entry->flags |= WQ_FLAG_EXCLUSIVE;
	note_sleeper(entry);
	list_add_tail(&entry->entry, &head->head);
}

void remove_wait_queue(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	list_del(&entry->entry);
}

int __wake_up(struct wait_queue_head *head, unsigned int mode, int nr_exclusive, void *key)
{
	struct wait_queue_entry *entry, *next;
	int woken = 0;

	list_for_each_entry_safe (entry, next, &head->head, entry) {
		unsigned int flags = entry->flags;
		int ret = entry->func(entry, mode, 0, key);

		if (ret < 0)
			break;
		woken += ret > 0;
		if (ret && (flags & WQ_FLAG_EXCLUSIVE) && !--nr_exclusive)
			break;
	}
	return woken;
}

void __wake_up_locked(struct wait_queue_head *head, unsigned int mode, int nr)
{
	__wake_up(head, mode, nr, NULL);
}

void __wake_up_locked_key(struct wait_queue_head *head, unsigned int mode, void *key)
{
	__wake_up(head, mode, 1, key);
}

void __wake_up_sync_key(struct wait_queue_head *head, unsigned int mode, void *key)
{
	__wake_up(head, mode, 1, key);
}

void __wake_up_locked_sync_key(struct wait_queue_head *head, unsigned int mode, void *key)
{
	__wake_up(head, mode, 1, key);
}

void __wake_up_sync(struct wait_queue_head *head, unsigned int mode)
{
	__wake_up(head, mode, 1, NULL);
}

void __wake_up_on_current_cpu(struct wait_queue_head *head, unsigned int mode, void *key)
{
	__wake_up(head, mode, 1, key);
}

int default_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	dmaf_woke_sleeper(entry->flags >> SLEEPER_SHIFT);
	return wake_up_process(entry->private);
}

int autoremove_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	int woken = default_wake_function(entry, mode, flags, key);

	if (woken)
		list_del_init_careful(&entry->entry);
	return woken;
}

void init_wait_entry(struct wait_queue_entry *entry, int flags)
{
	entry->flags = flags;
	entry->private = current;
	entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}

void prepare_to_wait(struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	note_sleeper(entry);
	if (list_empty(&entry->entry))
		list_add(&entry->entry, &head->head);
	set_current_state(state);
}

bool prepare_to_wait_exclusive(struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	bool was_empty = false;

	entry->flags |= WQ_FLAG_EXCLUSIVE;
	note_sleeper(entry);
	if (list_empty(&entry->entry)) {
		was_empty = list_empty(&head->head);
		list_add_tail(&entry->entry, &head->head);
	}
	set_current_state(state);
	return was_empty;
}

long prepare_to_wait_event(struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	note_sleeper(entry);
	if (list_empty(&entry->entry)) {
		if (entry->flags & WQ_FLAG_EXCLUSIVE)
			list_add_tail(&entry->entry, &head->head);
		else
			list_add(&entry->entry, &head->head);
	}
	set_current_state(state);
	return 0;
}

/* With the queue's lock held by the caller. */
static int wait_locked(struct wait_queue_head *head, struct wait_queue_entry *entry, bool irq)
{
	note_sleeper(entry);
	if (list_empty(&entry->entry))
		list_add_tail(&entry->entry, &head->head);
	set_current_state(TASK_INTERRUPTIBLE);
	if (irq)
		spin_unlock_irq(&head->lock);
	else
		spin_unlock(&head->lock);
	schedule();
	if (irq)
		spin_lock_irq(&head->lock);
	else
		spin_lock(&head->lock);
	return 0;
}

int do_wait_intr(wait_queue_head_t *head, wait_queue_entry_t *entry)
{
	return wait_locked(head, entry, false);
}

int do_wait_intr_irq(wait_queue_head_t *head, wait_queue_entry_t *entry)
{
	return wait_locked(head, entry, true);
}

void finish_wait(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	__set_current_state(TASK_RUNNING);
	if (!list_empty(&entry->entry))
		list_del_init(&entry->entry);
}

int woken_wake_function(struct wait_queue_entry *entry, unsigned int mode, int sync, void *key)
{
	entry->flags |= WQ_FLAG_WOKEN;
	return default_wake_function(entry, mode, sync, key);
}

long wait_woken(struct wait_queue_entry *entry, unsigned int mode, long timeout)
{
	set_current_state(mode);
	if (!(entry->flags & WQ_FLAG_WOKEN))
		timeout = schedule_timeout(timeout);
	__set_current_state(TASK_RUNNING);
	entry->flags &= ~WQ_FLAG_WOKEN;
	return timeout;
}

/* ---- simple wait queues ---- */

void __init_swait_queue_head(struct swait_queue_head *head, const char *name, struct lock_class_key *key)
{
	raw_spin_lock_init(&head->lock);
	INIT_LIST_HEAD(&head->task_list);
}

void swake_up_locked(struct swait_queue_head *head, int wake_flags)
{
	struct swait_queue *entry;

	if (list_empty(&head->task_list))
		return;
	entry = list_first_entry(&head->task_list, struct swait_queue, task_list);
	wake_up_process(entry->task);
	list_del_init(&entry->task_list);
}

void swake_up_one(struct swait_queue_head *head)
{
	swake_up_locked(head, 0);
}

void swake_up_all(struct swait_queue_head *head)
{
	while (!list_empty(&head->task_list))
		swake_up_locked(head, 0);
}

void prepare_to_swait_exclusive(struct swait_queue_head *head, struct swait_queue *wait, int state)
{
	wait->task = current;
	if (list_empty(&wait->task_list))
		list_add_tail(&wait->task_list, &head->task_list);
	set_current_state(state);
}

long prepare_to_swait_event(struct swait_queue_head *head, struct swait_queue *wait, int state)
{
	prepare_to_swait_exclusive(head, wait, state);
	return 0;
}

void __finish_swait(struct swait_queue_head *head, struct swait_queue *wait)
{
	__set_current_state(TASK_RUNNING);
	if (!list_empty(&wait->task_list))
		list_del_init(&wait->task_list);
}

void finish_swait(struct swait_queue_head *head, struct swait_queue *wait)
{
	__finish_swait(head, wait);
}

/* ---- bits and variables: one queue for all addresses, told apart by their keys ---- */

static DECLARE_WAIT_QUEUE_HEAD(bit_queue);

wait_queue_head_t *bit_waitqueue(dmaf_bit_word *word, int bit)
{
	return &bit_queue;
}

wait_queue_head_t *__var_waitqueue(void *p)
{
	return &bit_queue;
}

static bool same_key(struct wait_queue_entry *entry, void *arg)
{
	struct wait_bit_key *want = arg, *have = &container_of(entry, struct wait_bit_queue_entry, wq_entry)->key;

	return have->flags == want->flags && have->bit_nr == want->bit_nr;
}

int wake_bit_function(struct wait_queue_entry *entry, unsigned int mode, int sync, void *arg)
{
	struct wait_bit_key *want = arg;

	if (!same_key(entry, arg) || test_bit(want->bit_nr, want->flags))
		return 0;
	return autoremove_wake_function(entry, mode, sync, NULL);
}

static int wake_var_function(struct wait_queue_entry *entry, unsigned int mode, int sync, void *arg)
{
	return same_key(entry, arg) ? autoremove_wake_function(entry, mode, sync, NULL) : 0;
}

void init_wait_var_entry(struct wait_bit_queue_entry *entry, void *var, int flags)
{
	*entry = (struct wait_bit_queue_entry){
		.key = {.flags = var, .bit_nr = -1},
		.wq_entry =
			{
				.flags = flags,
				.private = current,
				.func = wake_var_function,
				.entry = LIST_HEAD_INIT(entry->wq_entry.entry),
			},
	};
}

void wake_up_var(void *var)
{
	struct wait_bit_key key = {.flags = var, .bit_nr = -1};

	__wake_up(&bit_queue, TASK_NORMAL, 1, &key);
}

void __wake_up_bit(struct wait_queue_head *head, dmaf_bit_word *word, int bit)
{
	struct wait_bit_key key = {.flags = word, .bit_nr = bit};

	__wake_up(head, TASK_NORMAL, 1, &key);
}

void wake_up_bit(dmaf_bit_word *word, int bit)
{
	__wake_up_bit(&bit_queue, word, bit);
}

int bit_wait(struct wait_bit_key *key, int mode)
{
	schedule();
	return 0;
}

int bit_wait_io(struct wait_bit_key *key, int mode)
{
	schedule();
	return 0;
}

int bit_wait_timeout(struct wait_bit_key *key, int mode)
{
	unsigned long now = READ_ONCE(jiffies);

	if (time_after_eq(now, key->timeout))
		return -EAGAIN;
	schedule_timeout(key->timeout - now);
	return 0;
}

static int wait_on_bit_until(unsigned long *word, int bit, wait_bit_action_f *action, unsigned int mode,
			     unsigned long timeout, bool lock)
{
	struct wait_bit_queue_entry wait = {
		.key = {.flags = word, .bit_nr = bit, .timeout = timeout},
		.wq_entry = {.private = current,
			     .func = wake_bit_function,
			     .entry = LIST_HEAD_INIT(wait.wq_entry.entry)},
	};
	int ret = 0;

	while (lock ? test_and_set_bit(bit, word) : test_bit(bit, word)) {
		if (lock)
			prepare_to_wait_exclusive(&bit_queue, &wait.wq_entry, mode);
		else
			prepare_to_wait(&bit_queue, &wait.wq_entry, mode);
		if (test_bit(bit, word))
			ret = action(&wait.key, mode);
		if (ret)
			break;
	}
	finish_wait(&bit_queue, &wait.wq_entry);
	return ret;
}

int out_of_line_wait_on_bit(dmaf_bit_word *word, int bit, wait_bit_action_f *action, unsigned int mode)
{
	return wait_on_bit_until(word, bit, action, mode, 0, false);
}

int out_of_line_wait_on_bit_timeout(dmaf_bit_word *word, int bit, wait_bit_action_f *action, unsigned int mode,
				    unsigned long timeout)
{
	return wait_on_bit_until(word, bit, action, mode, jiffies + timeout, false);
}

int out_of_line_wait_on_bit_lock(dmaf_bit_word *word, int bit, wait_bit_action_f *action, unsigned int mode)
{
	return wait_on_bit_until(word, bit, action, mode, 0, true);
}

/* ---- completions: waiters look at the count after each step of the machine, so nobody has to be woken ---- */

void complete(struct completion *x)
{
	if (x->done != UINT_MAX)
		x->done++;
}

void complete_all(struct completion *x)
{
	x->done = UINT_MAX;
}

void complete_on_current_cpu(struct completion *x)
{
	complete(x);
}

/* Those that are on the stack, the innermost first. */
struct waiter {
	const struct completion *x;
	const struct waiter *below;
};
static const struct waiter *waiters;

bool dmaf_waiter_done(void)
{
	const struct waiter *waiter;

	for (waiter = waiters; waiter; waiter = waiter->below)
		if (waiter->x->done)
			return true;
	return false;
}

static bool wait_until(struct completion *x, u64 deadline)
{
	struct waiter self = {.x = x, .below = waiters};
	struct dmaf_patience patience = dmaf_patience();

	might_sleep();
	waiters = &self;
	while (!x->done) {
		if (dmaf_clock() >= deadline) {
			waiters = self.below;
			return false;
		}
		if (!dmaf_idle(deadline)) {
			if (deadline == U64_MAX)
				dmaf_hang("wait_for_completion: nothing is left that could complete it");
			dmaf_clock_set(deadline);
		} else if (dmaf_patience_ends(&patience)) {
			dmaf_hang("wait_for_completion: not completed, though work goes on");
		}
	}
	waiters = self.below;
	if (x->done != UINT_MAX)
		x->done--;
	return true;
}

static long wait_jiffies(struct completion *x, unsigned long timeout)
{
	unsigned long end = jiffies + timeout;
	u64 deadline = U64_MAX;

	if (timeout < MAX_SCHEDULE_TIMEOUT)
		deadline = (div_u64(dmaf_clock(), TICK_NSEC) + timeout) * TICK_NSEC;
	if (!wait_until(x, deadline))
		return 0;
	return deadline == U64_MAX ? timeout : max((long)(end - jiffies), 1L);
}

void wait_for_completion(struct completion *x)
{
	wait_until(x, U64_MAX);
}

void wait_for_completion_io(struct completion *x)
{
	wait_until(x, U64_MAX);
}

int wait_for_completion_interruptible(struct completion *x)
{
	wait_until(x, U64_MAX);
	return 0;
}

int wait_for_completion_killable(struct completion *x)
{
	wait_until(x, U64_MAX);
	return 0;
}

int wait_for_completion_state(struct completion *x, unsigned int state)
{
	wait_until(x, U64_MAX);
	return 0;
}

unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout)
{
	return wait_jiffies(x, timeout);
}

unsigned long wait_for_completion_io_timeout(struct completion *x, unsigned long timeout)
{
	return wait_jiffies(x, timeout);
}

long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)
{
	return wait_jiffies(x, timeout);
}

long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout)
{
	return wait_jiffies(x, timeout);
}

bool try_wait_for_completion(struct completion *x)
{
	if (!x->done)
		return false;
	if (x->done != UINT_MAX)
		x->done--;
	return true;
}

bool completion_done(struct completion *x)
{
	return x->done;
}
