/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_STRING_H
#define _ASM_DMAFUZZ_STRING_H

/* Ours: checked by ASan, and they tell the harness which boot memory they dirty (shims/mm/string.c). */
#define __HAVE_ARCH_MEMCPY
void *memcpy(void *dst, const void *src, size_t n);
#define __HAVE_ARCH_MEMMOVE
void *memmove(void *dst, const void *src, size_t n);
#define __HAVE_ARCH_MEMSET
void *memset(void *dst, int c, size_t n);

#endif
