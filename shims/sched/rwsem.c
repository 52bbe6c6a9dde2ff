// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read/write semaphores and counting semaphores.
 *
 * Simplified: count is the number of readers, or WRITER. No fairness: a reader is never held up by a waiting writer,
 * since a waiter is on top of the stack of everybody else. Who must wait runs all deferred work first; then it is a
 * hang.
 */
#include <linux/lockdep.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/version.h>
#include "sched.h"

#define WRITER (-1L)

void __init_rwsem(struct rw_semaphore *sem, const char *name, struct lock_class_key *key)
{
	atomic_long_set(&sem->count, 0);
	atomic_long_set(&sem->owner, 0);
	raw_spin_lock_init(&sem->wait_lock);
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	INIT_LIST_HEAD(&sem->wait_list);
#endif
}

static void wait_for(struct rw_semaphore *sem, bool write)
{
	unsigned int steps = 0;

	for (;;) {
		long count = atomic_long_read(&sem->count);

		if (write ? !count : count >= 0)
			return;
		if (++steps > DMAF_WAIT_STEPS || !dmaf_idle(U64_MAX))
			dmaf_hang(write ? "down_write of a semaphore that the caller or a sleeper below it holds"
					: "down_read of a semaphore that the caller or a sleeper below it holds for "
					  "writing");
	}
}

void down_read(struct rw_semaphore *sem)
{
	might_sleep();
	wait_for(sem, false);
	atomic_long_inc(&sem->count);
	dmaf_locks++;
}

int down_read_interruptible(struct rw_semaphore *sem)
{
	down_read(sem);
	return 0;
}

int down_read_killable(struct rw_semaphore *sem)
{
	down_read(sem);
	return 0;
}

int down_read_trylock(struct rw_semaphore *sem)
{
	if (atomic_long_read(&sem->count) < 0)
		return 0;
	atomic_long_inc(&sem->count);
	dmaf_locks++;
	return 1;
}

void down_write(struct rw_semaphore *sem)
{
	might_sleep();
	wait_for(sem, true);
	atomic_long_set(&sem->count, WRITER);
	dmaf_locks++;
}

int down_write_killable(struct rw_semaphore *sem)
{
	down_write(sem);
	return 0;
}

int down_write_trylock(struct rw_semaphore *sem)
{
	if (atomic_long_read(&sem->count))
		return 0;
	atomic_long_set(&sem->count, WRITER);
	dmaf_locks++;
	return 1;
}

void up_read(struct rw_semaphore *sem)
{
	if (WARN_ON_ONCE(atomic_long_read(&sem->count) <= 0))
		return;
	atomic_long_dec(&sem->count);
	dmaf_locks--;
}

void up_write(struct rw_semaphore *sem)
{
	if (WARN_ON_ONCE(atomic_long_read(&sem->count) != WRITER))
		return;
	atomic_long_set(&sem->count, 0);
	dmaf_locks--;
}

void downgrade_write(struct rw_semaphore *sem)
{
	if (WARN_ON_ONCE(atomic_long_read(&sem->count) != WRITER))
		return;
	atomic_long_set(&sem->count, 1);
}

static bool wait_for_count(struct semaphore *sem, u64 deadline)
{
	unsigned int steps = 0;

	while (!sem->count) {
		if (++steps > DMAF_WAIT_STEPS || !dmaf_idle(deadline)) {
			if (deadline == U64_MAX)
				dmaf_hang("down() of a semaphore that nobody will raise");
			dmaf_clock_set(max(deadline, dmaf_clock()));
			return sem->count;
		}
	}
	return true;
}

void down(struct semaphore *sem)
{
	might_sleep();
	wait_for_count(sem, U64_MAX);
	sem->count--;
}

int down_interruptible(struct semaphore *sem)
{
	down(sem);
	return 0;
}

int down_killable(struct semaphore *sem)
{
	down(sem);
	return 0;
}

int down_trylock(struct semaphore *sem)
{
	if (!sem->count)
		return 1;
	sem->count--;
	return 0;
}

int down_timeout(struct semaphore *sem, long timeout)
{
	might_sleep();
	if (!wait_for_count(sem, (div_u64(dmaf_clock(), TICK_NSEC) + timeout) * TICK_NSEC))
		return -ETIME;
	sem->count--;
	return 0;
}

void up(struct semaphore *sem)
{
	sem->count++;
}
