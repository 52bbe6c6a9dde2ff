// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mem* functions of kernel code: checked by ASan, and boot memory that they write is marked for the next reset.
 */
#include <linux/string.h>
#include <asm/page.h>
#include "host.h"

void *memcpy(void *dst, const void *src, size_t n)
{
	host_copy(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	host_copy(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	host_set(dst, c, n);
	return dst;
}

void clear_page(void *page)
{
	host_set(page, 0, PAGE_SIZE);
}

void copy_page(void *to, const void *from)
{
	host_copy(to, from, PAGE_SIZE);
}
