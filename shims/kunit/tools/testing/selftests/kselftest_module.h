/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What test modules use of the file of this name, which lies outside of the folders of the tree that we unpack. They
 * ask for ../tools/testing/selftests/kselftest_module.h, which -I shims/kunit/tools serves.
 */
#ifndef DMAF_KSELFTEST_MODULE_H
#define DMAF_KSELFTEST_MODULE_H

#include <linux/module.h>

/* A tree may count what it skipped as well. */
#define KSTM_MODULE_GLOBALS()                                                                                          \
	static unsigned int total_tests __initdata;                                                                    \
	static unsigned int failed_tests __initdata;                                                                   \
	static unsigned int skipped_tests __initdata

#define KSTM_CHECK_ZERO(x)                                                                                             \
	do {                                                                                                           \
		total_tests++;                                                                                         \
		if (x) {                                                                                               \
			pr_err("%s:%d failed\n", __func__, __LINE__);                                                  \
			failed_tests++;                                                                                \
		}                                                                                                      \
	} while (0)

/* `selftest` is the module's own function that runs all tests. */
#define KSTM_MODULE_LOADERS(module)                                                                                    \
	static int __init module##_init(void)                                                                          \
	{                                                                                                              \
		selftest();                                                                                            \
		pr_info("%u tests, %u failed, %u skipped\n", total_tests, failed_tests, skipped_tests);                \
		return total_tests && !failed_tests ? 0 : -EINVAL;                                                     \
	}                                                                                                              \
	static void __exit module##_exit(void)                                                                         \
	{                                                                                                              \
	}                                                                                                              \
	module_init(module##_init);                                                                                    \
	module_exit(module##_exit)

#endif
