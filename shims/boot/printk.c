// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log, formatted by the tree's own vsprintf.c, line by line to the harness; WARN and panic as findings.
 *
 * Simplified: no ring buffer, no console, no rate limits of its own, no stack dump (findings carry stacks).
 */
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched/debug.h>
#include <linux/stdarg.h>
#include <linux/dev_printk.h>
#include "host.h"
#include "boot/boot.h"
#include "sched/sched.h"

#define LINE_MAX 512
/* More in one input come of a loop that a number of the device's has made long, or endless. */
#define LINES_MOST 100000

static int emit(const char *fmt, va_list args)
{
	static unsigned int lines;
	char line[LINE_MAX];
	const char *text = line;
	int level = LOGLEVEL_DEFAULT, n = vscnprintf(line, sizeof(line), fmt, args);

	if (++lines > LINES_MOST)
		dmaf_hang("a log without end");
	while (printk_get_level(text)) {
		if (text[1] >= '0' && text[1] <= '7')
			level = text[1] - '0';
		text += 2;
	}
	host_log(level < 0 ? LOGLEVEL_WARNING : level, text, n - (text - line));
	return n;
}

int vprintk(const char *fmt, va_list args)
{
	return emit(fmt, args);
}

int _printk(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = emit(fmt, args);
	va_end(args);
	return n;
}

int _printk_deferred(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = emit(fmt, args);
	va_end(args);
	return n;
}

int vprintk_emit(int facility, int level, const struct dev_printk_info *dev_info, const char *fmt, va_list args)
{
	char line[LINE_MAX];
	int n = vscnprintf(line, sizeof(line), fmt, args);

	host_log(level < 0 ? LOGLEVEL_WARNING : level, line, n);
	return n;
}

/* Whether a test asked for this warning (shims/kunit/run.c). */
__weak bool dmaf_warning_expected(bool count)
{
	return false;
}

void warn_slowpath_fmt(const char *file, const int line, unsigned int taint, const char *fmt, ...)
{
	char what[LINE_MAX] = "";
	va_list args;

	if (dmaf_warning_expected(true))
		return;
	if (fmt) {
		va_start(args, fmt);
		vscnprintf(what, sizeof(what), fmt, args);
		va_end(args);
	}
	host_warn(file, line, what);
}

void __warn_printk(const char *fmt, ...)
{
	va_list args;

	if (dmaf_warning_expected(false))
		return;
	va_start(args, fmt);
	emit(fmt, args);
	va_end(args);
}

void panic(const char *fmt, ...)
{
	char what[LINE_MAX];
	va_list args;

	va_start(args, fmt);
	vscnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	host_panic(what);
}

void dump_stack_lvl(const char *level)
{
	host_log(LOGLEVEL_DEBUG, "dump_stack()", 12);
}

void dump_stack(void)
{
	dump_stack_lvl("");
}
