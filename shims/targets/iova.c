// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of target iova: a driver of the IOVA allocator.
 */
#include <linux/iova.h>
#include <linux/string.h>
#include <linux/version.h>
#include "sched/sched.h"
#include "targets/iova.h"

static struct iova_domain domain;

static int tell(const struct iova *iova, struct kernel_iova_range *range)
{
	if (!iova)
		return 0;
	range->lo = iova->pfn_lo;
	range->hi = iova->pfn_hi;
	return 1;
}

int kernel_iova_open(unsigned long granule, unsigned long start_pfn)
{
	int ret = iova_cache_get();

	if (ret)
		return ret;
	memset(&domain, 0, sizeof(domain));
	init_iova_domain(&domain, granule, start_pfn);
	ret = iova_domain_init_rcaches(&domain);
	if (ret)
		iova_cache_put();
	return ret;
}

int kernel_iova_open_may_fail(void)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0);
}

void kernel_iova_close(void)
{
	put_iova_domain(&domain);
	iova_cache_put();
}

int kernel_iova_alloc(unsigned long size, unsigned long limit, int aligned, struct kernel_iova_range *range)
{
	return tell(alloc_iova(&domain, size, limit, aligned), range);
}

int kernel_iova_free_found(unsigned long pfn)
{
	struct iova *iova = find_iova(&domain, pfn);

	if (!iova)
		return 0;
	__free_iova(&domain, iova);
	return 1;
}

void kernel_iova_free(unsigned long pfn)
{
	free_iova(&domain, pfn);
}

unsigned long kernel_iova_alloc_fast(unsigned long size, unsigned long limit, int flush)
{
	return alloc_iova_fast(&domain, size, limit, flush);
}

void kernel_iova_free_fast(unsigned long pfn, unsigned long size)
{
	free_iova_fast(&domain, pfn, size);
}

int kernel_iova_reserve(unsigned long lo, unsigned long hi, struct kernel_iova_range *range)
{
	return tell(reserve_iova(&domain, lo, hi), range);
}

int kernel_iova_find(unsigned long pfn, struct kernel_iova_range *range)
{
	return tell(find_iova(&domain, pfn), range);
}

void kernel_iova_cpu_dead(void)
{
	dmaf_cpuhp_dead();
}

unsigned long kernel_iova_cached_size(void)
{
	return iova_rcache_range();
}
