/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What code under test calls instead of the functions of these names (access.c).
 */
#ifndef DMAF_DMASAN_WATCHED_H
#define DMAF_DMASAN_WATCHED_H

#include <linux/types.h>

void *watched_memcpy(void *dst, const void *src, size_t n);
void *watched_memmove(void *dst, const void *src, size_t n);
void *watched_memset(void *dst, int c, size_t n);
int watched_memcmp(const void *a, const void *b, size_t n);

#endif
