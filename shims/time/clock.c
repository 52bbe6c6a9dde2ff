// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time: one virtual clock in nanoseconds since boot, from which jiffies and all ktime_get_*() are derived; the delays
 * and sleeps that move it.
 *
 * Simplified: it starts at 10 seconds after a boot on 2026-01-01, in each run. Monotonic, raw and boot time are the
 * same, and no clock is ever adjusted. Time does not pass by itself: busy waits, sleeps and waits move it, a reading of
 * it costs 100 ns (so that a loop until a deadline ends), a turn of a busy loop 1 us. Jiffies do not move while a loop
 * only reads them.
 */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/version.h>
#include <vdso/processor.h>
#include "host_bus.h"
#include "sched/sched.h"

#define START_NS     (10 * NSEC_PER_SEC)
#define BOOT_SECONDS 1767225600LL
#define READ_NS	     100
#define RELAX_NS     1000
/* Turns of busy loops in one input: more is a hang. */
#define RELAX_LIMIT 20000000
/* And sleeps. */
#define SLEEP_LIMIT   100000

#define START_JIFFIES (INITIAL_JIFFIES + 10UL * HZ)

static u64 now = START_NS;
static unsigned long relaxed, slept;

u64 jiffies_64 = START_JIFFIES;
unsigned long volatile jiffies = START_JIFFIES;
unsigned long loops_per_jiffy = 1UL << 12;
unsigned long lpj_fine;

u64 dmaf_clock(void)
{
	return now;
}

unsigned long long kernel_now(void)
{
	return now;
}

void dmaf_clock_set(u64 ns)
{
	now = ns;
	jiffies_64 = INITIAL_JIFFIES + div_u64(now, TICK_NSEC);
	jiffies = jiffies_64;
}

static u64 read(void)
{
	dmaf_clock_set(now + READ_NS);
	return now;
}

static u64 real(void)
{
	return BOOT_SECONDS * NSEC_PER_SEC + read();
}

ktime_t ktime_get(void)
{
	return read();
}

ktime_t ktime_get_raw(void)
{
	return read();
}

ktime_t ktime_get_with_offset(enum tk_offsets offs)
{
	return offs == TK_OFFS_BOOT ? read() : real();
}

ktime_t ktime_get_coarse_with_offset(enum tk_offsets offs)
{
	return ktime_get_with_offset(offs);
}

ktime_t ktime_mono_to_any(ktime_t mono, enum tk_offsets offs)
{
	return offs == TK_OFFS_BOOT ? mono : mono + BOOT_SECONDS * NSEC_PER_SEC;
}

u32 ktime_get_resolution_ns(void)
{
	return 1;
}

time64_t ktime_get_seconds(void)
{
	return div_u64(now, NSEC_PER_SEC);
}

time64_t ktime_get_real_seconds(void)
{
	return BOOT_SECONDS + ktime_get_seconds();
}

void ktime_get_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(read());
}

void ktime_get_raw_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(read());
}

void ktime_get_coarse_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(read());
}

void ktime_get_real_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(real());
}

void ktime_get_coarse_real_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(real());
}

u64 ktime_get_mono_fast_ns(void)
{
	return read();
}

u64 ktime_get_raw_fast_ns(void)
{
	return read();
}

u64 ktime_get_boot_fast_ns(void)
{
	return read();
}

u64 ktime_get_real_fast_ns(void)
{
	return real();
}

unsigned long long notrace sched_clock(void)
{
	return read();
}

cycles_t get_cycles(void)
{
	return read();
}

/* ---- busy waits: nobody else runs ---- */

void __ndelay(unsigned long nsecs)
{
	dmaf_clock_set(now + nsecs);
	if (dmaf_irq_flag)
		dmaf_irqs_now();
}

void __udelay(unsigned long usecs)
{
	__ndelay(usecs * NSEC_PER_USEC);
}

void dmaf_spin(void)
{
	if (++relaxed > RELAX_LIMIT)
		dmaf_hang("a busy loop that nothing ends");
	dmaf_clock_set(now + RELAX_NS);
}

void dmaf_cpu_relax(void)
{
	dmaf_spin();
	__ndelay(0);
}

/* ---- sleeps ---- */

static void sleep_for(u64 ns)
{
	might_sleep();
	if (++slept > SLEEP_LIMIT)
		dmaf_hang("sleep after sleep for what never comes");
	__set_current_state(TASK_RUNNING);
	if (preempt_count() || irqs_disabled())
		dmaf_clock_set(now + ns);
	else
		dmaf_sleep(now + ns, !dmaf_depth && !dmaf_locks);
}

void msleep(unsigned int msecs)
{
	sleep_for(msecs * NSEC_PER_MSEC);
}

unsigned long msleep_interruptible(unsigned int msecs)
{
	msleep(msecs);
	return 0;
}

void usleep_range_state(unsigned long min, unsigned long max, unsigned int state)
{
	sleep_for(min * NSEC_PER_USEC);
}
