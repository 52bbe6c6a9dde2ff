/* SPDX-License-Identifier: GPL-2.0-only */
/* The seam of the test driver: what the test asks of it. */
#ifndef DMAF_BLOCK_TEST_H
#define DMAF_BLOCK_TEST_H

#ifdef __cplusplus
extern "C" {
#endif

struct block_test_options {
	unsigned sectors, block; /* size; bytes of a logical block */
	int later;		 /* requests end in a timer's function */
	int gaps;		 /* takes segments of any kind, not only whole pages */
	int fail_every;		 /* each n-th request fails; 0: none */
	int lose;		 /* requests never end by themselves */
};
int block_test_load(const struct block_test_options *options);
void block_test_unload(void);
/* Requests that it has seen. */
unsigned block_test_requests(void);

#ifdef __cplusplus
}
#endif
#endif
