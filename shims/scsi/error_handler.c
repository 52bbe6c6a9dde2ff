// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread of a SCSI host that handles its errors.
 *
 * Simplified: there is one stack, so the thread's function runs as a work each time that the thread is woken. Where it
 * goes to sleep for want of errors it is told to stop, which it does at once: nothing of it lives from one round of its
 * loop to the next, but that it takes itself out of its host when it leaves, where it is put back.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <scsi/scsi_host.h>
#include "host.h"
#include "scsi/thread.h"

struct handler {
	struct task_struct task;
	struct work_struct work;
	int (*function)(void *data);
	struct Scsi_Host *host;
	bool stop, slept;
};

static struct handler *running;

static void run(struct handler *h)
{
	struct handler *outer = running;

	running = h;
	h->slept = false;
	h->function(h->host);
	running = outer;
}

static void work(struct work_struct *work)
{
	struct handler *h = container_of(work, struct handler, work);

	run(h);
	h->host->ehandler = &h->task;
}

struct task_struct *dmaf_scsi_thread_create(int (*function)(void *data), void *data, int node, const char name[], ...)
{
	struct handler *h = kzalloc(sizeof(*h), GFP_KERNEL);

	if (!h)
		return ERR_PTR(-ENOMEM);
	h->function = function;
	h->host = data;
	h->task.flags = PF_KTHREAD;
	refcount_set(&h->task.usage, 2);
	INIT_WORK(&h->work, work);
	return &h->task;
}

int dmaf_scsi_thread_wake(struct task_struct *task)
{
	return queue_work(system_unbound_wq, &container_of(task, struct handler, task)->work);
}

int dmaf_scsi_thread_stop(struct task_struct *task)
{
	struct handler *h = container_of(task, struct handler, task);

	cancel_work_sync(&h->work);
	h->stop = true;
	run(h);
	kfree(h);
	return 0;
}

bool dmaf_scsi_thread_should_stop(void)
{
	return running && (running->stop || running->slept);
}

/* Anything but the thread's loop that waits there does so as elsewhere. */
void dmaf_scsi_schedule(void)
{
	if (!running || current->__state != TASK_INTERRUPTIBLE) {
		schedule();
		return;
	}
	running->slept = true;
	__set_current_state(TASK_RUNNING);
}
