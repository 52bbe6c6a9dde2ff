// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutexes.
 *
 * Simplified: a mutex is free (owner 0) or held (owner = the frame's depth + 1, shifted past the kernel's flag bits).
 * Who finds it held is on top of the holder's stack, or is the holder; all deferred work runs first, then it is a hang.
 * No signals, so the interruptible forms always succeed.
 */
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/sprintf.h>
#include <linux/version.h>
#include "sched.h"

#define OWNER_SHIFT 3

static bool held(const struct mutex *lock)
{
	return atomic_long_read(&lock->owner) != 0;
}

static void take(struct mutex *lock)
{
	atomic_long_set(&lock->owner, (long)(dmaf_depth + 1) << OWNER_SHIFT);
	dmaf_locks++;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
void mutex_init_generic(struct mutex *lock)
{
	atomic_long_set(&lock->owner, 0);
	raw_spin_lock_init(&lock->wait_lock);
}
#else
void __mutex_init(struct mutex *lock, const char *name, struct lock_class_key *key)
{
	atomic_long_set(&lock->owner, 0);
	raw_spin_lock_init(&lock->wait_lock);
	INIT_LIST_HEAD(&lock->wait_list);
}
#endif

static void wait_for(struct mutex *lock)
{
	unsigned int steps = 0;
	char text[120];

	while (held(lock)) {
		if (++steps > DMAF_WAIT_STEPS || !dmaf_idle(U64_MAX)) {
			unsigned long owner = (atomic_long_read(&lock->owner) >> OWNER_SHIFT) - 1;

			snprintf(text, sizeof(text), "mutex_lock of a mutex that %s holds",
				 owner == dmaf_depth ? "the caller itself" : "a sleeper below it on the stack");
			dmaf_hang(text);
		}
	}
}

void mutex_lock(struct mutex *lock)
{
	might_sleep();
	if (held(lock))
		wait_for(lock);
	take(lock);
}

int mutex_lock_interruptible(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}

int mutex_lock_killable(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}

void mutex_lock_io(struct mutex *lock)
{
	mutex_lock(lock);
}

int mutex_trylock(struct mutex *lock)
{
	if (held(lock))
		return 0;
	take(lock);
	return 1;
}

void mutex_unlock(struct mutex *lock)
{
	if (WARN_ON_ONCE(!held(lock)))
		return;
	atomic_long_set(&lock->owner, 0);
	dmaf_locks--;
}

bool mutex_is_locked(struct mutex *lock)
{
	return held(lock);
}

int atomic_dec_and_mutex_lock(atomic_t *cnt, struct mutex *lock)
{
	if (atomic_add_unless(cnt, -1, 1))
		return 0;
	mutex_lock(lock);
	if (atomic_dec_and_test(cnt))
		return 1;
	mutex_unlock(lock);
	return 0;
}
