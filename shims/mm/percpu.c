// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-CPU memory of a machine with one CPU: an ordinary object. Aligned to a cache line at least.
 */
#include <linux/percpu.h>
#include <linux/slab.h>

void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp)
{
	return (void __percpu *)kzalloc(max(size, align), gfp);
}

void free_percpu(void __percpu *ptr)
{
	kfree((void __force *)ptr);
}
