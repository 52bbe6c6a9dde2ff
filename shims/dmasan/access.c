// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mem* functions as code under test has them: the compiler reports its loads and stores one by one
 * (-fsanitize-coverage=trace-loads,trace-stores), these report theirs as ranges. Objects that are watched are compiled
 * with the functions renamed to these (shims/arch/extnames.h). The DMA core is not: its own copies are
 * lawful.
 */
#include <linux/string.h>
#include "dmasan/watched.h"
#include "host.h"

void *watched_memcpy(void *dst, const void *src, size_t n)
{
	host_dmasan_access(src, n, 0);
	host_dmasan_access(dst, n, 1);
	return memcpy(dst, src, n);
}

void *watched_memmove(void *dst, const void *src, size_t n)
{
	host_dmasan_access(src, n, 0);
	host_dmasan_access(dst, n, 1);
	return memmove(dst, src, n);
}

void *watched_memset(void *dst, int c, size_t n)
{
	host_dmasan_access(dst, n, 1);
	return memset(dst, c, n);
}

int watched_memcmp(const void *a, const void *b, size_t n)
{
	host_dmasan_access(a, n, 0);
	host_dmasan_access(b, n, 0);
	return memcmp(a, b, n);
}
