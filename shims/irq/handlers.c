// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt numbers with their handlers: what drivers install, and how the device's interrupts reach it.
 *
 * A number is a line of struct irqaction, as in kernel/irq: shared handlers are asked one after the other, disabling
 * nests, what is raised while it cannot be taken waits and is delivered as soon as it can be. Handlers run as hard
 * interrupts. A thread's function runs as deferred work: where somebody sleeps, waits or lets the machine run; a line
 * that asked for IRQF_ONESHOT stays masked until then.
 *
 * While the machine sleeps (drivers/base/power) what is raised waits, unless its handler said IRQF_NO_SUSPEND.
 *
 * Simplified: no interrupt controller, trigger types, affinity, NMIs, wake-up or accounting; what waits is one bit a
 * number, so two interrupts that wait are one. A number is not switched off because nobody feels responsible for it.
 * At most DMAF_IRQ_BURST interrupts are taken in one place; a device that raises another in each handler is heard again
 * at the next. What freeing a shared handler does to prove that it is gone (CONFIG_DEBUG_SHIRQ) is not done.
 */
#include <linux/bitops.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/kernel.h>
#include <linux/msi.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "host_bus.h"
#include "irq/handlers.h"
#include "sched/sched.h"

/* Bits of irqaction.thread_flags. */
#define THREAD_WOKEN   0
#define THREAD_RUNNING 1

struct line {
	struct irqaction *actions;
	unsigned int off; /* how often it was disabled */
	unsigned int masked_for_threads;
	bool in_handler, suspended;
	struct irq_data data;
	struct irq_common_data common;
};

static struct line lines[HOST_IRQS];
static u64 waiting;
static unsigned long installed;
/* Threads that were woken and have not begun. */
static unsigned long woken;

static struct line *line_of(unsigned int irq)
{
	return irq && irq < HOST_IRQS ? &lines[irq] : NULL;
}

struct irq_data *irq_get_irq_data(unsigned int irq)
{
	struct line *line = line_of(irq);

	if (!line)
		return NULL;
	line->data.irq = irq;
	line->data.common = &line->common;
	return &line->data;
}

unsigned long dmaf_irqs_installed(void)
{
	return installed;
}

static bool is_open(const struct line *line)
{
	return line->actions && !line->off && !line->masked_for_threads && !line->suspended;
}

/* Numbers that have a chip (MSI) are masked at the device while they are closed. */
static void tell_chip(unsigned int irq, bool open)
{
	struct irq_data *data = irq_get_irq_data(irq);

	if (!data->chip)
		return;
	if (open && data->chip->irq_unmask)
		data->chip->irq_unmask(data);
	else if (!open && data->chip->irq_mask)
		data->chip->irq_mask(data);
}

/* ---- delivery ---- */

static void wake_thread(struct irqaction *action)
{
	struct line *line = &lines[action->irq];

	if (!action->thread_fn) {
		WARN(1, "the handler of interrupt %u wakes a thread that it does not have\n", action->irq);
		return;
	}
	if (test_and_set_bit(THREAD_WOKEN, &action->thread_flags))
		return;
	woken++;
	if (action->flags & IRQF_ONESHOT)
		line->masked_for_threads++;
}

static int strike(unsigned int irq)
{
	struct line *line = &lines[irq];
	struct irqaction *action;
	struct dmaf_frame frame;
	unsigned int all = IRQ_NONE;

	waiting &= ~BIT_ULL(irq);
	dmaf_enter(&frame, DMAF_HARDIRQ);
	line->in_handler = true;
	for (action = line->actions; action; action = action->next) {
		irqreturn_t ret = action->handler(irq, action->dev_id);

		if (ret != IRQ_NONE && ret != IRQ_HANDLED && ret != IRQ_WAKE_THREAD)
			WARN(1, "the handler %ps of interrupt %u returned %#x\n", action->handler, irq, ret);
		if (ret == IRQ_WAKE_THREAD)
			wake_thread(action);
		all |= ret;
	}
	line->in_handler = false;
	dmaf_leave(&frame, "an interrupt handler");
	dmaf_softirqs_now();
	return all & (IRQ_HANDLED | IRQ_WAKE_THREAD) ? KERNEL_IRQ_HANDLED : KERNEL_IRQ_NONE;
}

int dmaf_irq_deliver(void)
{
	u64 left;

	if (!waiting || irqs_disabled() || in_hardirq())
		return 0;
	for (left = waiting; left; left &= left - 1) {
		unsigned int irq = __ffs64(left);

		if (!is_open(&lines[irq]))
			continue;
		strike(irq);
		return 1;
	}
	return 0;
}

int kernel_irq_raise(unsigned int irq)
{
	struct line *line = line_of(irq);
	int outcome;

	if (!line || !line->actions)
		return KERNEL_IRQ_NOBODY;
	if (irqs_disabled() || in_hardirq() || !is_open(line)) {
		waiting |= BIT_ULL(irq);
		return KERNEL_IRQ_WAITS;
	}
	outcome = strike(irq);
	dmaf_irqs_now();
	return outcome;
}

void kernel_irq_lower(unsigned int irq)
{
	if (line_of(irq))
		waiting &= ~BIT_ULL(irq);
}

/* ---- threads ---- */

static void run_thread(struct irqaction *action)
{
	struct line *line = &lines[action->irq];
	struct dmaf_frame frame;

	clear_bit(THREAD_WOKEN, &action->thread_flags);
	woken--;
	set_bit(THREAD_RUNNING, &action->thread_flags);
	dmaf_enter(&frame, DMAF_PROCESS);
	action->thread_fn(action->irq, action->dev_id);
	dmaf_leave(&frame, "the thread of an interrupt");
	clear_bit(THREAD_RUNNING, &action->thread_flags);
	if (action->flags & IRQF_ONESHOT)
		line->masked_for_threads--;
	dmaf_wake();
	if (!irqs_disabled())
		dmaf_irqs_now();
}

static bool can_run(const struct irqaction *action)
{
	return test_bit(THREAD_WOKEN, &action->thread_flags) && !test_bit(THREAD_RUNNING, &action->thread_flags);
}

bool dmaf_irq_thread_run_one(void)
{
	struct irqaction *action;
	unsigned int irq;

	if (!woken)
		return false;
	for (irq = 1; irq < HOST_IRQS; irq++) {
		for (action = lines[irq].actions; action; action = action->next) {
			if (can_run(action)) {
				run_thread(action);
				return true;
			}
		}
	}
	return false;
}

unsigned long dmaf_irq_threads_pending(void)
{
	return woken;
}

/* Waits until the thread of this handler is idle. */
static void settle(struct irqaction *action)
{
	if (test_bit(THREAD_RUNNING, &action->thread_flags))
		dmaf_hang("waiting for the thread of an interrupt from within that thread, or from below it on the "
			  "stack");
	while (can_run(action))
		run_thread(action);
}

static void wait_for_handler(unsigned int irq)
{
	if (lines[irq].in_handler)
		dmaf_hang("waiting for the end of an interrupt's handler from within that handler");
}

bool synchronize_hardirq(unsigned int irq)
{
	struct line *line = line_of(irq);

	if (!line)
		return true;
	wait_for_handler(irq);
	return !line->masked_for_threads;
}

void synchronize_irq(unsigned int irq)
{
	struct line *line = line_of(irq);
	struct irqaction *action;

	might_sleep();
	if (!line)
		return;
	wait_for_handler(irq);
	for (action = line->actions; action; action = action->next)
		settle(action);
}

void irq_wake_thread(unsigned int irq, void *dev_id)
{
	struct line *line = line_of(irq);
	struct irqaction *action;

	for (action = line ? line->actions : NULL; action; action = action->next)
		if (action->dev_id == dev_id && action->thread_fn)
			wake_thread(action);
}

/* ---- on and off ---- */

void disable_irq_nosync(unsigned int irq)
{
	struct line *line = line_of(irq);

	if (line && !line->off++)
		tell_chip(irq, false);
}

void disable_irq(unsigned int irq)
{
	might_sleep();
	disable_irq_nosync(irq);
	synchronize_irq(irq);
}

bool disable_hardirq(unsigned int irq)
{
	disable_irq_nosync(irq);
	return synchronize_hardirq(irq);
}

void enable_irq(unsigned int irq)
{
	struct line *line = line_of(irq);

	if (!line)
		return;
	if (!line->off) {
		WARN(1, "interrupt %u is switched on once more than it was switched off\n", irq);
		return;
	}
	if (--line->off)
		return;
	if (WARN(!line->actions, "interrupt %u is switched on, and nobody has installed a handler\n", irq))
		return;
	tell_chip(irq, true);
	if (!irqs_disabled())
		dmaf_irqs_now();
}

/* ---- sleep of the machine ---- */

void suspend_device_irqs(void)
{
	unsigned int irq;

	for (irq = 1; irq < HOST_IRQS; irq++) {
		const struct irqaction *action = lines[irq].actions;

		if (!action || action->flags & IRQF_NO_SUSPEND)
			continue;
		lines[irq].suspended = true;
		synchronize_irq(irq);
	}
}

void resume_device_irqs(void)
{
	unsigned int irq;

	for (irq = 1; irq < HOST_IRQS; irq++)
		lines[irq].suspended = false;
	dmaf_irqs_now();
}

/* Nothing has to wake the machine: it wakes by itself (driver-core/power.c). What is armed for it changes nothing. */
int irq_set_irq_wake(unsigned int irq, unsigned int on)
{
	return line_of(irq) ? 0 : -EINVAL;
}

/* ---- installing handlers ---- */

static irqreturn_t only_wakes(int irq, void *dev_id)
{
	return IRQ_WAKE_THREAD;
}

irqreturn_t no_action(int irq, void *dev_id)
{
	return IRQ_NONE;
}

static bool may_share(const struct irqaction *old, struct irqaction *new)
{
	if (!(old->flags & new->flags &IRQF_SHARED))
		return false;
	if ((old->flags & IRQF_ONESHOT) && (new->flags &IRQF_COND_ONESHOT))
		new->flags |= IRQF_ONESHOT;
	return !((old->flags ^ new->flags) & IRQF_ONESHOT);
}

int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t thread_fn, unsigned long flags,
			 const char *name, void *dev_id)
{
	struct line *line = line_of(irq);
	struct irqaction *action, **link;

	if (irq == IRQ_NOTCONNECTED)
		return -ENOTCONN;
	if (!line)
		return -EINVAL;
	if ((flags & IRQF_SHARED) && (!dev_id || (flags & IRQF_NO_AUTOEN)))
		return -EINVAL;
	if (!handler) {
		/* Nobody would quiet the device before the thread has run. */
		if (!thread_fn || !(flags & IRQF_ONESHOT))
			return -EINVAL;
		handler = only_wakes;
	}
	might_sleep();
	action = kzalloc(sizeof(*action), GFP_KERNEL);
	if (!action)
		return -ENOMEM;
	action->irq = irq;
	action->handler = handler;
	action->thread_fn = thread_fn;
	action->flags = flags;
	action->name = name;
	action->dev_id = dev_id;
	if (line->actions && !may_share(line->actions, action)) {
		pr_err("interrupt %u of %s is taken by %s\n", irq, name, line->actions->name);
		kfree(action);
		return -EBUSY;
	}
	for (link = &line->actions; *link; link = &(*link)->next)
		;
	*link = action;
	installed++;
	if (line->actions == action) {
		waiting &= ~BIT_ULL(irq);
		line->masked_for_threads = 0;
		line->suspended = false;
		line->off = flags & IRQF_NO_AUTOEN ? 1 : 0;
		if (!line->off)
			tell_chip(irq, true);
	}
	return 0;
}

int request_any_context_irq(unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name,
			    void *dev_id)
{
	int ret = request_irq(irq, handler, flags, name, dev_id);

	return ret ?: IRQC_IS_HARDIRQ;
}

const void *free_irq(unsigned int irq, void *dev_id)
{
	struct line *line = line_of(irq);
	struct irqaction *action, **link;
	const char *name;

	if (!line)
		return NULL;
	WARN(in_interrupt(), "interrupt %u is freed by an interrupt\n", irq);
	for (link = &line->actions; (action = *link); link = &action->next)
		if (action->dev_id == dev_id)
			break;
	if (!action) {
		WARN(1, "interrupt %u is freed, and no such handler is installed\n", irq);
		return NULL;
	}
	if (line->actions == action && !action->next) {
		line->off = 1;
		tell_chip(irq, false);
		waiting &= ~BIT_ULL(irq);
	}
	wait_for_handler(irq);
	/* Its thread runs once more if it was woken; it is found on the line until then. */
	settle(action);
	for (link = &line->actions; *link != action; link = &(*link)->next)
		;
	*link = action->next;
	installed--;
	name = action->name;
	kfree(action);
	return name;
}

bool irq_has_action(unsigned int irq)
{
	struct line *line = line_of(irq);

	return line && line->actions;
}

/* ---- what MSI needs besides ---- */

int irq_set_msi_desc(unsigned int irq, struct msi_desc *entry)
{
	struct irq_data *data = irq_get_irq_data(irq);

	if (!data)
		return -EINVAL;
	data->common->msi_desc = entry;
	if (entry)
		entry->irq = irq;
	return 0;
}

void dmaf_irq_set_chip(unsigned int irq, struct irq_chip *chip)
{
	irq_get_irq_data(irq)->chip = chip;
}
