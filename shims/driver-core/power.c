// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep of the whole machine: the order in which kernel/power has devices suspended and resumed, over the real
 * drivers/base/power, and what those files want of kernel/power.
 *
 * Simplified: nothing but devices is told of it. There are no tasks to freeze, so works of freezable queues run as
 * others; no CPUs to take off, no syscore operations, no console. Devices sleep one after the other, as with
 * /sys/power/pm_async off. An image is made and resumed in one go: memory is what it was, only the device has been
 * without power.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/pm.h>
#include <linux/pm_runtime.h>
#include <linux/suspend.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <kernel/power/power.h>
#include "host_bus.h"

struct workqueue_struct *pm_wq;
unsigned int pm_suspend_global_flags;
int pm_async_enabled;
suspend_state_t pm_suspend_target_state;

/* Devices whose callbacks failed, on either way. */
static unsigned int failed;
static bool in_transition;
static BLOCKING_NOTIFIER_HEAD(notifiers);

static int __init make_queue(void)
{
	pm_wq = alloc_workqueue("pm", WQ_FREEZABLE, 0);
	return pm_wq ? 0 : -ENOMEM;
}
core_initcall(make_queue);

void dpm_save_failed_dev(const char *name)
{
	failed++;
}

void dpm_save_failed_step(enum suspend_stat_step step)
{
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
bool pm_sleep_transition_in_progress(void)
{
	return in_transition;
}
#endif

/* Nobody idles here. */
void s2idle_wake(void)
{
}

int register_pm_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&notifiers, nb);
}

int unregister_pm_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&notifiers, nb);
}

/* No allocation here ever starts I/O. */
void pm_restrict_gfp_mask(void)
{
}

void pm_restore_gfp_mask(void)
{
}

unsigned int lock_system_sleep(void)
{
	return 0;
}

void unlock_system_sleep(unsigned int flags)
{
}

void __weak host_machine_sleeps(int power_lost)
{
}

/* Down, the device's time without the CPU, and up again by `up`, or by `back` if a device would not sleep. */
static int sleep(pm_message_t down, pm_message_t up, pm_message_t back, bool power_lost)
{
	int ret = dpm_suspend_start(down);

	if (!ret) {
		/* Which takes back its own half if it fails. */
		ret = dpm_suspend_end(down);
		if (!ret) {
			unsigned long flags;

			local_irq_save(flags);
			host_machine_sleeps(power_lost);
			local_irq_restore(flags);
			dpm_resume_start(up);
		}
	}
	dpm_resume_end(ret ? back : up);
	return ret;
}

int kernel_machine_sleep(enum kernel_sleep how)
{
	const bool image = how == KERNEL_SLEEP_IMAGE || how == KERNEL_SLEEP_DISK;
	const bool power_lost = how == KERNEL_SLEEP_RAM || how == KERNEL_SLEEP_DISK;
	int ret;

	failed = 0;
	in_transition = true;
	blocking_notifier_call_chain(&notifiers, image ? PM_HIBERNATION_PREPARE : PM_SUSPEND_PREPARE, NULL);
	pm_suspend_target_state = image ? PM_SUSPEND_ON : power_lost ? PM_SUSPEND_MEM : PM_SUSPEND_TO_IDLE;
	pm_suspend_global_flags = 0;
	if (power_lost) {
		pm_set_suspend_via_firmware();
		pm_set_resume_via_firmware();
	}
	if (!image)
		ret = sleep(PMSG_SUSPEND, PMSG_RESUME, PMSG_RESUME, power_lost);
	else if (power_lost)
		ret = sleep(PMSG_FREEZE, PMSG_RESTORE, PMSG_RECOVER, true);
	else
		ret = sleep(PMSG_FREEZE, PMSG_THAW, PMSG_RECOVER, false);
	pm_suspend_target_state = PM_SUSPEND_ON;
	blocking_notifier_call_chain(&notifiers, image ? PM_POST_HIBERNATION : PM_POST_SUSPEND, NULL);
	in_transition = false;
	return ret ?: (int)failed;
}
