/* SPDX-License-Identifier: GPL-2.0-only */
/* The seam of the test of the scheduling shims: what harness/tests/sched_test.cc asks of it. */
#ifndef DMAF_SCHED_SELF_TEST_H
#define DMAF_SCHED_SELF_TEST_H

#ifdef __cplusplus
extern "C" {
#endif

/* Null, or the place of what is wrong and the condition that does not hold. */
const char *dmaf_sched_self_test(void);
/*
 * Makes the mistake of this number, from 0 on, which must raise a finding of the kind it says; the caller catches it.
 * Returns with null for the kind if there is no mistake of this number. "cannot-go-on" is no finding:
 * host_cannot_go_on() is called.
 */
void dmaf_sched_provoke(unsigned int which, const char **kind);

#ifdef __cplusplus
}
#endif
#endif
