// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the KUnit suites that are linked and runs them with the tree's executor, and what that asks of the rest of the
 * kernel.
 */
#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include "host.h"
#include "boot/boot.h"
#include "kunit/kunit.h"

extern struct kunit_suite *const __kunit_suites_start[], *const __kunit_suites_end[];
extern struct kunit_suite *const __kunit_init_suites_start[], *const __kunit_init_suites_end[];

#define MAX_SUITES 256
static struct kunit_suite *suites[MAX_SUITES];
static unsigned int suite_count;

/* The sanitizer pads each array of the table with zeros, hence not instrumented, and hence not kunit_run_all_tests().
 */
__attribute__((no_sanitize("address"))) static void collect(struct kunit_suite *const *at,
							    struct kunit_suite *const *end)
{
	for (; at < end; at++) {
		/* A suite may have no case in this configuration; shims/kunit.cmake says why. */
		if (!*at || !(*at)->test_cases->run_case)
			continue;
		if (suite_count == MAX_SUITES)
			host_panic("more KUnit suites than shims/kunit/run.c has room for");
		suites[suite_count++] = *at;
	}
}

static void find_suites(void)
{
	if (suite_count)
		return;
	collect(__kunit_init_suites_start, __kunit_init_suites_end);
	collect(__kunit_suites_start, __kunit_suites_end);
}

const char *kernel_kunit_suite(unsigned int index)
{
	find_suites();
	return index < suite_count ? suites[index]->name : NULL;
}

/* Takes all memory above 4 GiB, and keeps it. */
static void use_up_high_memory(void)
{
	int order;

	for (order = MAX_PAGE_ORDER; order >= 0; order--) {
		struct page *page;

		while ((page = alloc_pages(GFP_KERNEL, order)) != NULL && page_to_phys(page) >= HOST_BANK_NORMAL_BASE)
			;
		if (page)
			__free_pages(page, order);
	}
}

static bool needs(const char *name, enum kernel_test_need need)
{
	unsigned int i;

	for (i = 0; i < kernel_test_needs_count; i++) {
		if (kernel_test_needs[i].need == need && !strcmp(kernel_test_needs[i].name, name))
			return true;
	}
	return false;
}

static void leave_out(struct kunit_suite *suite)
{
	size_t n = strlen(suite->name);
	struct kunit_case *test_case;
	unsigned int i;

	kunit_suite_for_each_test_case(suite, test_case)
	{
		for (i = 0; i < kernel_test_exception_count; i++) {
			const char *name = kernel_test_exceptions[i].name;

			if (!strncmp(name, suite->name, n) && name[n] == '.' && !strcmp(name + n + 1, test_case->name))
				test_case->status = KUNIT_SKIPPED;
		}
	}
}

int kernel_run_kunit(unsigned int index)
{
	struct kunit_suite_set one = {.start = suites + index, .end = suites + index + 1};

	leave_out(suites[index]);
	if (needs(suites[index]->name, KERNEL_TEST_LOW_MEMORY))
		use_up_high_memory();
	kunit_exec_run_tests(&one, true);
	return kunit_suite_has_succeeded(suites[index]) == KUNIT_FAILURE;
}

int kernel_run_test_module(const struct kernel_test_module *module)
{
	int ret = module->init();

	if (ret == module->passed) {
		/* An init function that failed on purpose has cleaned up by itself. */
		if (!ret && module->exit)
			module->exit();
		return 0;
	}
	pr_err("%s: init returned %d, not %d\n", module->name, ret, module->passed);
	return 1;
}

/* As kernel/panic.c asks before it prints; 6.12 has no such thing. */
bool dmaf_warning_expected(bool count)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	return kunit_is_suppressed_warning(count);
#else
	return false;
#endif
}

/* start_kernel() calls it; only tests have such trees here. */
static int __init trees_init(void)
{
	maple_tree_init();
	return 0;
}
early_initcall(trees_init);

/* ---- what lib/kunit asks of the rest ---- */

int register_module_notifier(struct notifier_block *nb)
{
	return 0;
}

int unregister_module_notifier(struct notifier_block *nb)
{
	return 0;
}

void add_taint(unsigned int flag, enum lockdep_ok lockdep_ok)
{
}
