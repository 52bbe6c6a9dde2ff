/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the kernel's own tests, compiled into the userspace kernel, and their runner (harness/tests/kernel_tests).
 * Included from kernel C and from C++. host_*: the runner implements; kernel_*: shims/kunit implements.
 */
#ifndef DMAF_KUNIT_H
#define DMAF_KUNIT_H

#ifdef __cplusplus
extern "C" {
#endif

/* The KUnit suites that are linked, in their order; null behind the last. */
const char *kernel_kunit_suite(unsigned index);
/* Runs that suite, with KTAP lines in the kernel's log; 0 if it passed. */
int kernel_run_kunit(unsigned index);

/* Tests that are not KUnit: a module whose init function is the test. Generated from shims/kunit.cmake. */
struct kernel_test_module {
	const char *name;
	int (*init)(void);
	void (*exit)(void); /* null: it has none */
	int passed;	    /* what init returns when all went well */
};
extern const struct kernel_test_module kernel_test_modules[];
extern const unsigned kernel_test_module_count;
int kernel_run_test_module(const struct kernel_test_module *module);

/* Suites, and cases as "suite.case", that cannot apply, with the reason. Generated from shims/kunit.cmake. */
struct kernel_test_exception {
	const char *name, *reason;
};
extern const struct kernel_test_exception kernel_test_exceptions[];
extern const unsigned kernel_test_exception_count;

/* What a suite needs of the machine. Generated from shims/kunit.cmake. */
enum kernel_test_need {
	KERNEL_TEST_WARNS,     /* it brings WARNs about on purpose: they are only logged */
	KERNEL_TEST_LOW_MEMORY /* no memory above 4 GiB, as on the machine that it was written for */
};
struct kernel_test_needs {
	const char *name;
	enum kernel_test_need need;
	const char *reason;
};
extern const struct kernel_test_needs kernel_test_needs[];
extern const unsigned kernel_test_needs_count;

/* Calls function(arg); returns 0 when it came back, 1 when host_kunit_throw() cut it short. Nests. */
int host_kunit_try(void (*function)(void *arg), void *arg);
void host_kunit_throw(void) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif
#endif
