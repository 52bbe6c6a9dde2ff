// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test of the scheduling, time, interrupt and debugfs shims from inside the kernel.
 *
 * self_test.h is its seam.
 */
#include <linux/completion.h>
#include <linux/cpuhotplug.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/iopoll.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/stringify.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include "driver-core/debugfs.h"
#include "sched.h"
#include "self_test.h"

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			return __FILE__ ":" __stringify(__LINE__) ": " #condition;                                     \
	} while (0)

static char order[32];
static unsigned int order_len;

static void note(char c)
{
	if (order_len < sizeof(order) - 1)
		order[order_len++] = c;
}

static bool was(const char *expected)
{
	bool same = !strcmp(order, expected);

	memset(order, 0, sizeof(order));
	order_len = 0;
	return same;
}

static DECLARE_COMPLETION(done);
static DECLARE_WAIT_QUEUE_HEAD(queue);
static DEFINE_MUTEX(mutex);
static bool flag;

static void work_a(struct work_struct *work)
{
	note('a');
}

static void work_b(struct work_struct *work)
{
	note('b');
}

static void work_again(struct work_struct *work)
{
	note('r');
	if (order_len < 4)
		schedule_work(work);
}

static void work_sleeps(struct work_struct *work)
{
	note('<');
	msleep(10);
	note('>');
}

static void work_completes(struct work_struct *work)
{
	note('c');
	complete(&done);
}

static void work_locks(struct work_struct *work)
{
	mutex_lock(&mutex);
	note('l');
	mutex_unlock(&mutex);
}

static void work_frees(struct work_struct *work)
{
	note('f');
	kfree(work);
}

static void work_flushes_itself(struct work_struct *work)
{
	flush_work(work);
}

static DECLARE_WORK(a, work_a);
static DECLARE_WORK(b, work_b);
static DECLARE_WORK(again, work_again);
static DECLARE_WORK(sleeps, work_sleeps);
static DECLARE_WORK(completes, work_completes);
static DECLARE_WORK(locks, work_locks);
static DECLARE_WORK(flushes_itself, work_flushes_itself);
static DECLARE_DELAYED_WORK(delayed, work_b);

static void on_timer(struct timer_list *t)
{
	note('t');
	if (in_softirq())
		note('s');
	flag = true;
	wake_up(&queue);
}

static DEFINE_TIMER(timer, on_timer);

static enum hrtimer_restart on_hrtimer(struct hrtimer *t)
{
	note('h');
	if (in_hardirq() && irqs_disabled())
		note('i');
	if (order_len >= 6)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(t, ms_to_ktime(1));
	return HRTIMER_RESTART;
}

static struct hrtimer hrtimer;
static unsigned int polls_each_ns;

static void set_up_hrtimer(enum hrtimer_restart (*function)(struct hrtimer *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	hrtimer_setup(&hrtimer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#else
	hrtimer_init(&hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer.function = function;
#endif
}

static enum hrtimer_restart polls(struct hrtimer *t)
{
	hrtimer_forward_now(t, polls_each_ns);
	return HRTIMER_RESTART;
}

static void poll_each(unsigned int ns)
{
	polls_each_ns = ns;
	set_up_hrtimer(polls);
	hrtimer_start(&hrtimer, ns, HRTIMER_MODE_REL);
	msleep(2000);
}

static void on_tasklet(struct tasklet_struct *t)
{
	note('k');
}

static DECLARE_TASKLET(tasklet, on_tasklet);

struct object {
	int before;
	struct rcu_head rcu;
};

static void on_rcu(struct rcu_head *head)
{
	note('u');
	kfree(container_of(head, struct object, rcu));
}

static void on_srcu(struct rcu_head *head)
{
	note('v');
}

static int on_dead(unsigned int cpu, struct hlist_node *node)
{
	note('d');
	return 0;
}

static int thread(void *data)
{
	while (!kthread_should_stop())
		schedule();
	note('x');
	return 7;
}

static int get_answer(void *data, u64 *value)
{
	*value = *(u64 *)data + 1;
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(answer_fops, get_answer, NULL, "%llu\n");

static const char *test_works(void)
{
	struct workqueue_struct *wq, *other;
	struct work_struct *w;

	/* Nothing runs by itself; then in the order of queueing. */
	CHECK(schedule_work(&a) && schedule_work(&b) && !schedule_work(&a));
	CHECK(was("") && work_pending(&a) && dmaf_pending_work() == 2);
	CHECK(kernel_run_deferred(0) == 2 && was("ab") && !work_pending(&a));
	schedule_work(&a);
	CHECK(flush_work(&a) && was("a") && !flush_work(&a));
	schedule_work(&a);
	CHECK(cancel_work_sync(&a) && !cancel_work_sync(&a) && was(""));
	/* A sleep runs works, unless a lock is held. */
	schedule_work(&a);
	mutex_lock(&mutex);
	msleep(1);
	CHECK(was(""));
	mutex_unlock(&mutex);
	msleep(1);
	CHECK(was("a"));
	/* Requeueing, and freeing by itself. */
	schedule_work(&again);
	CHECK(kernel_run_deferred(0) == 4 && was("rrrr"));
	w = kzalloc(sizeof(*w), GFP_KERNEL);
	CHECK(w);
	INIT_WORK(w, work_frees);
	schedule_work(w);
	kernel_run_deferred(0);
	CHECK(was("f"));
	/* An ordered queue keeps its order under flush; others do not wait for it. */
	wq = alloc_ordered_workqueue("ordered", 0);
	other = alloc_workqueue("other%d", WQ_UNBOUND, 0, 1);
	CHECK(wq && other);
	queue_work(wq, &a);
	queue_work(wq, &b);
	queue_work(other, &again);
	flush_work(&b);
	CHECK(was("ab"));
	queue_work(wq, &a);
	flush_workqueue(wq);
	CHECK(was("a"));
	destroy_workqueue(other);
	CHECK(was("r"));
	CHECK(cancel_work(&again));
	/* Polling with cond_resched() lets works run. */
	schedule_work(&completes);
	while (!try_wait_for_completion(&done))
		cond_resched();
	CHECK(was("c"));
	/* A work that sleeps does not let others of an ordered queue overtake. */
	queue_work(wq, &sleeps);
	queue_work(wq, &a);
	kernel_run_deferred(0);
	CHECK(was("<>a"));
	/* Delayed. */
	CHECK(queue_delayed_work(wq, &delayed, msecs_to_jiffies(100)));
	kernel_run_deferred(50 * NSEC_PER_MSEC);
	CHECK(was("") && delayed_work_pending(&delayed));
	CHECK(mod_delayed_work(wq, &delayed, msecs_to_jiffies(100)));
	kernel_run_deferred(80 * NSEC_PER_MSEC);
	CHECK(was(""));
	kernel_run_deferred(40 * NSEC_PER_MSEC);
	CHECK(was("b"));
	queue_delayed_work(wq, &delayed, HZ);
	CHECK(flush_delayed_work(&delayed) && was("b"));
	queue_delayed_work(wq, &delayed, HZ);
	CHECK(cancel_delayed_work_sync(&delayed) && !cancel_delayed_work_sync(&delayed) && was(""));
	queue_work(wq, &a);
	destroy_workqueue(wq);
	CHECK(was("a"));
	/* Disabled works cannot be queued. */
	CHECK(!disable_work_sync(&a) && !schedule_work(&a) && enable_work(&a) && schedule_work(&a));
	CHECK(cancel_work(&a));
	CHECK(!dmaf_pending_work());
	return NULL;
}

static const char *test_time(void)
{
	unsigned long start = jiffies, left;
	ktime_t t = ktime_get();
	u32 value = 0;
	int err;

	msleep(20);
	CHECK(jiffies - start == msecs_to_jiffies(20) && ktime_ms_delta(ktime_get(), t) == 20);
	udelay(5);
	CHECK(ktime_us_delta(ktime_get(), t) >= 20005);
	err = read_poll_timeout_atomic(READ_ONCE, value, value, 1, 100, false, value);
	CHECK(err == -ETIMEDOUT);
	/* A timer fires at its jiffy, while somebody sleeps. */
	CHECK(!mod_timer(&timer, jiffies + 10) && timer_pending(&timer) && mod_timer(&timer, jiffies + 5));
	CHECK(mod_timer_pending(&timer, jiffies + 6));
	msleep(jiffies_to_msecs(5));
	CHECK(was(""));
	msleep(jiffies_to_msecs(1));
	CHECK(was("ts") && !timer_pending(&timer));
	mod_timer(&timer, jiffies + 1);
	CHECK(timer_delete_sync(&timer) == 1 && timer_delete(&timer) == 0);
	/* Waiting for it; then for nothing, with a limit. */
	flag = false;
	mod_timer(&timer, jiffies + 50);
	start = jiffies;
	left = wait_event_timeout(queue, flag, 200);
	CHECK(left == 150 && jiffies - start == 50 && was("ts"));
	flag = false;
	start = jiffies;
	CHECK(!wait_event_timeout(queue, flag, 20) && jiffies - start == 20);
	CHECK(!schedule_timeout_uninterruptible(3) && jiffies - start == 23);
	mod_timer(&timer, jiffies + 50);
	wait_event(queue, flag);
	CHECK(was("ts") && list_empty(&queue.head));
	/* High-resolution. */
	set_up_hrtimer(on_hrtimer);
	hrtimer_start(&hrtimer, ms_to_ktime(1), HRTIMER_MODE_REL);
	CHECK(hrtimer_active(&hrtimer));
	kernel_run_deferred(10 * NSEC_PER_MSEC);
	CHECK(was("hihihi") && !hrtimer_active(&hrtimer));
	hrtimer_start(&hrtimer, ms_to_ktime(1), HRTIMER_MODE_REL);
	CHECK(hrtimer_cancel(&hrtimer) == 1 && hrtimer_cancel(&hrtimer) == 0);
	/* Who polls is no hang, however long somebody sleeps meanwhile. */
	t = ktime_get();
	poll_each(20000);
	CHECK(ktime_ms_delta(ktime_get(), t) == 2000 && hrtimer_cancel(&hrtimer) == 1);
	CHECK(!dmaf_pending_work());
	return NULL;
}

static const char *test_waits(void)
{
	DECLARE_RWSEM(rwsem);
	struct semaphore sem;
	unsigned long word = 1, start;

	sema_init(&sem, 1);
	CHECK(!mutex_is_locked(&mutex) && mutex_trylock(&mutex) && !mutex_trylock(&mutex) && mutex_is_locked(&mutex));
	mutex_unlock(&mutex);
	down_read(&rwsem);
	down_read(&rwsem);
	CHECK(!down_write_trylock(&rwsem) && down_read_trylock(&rwsem));
	up_read(&rwsem);
	up_read(&rwsem);
	up_read(&rwsem);
	down_write(&rwsem);
	CHECK(!down_read_trylock(&rwsem) && rwsem_is_locked(&rwsem));
	downgrade_write(&rwsem);
	CHECK(down_read_trylock(&rwsem));
	up_read(&rwsem);
	up_read(&rwsem);
	CHECK(!rwsem_is_locked(&rwsem) && !dmaf_locks);
	down(&sem);
	CHECK(down_trylock(&sem) && down_timeout(&sem, 5) == -ETIME);
	up(&sem);
	CHECK(!down_trylock(&sem));
	/* A completion that a work brings, also while a lock is held. */
	CHECK(!completion_done(&done));
	schedule_work(&completes);
	mutex_lock(&mutex);
	wait_for_completion(&done);
	mutex_unlock(&mutex);
	CHECK(was("c") && !try_wait_for_completion(&done));
	start = jiffies;
	CHECK(!wait_for_completion_timeout(&done, 7) && jiffies - start == 7);
	complete(&done);
	complete(&done);
	CHECK(wait_for_completion_timeout(&done, 7) && try_wait_for_completion(&done) &&
	      !try_wait_for_completion(&done));
	complete_all(&done);
	wait_for_completion(&done);
	CHECK(completion_done(&done));
	reinit_completion(&done);
	CHECK(wait_on_bit_timeout(&word, 0, TASK_UNINTERRUPTIBLE, 3) == -EAGAIN);
	word = 0;
	CHECK(!wait_on_bit(&word, 0, TASK_UNINTERRUPTIBLE));
	return NULL;
}

/* What asks again each 2 ms, and what comes late all the same. */
static void on_asks(struct work_struct *work);
static DECLARE_DELAYED_WORK(asks, on_asks);

static void on_asks(struct work_struct *work)
{
	schedule_delayed_work(&asks, msecs_to_jiffies(2));
}

static void on_late(struct timer_list *t)
{
	complete(&done);
}

static DEFINE_TIMER(late, on_late);

static const char *test_long_wait(void)
{
	unsigned long start = jiffies;

	schedule_delayed_work(&asks, 0);
	mod_timer(&late, jiffies + 90 * HZ);
	wait_for_completion(&done);
	CHECK(jiffies - start >= 90 * HZ);
	CHECK(cancel_delayed_work_sync(&asks));
	return NULL;
}

static const char *test_rcu(void)
{
	static struct srcu_struct srcu;
	static struct rcu_head srcu_head;
	struct object *o = kzalloc(sizeof(*o), GFP_KERNEL), *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int idx;

	CHECK(o && p);
	call_rcu(&o->rcu, on_rcu);
	kfree_rcu(p, rcu);
	CHECK(was("") && dmaf_pending_work() == 2);
	synchronize_rcu();
	CHECK(was("u") && !dmaf_pending_work());
	CHECK(!init_srcu_struct(&srcu));
	idx = srcu_read_lock(&srcu);
	call_srcu(&srcu, &srcu_head, on_srcu);
	kernel_run_deferred(0);
	CHECK(was(""));
	srcu_read_unlock(&srcu, idx);
	kernel_run_deferred(0);
	CHECK(was("v"));
	synchronize_srcu(&srcu);
	cleanup_srcu_struct(&srcu);
	return NULL;
}

static const char *test_rest(void)
{
	static struct hlist_node node;
	static u64 number = 41;
	static u32 small = 5;
	struct dentry *dir;
	struct task_struct *t;
	u64 value;

	tasklet_schedule(&tasklet);
	tasklet_schedule(&tasklet);
	tasklet_disable(&tasklet);
	kernel_run_deferred(0);
	CHECK(was(""));
	tasklet_enable(&tasklet);
	kernel_run_deferred(0);
	CHECK(was("k"));
	CHECK(!cpuhp_setup_state_multi(CPUHP_DEBUG_OBJ_DEAD, "test", NULL, on_dead));
	CHECK(!cpuhp_state_add_instance_nocalls(CPUHP_DEBUG_OBJ_DEAD, &node));
	dmaf_cpuhp_dead();
	cpuhp_state_remove_instance_nocalls(CPUHP_DEBUG_OBJ_DEAD, &node);
	dmaf_cpuhp_dead();
	cpuhp_remove_multi_state(CPUHP_DEBUG_OBJ_DEAD);
	CHECK(was("d"));
	t = kthread_run(thread, NULL, "thread%d", 1);
	CHECK(!IS_ERR(t) && kthread_stop(t) == 7 && was("x"));
	dir = debugfs_create_dir("self-test", NULL);
	CHECK(!IS_ERR(dir));
	debugfs_create_u32("small", 0400, dir, &small);
	debugfs_create_file("answer", 0400, dir, &number, &answer_fops);
	CHECK(!dmaf_debugfs_read_u64("self-test", "small", &value) && value == 5);
	CHECK(!dmaf_debugfs_read_u64("self-test", "answer", &value) && value == 42);
	CHECK(dmaf_debugfs_write_u64("self-test", "answer", 1) == -EACCES);
	CHECK(dmaf_debugfs_read_u64("self-test", "none", &value) == -ENOENT);
	debugfs_remove(dir);
	CHECK(dmaf_debugfs_read_u64("self-test", "small", &value) == -ENOENT);
	CHECK(!preempt_count() && !irqs_disabled() && current->__state == TASK_RUNNING && !dmaf_depth && !dmaf_locks);
	return NULL;
}

const char *dmaf_sched_self_test(void)
{
	return test_works() ?: test_time() ?: test_waits() ?: test_long_wait() ?: test_rcu() ?: test_rest();
}

static void leaks_lock(struct work_struct *work)
{
	preempt_disable();
}

static DECLARE_WORK(leaks, leaks_lock);

/* Wakes who waits on the queue (unless that is nobody's business), then waits for what that one does next. */
static void wakes_and_waits(struct work_struct *work)
{
	flag = true;
	wake_up(&queue);
	wait_for_completion(&done);
}

static void wakes_nobody_and_waits(struct work_struct *work)
{
	wait_for_completion(&done);
}

static DECLARE_WORK(wakes, wakes_and_waits);
static DECLARE_WORK(wakes_nobody, wakes_nobody_and_waits);

static void completes_and_waits(struct work_struct *work)
{
	complete(&done);
	wait_event(queue, flag);
}

static DECLARE_WORK(completes_first, completes_and_waits);

void dmaf_sched_provoke(unsigned int which, const char **kind)
{
	static DEFINE_SPINLOCK(spinlock);
	static struct srcu_struct srcu;
	unsigned long flags;

	*kind = "hang";
	switch (which) {
	case 0: /* A mutex twice. */
		mutex_lock(&mutex);
		mutex_lock(&mutex);
		break;
	case 1: /* A flush under the lock that the work takes. */
		mutex_lock(&mutex);
		schedule_work(&locks);
		flush_work(&locks);
		break;
	case 2:
		wait_for_completion(&done);
		break;
	case 3:
		wait_event(queue, flag == 2);
		break;
	case 4:
		schedule_work(&flushes_itself);
		kernel_run_deferred(0);
		break;
	case 5:
		init_srcu_struct(&srcu);
		(void)srcu_read_lock(&srcu);
		synchronize_srcu(&srcu);
		break;
	case 6:
		for (;;)
			cpu_relax();
	case 7:
		*kind = "sleep-in-atomic";
		spin_lock(&spinlock);
		msleep(1);
		break;
	case 8:
		*kind = "sleep-in-atomic";
		local_irq_save(flags);
		mutex_lock(&mutex);
		break;
	case 9:
		*kind = "sleep-in-atomic";
		rcu_read_lock();
		kfree(kmalloc(8, GFP_KERNEL));
		schedule_timeout_uninterruptible(1);
		break;
	case 10:
		*kind = "irq-state-leak";
		schedule_work(&leaks);
		kernel_run_deferred(0);
		break;
	case 11: /* A loop that only offers the CPU; works may end it, but there are none. */
		while (flag != 2)
			cond_resched();
		break;
	case 12: /* On one stack the woken never gets to run. */
		*kind = "cannot-go-on";
		flag = false;
		schedule_work(&wakes);
		wait_event(queue, flag);
		complete(&done);
		break;
	case 13: /* The same, by a completion. */
		*kind = "cannot-go-on";
		flag = false;
		schedule_work(&completes_first);
		wait_for_completion(&done);
		flag = true;
		wake_up(&queue);
		break;
	case 14: /* As 12, but nobody was woken: a hang on any machine. */
		flag = false;
		schedule_work(&wakes_nobody);
		wait_event(queue, flag);
		complete(&done);
		break;
	case 15: /* A sleeper that was woken and has gone on is no excuse for a later hang. */
		flag = false;
		mod_timer(&timer, jiffies + 1);
		wait_event(queue, flag);
		wait_event(queue, flag == 2);
		break;
	case 16: /* Work that goes on for ever. */
		schedule_delayed_work(&asks, 0);
		wait_for_completion(&done);
		break;
	case 17: /* A timer that leaves no time for anything else. */
		poll_each(20);
		break;
	default:
		*kind = NULL;
	}
}
