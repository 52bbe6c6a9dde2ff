/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_UACCESS_H
#define _ASM_DMAFUZZ_UACCESS_H

/* User memory does not exist here: every access is one of the kernel's own. */
#include <linux/string.h>
#include <asm/processor.h>

#define __access_ok(addr, size) ((void)(addr), (void)(size), 1)
static inline unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	memcpy(to, (const void __force *)from, n);
	return 0;
}
static inline unsigned long raw_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	memcpy((void __force *)to, from, n);
	return 0;
}
#define INLINE_COPY_FROM_USER
#define INLINE_COPY_TO_USER
#include <asm-generic/access_ok.h>

#define __get_user(x, ptr)                                                                                             \
	({                                                                                                             \
		(x) = *(__force __typeof__(*(ptr)) *)(ptr);                                                            \
		0;                                                                                                     \
	})
#define __put_user(x, ptr)                                                                                             \
	({                                                                                                             \
		*(__force __typeof__(*(ptr)) *)(ptr) = (x);                                                            \
		0;                                                                                                     \
	})
#define get_user(x, ptr) __get_user(x, ptr)
#define put_user(x, ptr) __put_user(x, ptr)
static inline unsigned long __clear_user(void __user *to, unsigned long n)
{
	memset((void __force *)to, 0, n);
	return 0;
}
#define clear_user(to, n) __clear_user(to, n)
long strncpy_from_user(char *dst, const char __user *src, long count);
long strnlen_user(const char __user *src, long n);

#endif
