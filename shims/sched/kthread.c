// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel threads and wake_up_process().
 *
 * Simplified: a thread needs a stack of its own, and there is one. A created thread is kept, being woken only marks it
 * so, and its function runs once, in kthread_stop(), with kthread_should_stop() true: the usual loop ends at once, and
 * what it does at its end is done. A thread that was never woken does not run at all, as in the kernel. Work that a
 * driver hands to such a thread is therefore not done; a driver whose heart is a thread cannot be fuzzed this way.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include "sched.h"

struct thread {
	struct task_struct task;
	int (*function)(void *data);
	void *data;
	bool woken, stop;
};

static struct thread *running;

struct task_struct *kthread_create_on_node(int (*function)(void *data), void *data, int node, const char name[], ...)
{
	struct thread *t = kzalloc(sizeof(*t), GFP_KERNEL);
	va_list args;

	if (!t)
		return ERR_PTR(-ENOMEM);
	t->function = function;
	t->data = data;
	t->task.flags = PF_KTHREAD;
	t->task.__state = TASK_UNINTERRUPTIBLE;
	refcount_set(&t->task.usage, 2);
	va_start(args, name);
	vsnprintf(t->task.comm, sizeof(t->task.comm), name, args);
	va_end(args);
	return &t->task;
}

int wake_up_process(struct task_struct *p)
{
	struct thread *t;

	if (p == &init_task) {
		dmaf_wake();
		return 1;
	}
	t = container_of(p, struct thread, task);
	t->woken = true;
	return 1;
}

int kthread_stop(struct task_struct *p)
{
	struct thread *t = container_of(p, struct thread, task), *outer = running;
	struct dmaf_frame frame;
	int result = -EINTR;

	might_sleep();
	t->stop = true;
	if (t->woken) {
		running = t;
		dmaf_enter(&frame, DMAF_PROCESS);
		result = t->function(t->data);
		dmaf_leave(&frame, "a kernel thread");
		running = outer;
	}
	kfree(t);
	return result;
}

bool kthread_should_stop(void)
{
	return running && running->stop;
}

bool kthread_should_park(void)
{
	return false;
}

bool kthread_should_stop_or_park(void)
{
	return kthread_should_stop();
}

void *kthread_data(struct task_struct *p)
{
	return container_of(p, struct thread, task)->data;
}

void *kthread_func(struct task_struct *p)
{
	return container_of(p, struct thread, task)->function;
}

void kthread_bind(struct task_struct *p, unsigned int cpu)
{
}
