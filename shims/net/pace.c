// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets time go by when the network's softirqs raise themselves again and again: a driver that says NETDEV_TX_BUSY and
 * does not stop its queue is asked again at once, one whose device always has another packet is polled again at once. A
 * real machine hands that over to ksoftirqd, and the device goes on meanwhile; here it goes on when whoever runs
 * deferred work is done. So after many runs in a row the next waits for the jiffy to end.
 *
 * net/core/dev.c calls open_softirq() by the name of the function below (shims/net.cmake).
 */
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/timer.h>
#include "net/devices.h"
#include "sched/sched.h"

#define TX_RUNS 2000
#define RX_RUNS 1000

struct pace {
	void (*action)(void);
	unsigned long jiffy;
	unsigned int runs;
};
static struct pace tx, rx;

static void again(struct timer_list *timer);
static DEFINE_TIMER(later, again);

static void again(struct timer_list *timer)
{
	raise_softirq(NET_TX_SOFTIRQ);
	raise_softirq(NET_RX_SOFTIRQ);
}

static void run(struct pace *p, unsigned int limit)
{
	unsigned long before = dmaf_softirqs_pending();

	if (p->jiffy != jiffies) {
		p->jiffy = jiffies;
		p->runs = 0;
	}
	if (p->runs >= limit) {
		if (!timer_pending(&later))
			mod_timer(&later, jiffies + 1);
		return;
	}
	p->action();
	/* Nothing was raised meanwhile: that was the end of it. */
	p->runs = dmaf_softirqs_pending() == before ? 0 : p->runs + 1;
}

static void run_tx(void)
{
	run(&tx, TX_RUNS);
}

static void run_rx(void)
{
	run(&rx, RX_RUNS);
}

void dmaf_net_open_softirq(int nr, void (*action)(void))
{
	(nr == NET_TX_SOFTIRQ ? &tx : &rx)->action = action;
	open_softirq(nr, nr == NET_TX_SOFTIRQ ? run_tx : run_rx);
}
