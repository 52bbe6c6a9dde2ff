/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the two halves of driver edu_cxx: edu_cxx.c, which knows the kernel's headers, and edu_cxx.cc, which maps by
 * dmaxx. C and C++.
 */
#ifndef EDU_CXX_H
#define EDU_CXX_H

#ifdef __cplusplus
extern "C" {
#endif

struct device;
struct edu;

/* Room for a dma::device. */
struct edu_dma {
	void *device;
};

/* Says which addresses the device drives. 0, or the kernel's error. */
int edu_dma_open(struct edu_dma *state, struct device *dev);
/*
 * [at, at + n) of the device's buffer is filled from `bytes`, or copied through `bytes` to the user. `bytes` are `room`
 * bytes of kmalloc(), at least n, all of which are mapped. Returns how many were moved, or a negative errno; `bytes` is
 * the caller's again then.
 */
long edu_dma_put(const struct edu_dma *state, struct edu *edu, void *bytes, unsigned long room, unsigned int at,
		 unsigned long n);
long edu_dma_get(const struct edu_dma *state, struct edu *edu, void *bytes, unsigned long room, void *to,
		 unsigned int at, unsigned long n);

/* One transfer between memory at address `dma` and the device's buffer. 0 when all of it was done, or an error. */
int edu_transfer(struct edu *edu, unsigned long long dma, unsigned int at, unsigned long n, int to_host);
/* How many bytes the device says that it moved. */
unsigned int edu_count(struct edu *edu);
/* 0, or -EFAULT. */
int edu_to_user(void *to, const void *from, unsigned long n);

#ifdef __cplusplus
}
#endif
#endif
